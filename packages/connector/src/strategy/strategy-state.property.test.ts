import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { otherStrategy, STRATEGIES, type Strategy } from '../types/strategy.ts'
import type { StrategyEvent, Ticket } from './strategy-change.ts'
import {
  DEFAULT_STRATEGY_LIMITS,
  detectionOrder,
  freshActive,
  initialStrategyState,
  type StrategyState,
  step,
} from './strategy-state.ts'

const LIMITS = DEFAULT_STRATEGY_LIMITS

/** A sixteenth of what refills the bucket by one: sums of it are exact, so that the model needs no tolerance. */
const TICK_MS = LIMITS.switchRefillMs / 16

/** The rules once more, in the plainest form: facts that are overwritten, and no thought of speed or of sharing. */
class Model {
  now = 1_000_000
  epoch = 0
  active: Strategy | undefined
  announced: Strategy | undefined
  announcedIsReady = false
  lastKnown: Strategy | undefined
  refused: Strategy | undefined
  refusedAt = 0
  refusedUnproven = false
  becameAt = 0
  checkedAt = 0
  /** What the bucket held at `bucketAt`, in sixteenths. */
  ticksInBucket = LIMITS.switchBurst * 16
  bucketAt = 0
  /** Every strategy and epoch that a call can have been sent under. */
  readonly tickets: Ticket[] = []

  become(strategy: Strategy): void {
    if (strategy !== this.active) {
      this.active = strategy
      this.becameAt = this.now
      this.epoch += 1
      this.tickets.push({ strategy, epoch: this.epoch })
    }
    this.lastKnown = strategy
    this.checkedAt = this.now
    this.announced = undefined
    this.announcedIsReady = false
  }

  forget(): void {
    this.active = undefined
    this.epoch += 1
    this.checkedAt = 0
  }

  holds(ticket: Ticket): boolean {
    return this.active !== undefined && ticket.strategy === this.active && ticket.epoch === this.epoch
  }

  isCooling(strategy: Strategy): boolean {
    return this.refused === strategy && this.now - this.refusedAt < LIMITS.refusalCooldownMs
  }

  announce(strategy: Strategy): void {
    if (this.announced === strategy) return
    this.announced = strategy
    this.announcedIsReady = false
  }

  withdraw(): void {
    this.announced = undefined
    this.announcedIsReady = false
  }

  apply(event: StrategyEvent): void {
    switch (event.kind) {
      case 'announced':
        if (!this.holds(event.by)) return
        if (event.strategy === this.active) this.withdraw()
        else this.announce(event.strategy)
        return
      case 'ready':
        if (event.epoch !== this.epoch) return
        if (event.strategy !== this.announced) return
        if (this.isCooling(event.strategy) && this.refusedUnproven) return
        if (this.active === undefined) this.become(event.strategy)
        else this.announcedIsReady = true
        return
      case 'boundary': {
        if (this.announced === undefined || !this.announcedIsReady) return
        const ticks = Math.min(this.ticksInBucket + (this.now - this.bucketAt) / TICK_MS, LIMITS.switchBurst * 16)
        if (ticks < 16) return
        this.ticksInBucket = ticks - 16
        this.bucketAt = this.now
        this.become(this.announced)
        return
      }
      case 'refused':
        if (!this.holds(event.by)) return
        this.refused = event.by.strategy
        this.refusedAt = this.now
        this.refusedUnproven = this.checkedAt <= this.becameAt
        if (this.announced !== undefined && this.announcedIsReady) this.become(this.announced)
        else this.forget()
        return
      case 'detected':
        if (event.epoch !== this.epoch) return
        if (event.strategy === this.active) this.checkedAt = this.now
        else this.become(event.strategy)
        return
      case 'confirmed':
        if (this.holds(event.by)) this.checkedAt = this.now
        return
      case 'set-active':
        if (event.strategy === this.active) this.checkedAt = this.now
        else this.become(event.strategy)
        return
      case 'set-pending':
        if (event.strategy !== this.active) this.announce(event.strategy)
        return
      case 'apply-pending':
        if (this.announced !== undefined) this.become(this.announced)
        return
      case 'clear':
        if (this.active === undefined && this.announced === undefined) return
        this.withdraw()
        this.forget()
        return
    }
  }

  seen(): object {
    return {
      epoch: this.epoch,
      active: this.active,
      pending: this.announced === undefined ? undefined : { strategy: this.announced, ready: this.announcedIsReady },
      lastKnown: this.lastKnown,
      refusal:
        this.refused === undefined
          ? undefined
          : { strategy: this.refused, at: this.refusedAt, unproven: this.refusedUnproven },
      checkedAt: this.checkedAt,
    }
  }

  firstToAsk(): Strategy {
    const preferred = this.lastKnown ?? this.announced ?? 'blue'
    return this.isCooling(preferred) ? otherStrategy(preferred) : preferred
  }
}

interface Real {
  state: StrategyState
}

/** One event, at a moment; what it refers to is picked from what has been by then. */
class Happens implements fc.Command<Model, Real> {
  constructor(
    readonly draft: EventDraft,
    readonly afterTicks: number,
  ) {}

  check(): boolean {
    return true
  }

  run(model: Model, real: Real): void {
    model.now += this.afterTicks * TICK_MS
    const event = eventOf(this.draft, model)
    const before = real.state
    model.apply(event)
    const next = step(before, event, model.now, LIMITS)
    real.state = next

    const { budget: _budget, transitionedAt: _transitionedAt, ...seen } = next
    expect(seen).toEqual(model.seen())
    expect(detectionOrder(next, model.now, LIMITS)[0]).toBe(model.firstToAsk())
    expectInvariants(before, event, next, model.now)
  }

  toString(): string {
    return `${this.draft.kind} ${this.draft.strategy} (ticket ${this.draft.ticket}, after ${this.afterTicks} ticks)`
  }
}

interface EventDraft {
  kind: StrategyEvent['kind']
  strategy: Strategy
  /** Which of the tickets so far, counted from the newest. */
  ticket: number
}

function eventOf({ kind, strategy, ticket }: EventDraft, model: Model): StrategyEvent {
  const by = model.tickets.at(-1 - (ticket % Math.max(model.tickets.length, 1))) ?? { strategy, epoch: 0 }
  const epoch = Math.max(model.epoch - Math.max(ticket - 1, 0), 0)
  switch (kind) {
    case 'announced':
      return { kind, strategy, by }
    case 'ready':
    case 'detected':
      return { kind, strategy, epoch }
    case 'refused':
    case 'confirmed':
      return { kind, by }
    case 'set-active':
    case 'set-pending':
      return { kind, strategy }
    default:
      return { kind }
  }
}

function expectInvariants(before: StrategyState, event: StrategyEvent, after: StrategyState, now: number): void {
  // The epoch grows exactly with each change of the active strategy, or with its clearing.
  expect(after.epoch).toBeGreaterThanOrEqual(before.epoch)
  if (after.active !== before.active) expect(after.epoch).toBe(before.epoch + 1)
  if (after.epoch !== before.epoch && after.active === before.active) expect(event.kind).toBe('clear')
  // What is pending is never what is active.
  if (after.pending) expect(after.pending.strategy).not.toBe(after.active)
  // An old ticket changes nothing.
  if ('by' in event && (event.by.epoch !== before.epoch || event.by.strategy !== before.active)) {
    expect(after).toBe(before)
  }
  if ('epoch' in event && event.epoch !== before.epoch) expect(after).toBe(before)
  // Only a boundary, a refusal, a detection or a command may move the active strategy; what is ready fills a void.
  if (event.kind === 'ready' && before.active !== undefined) expect(after.active).toBe(before.active)
  const moves = ['boundary', 'ready', 'refused', 'detected', 'set-active', 'apply-pending', 'clear']
  if (after.active !== before.active) expect(moves).toContain(event.kind)
  // A boundary moves to what is ready only, and a refusal to nothing else either.
  if (event.kind === 'boundary' && after !== before)
    expect(before.pending).toEqual({ strategy: after.active, ready: true })
  if (event.kind === 'refused' && after.active !== undefined && after !== before) {
    expect(before.pending).toEqual({ strategy: after.active, ready: true })
  }
  // The same object when nothing has changed, so that a store need not write.
  const isSame = JSON.stringify(after) === JSON.stringify(before)
  const renews = event.kind === 'detected' || event.kind === 'set-active'
  if (isSame && !renews) expect(after).toBe(before)
  expect(after.budget.tokens).toBeGreaterThanOrEqual(0)
  expect(after.budget.tokens).toBeLessThanOrEqual(LIMITS.switchBurst)
  if (after.active !== undefined) expect(after.lastKnown).toBe(after.active)
  expect(freshActive(after, now, LIMITS) ?? after.active).toBe(after.active)
}

const kinds: StrategyEvent['kind'][] = [
  'announced',
  'ready',
  'boundary',
  'refused',
  'detected',
  'confirmed',
  'set-active',
  'set-pending',
  'apply-pending',
  'clear',
]

/** The events of calls come more often than those of programs that drive the manager by hand. */
const drafts = fc.record({
  kind: fc.constantFrom(
    ...kinds,
    'announced',
    'ready',
    'boundary',
    'announced',
    'ready',
    'boundary',
    'refused',
    'detected',
  ),
  strategy: fc.constantFrom(...STRATEGIES),
  ticket: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) }),
}) as fc.Arbitrary<EventDraft>

const ticks = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(100) })

describe('the step function', () => {
  it('does what the plainest model of the rules does, whatever happens in whatever order', () => {
    const happenings = fc.tuple(drafts, ticks).map(([draft, afterTicks]) => new Happens(draft, afterTicks))
    fc.assert(
      fc.property(fc.commands([happenings], { maxCommands: 200, size: 'max' }), (commands) => {
        fc.modelRun(() => ({ model: new Model(), real: { state: initialStrategyState(LIMITS) } }), commands)
      }),
      { numRuns: 300 },
    )
  })

  it('however announcements flap, a window of any length sees no more switches than the bucket allows', () => {
    const flaps = fc.array(fc.double({ min: 0, max: 1500, noNaN: true }), { minLength: 50, maxLength: 300 })
    fc.assert(
      fc.property(flaps, (delays) => {
        let now = 1_000_000
        let state = step(initialStrategyState(LIMITS), { kind: 'set-active', strategy: 'blue' }, now, LIMITS)
        const switchedAt: number[] = []
        for (const delay of delays) {
          now += delay
          const by = { strategy: state.active!, epoch: state.epoch }
          const strategy = otherStrategy(by.strategy)
          state = step(state, { kind: 'announced', strategy, by }, now, LIMITS)
          state = step(state, { kind: 'ready', strategy, epoch: state.epoch }, now, LIMITS)
          state = step(state, { kind: 'boundary' }, now, LIMITS)
          if (state.epoch !== by.epoch) switchedAt.push(now)
        }
        for (const start of switchedAt) {
          const count = switchedAt.filter((at) => at >= start && at <= start + 30_000).length
          expect(count).toBeLessThanOrEqual(6)
        }
      }),
    )
  })

  it('announcements that change each second for 30 s cause six switches at most', () => {
    let state = step(initialStrategyState(LIMITS), { kind: 'set-active', strategy: 'blue' }, 1_000_000, LIMITS)
    const first = state.epoch
    for (let ms = 0; ms <= 30_000; ms += 100) {
      const now = 1_000_000 + ms
      const by = { strategy: state.active!, epoch: state.epoch }
      const strategy = Math.floor(ms / 1000) % 2 === 0 ? 'green' : 'blue'
      state = step(state, { kind: 'announced', strategy, by }, now, LIMITS)
      state = step(state, { kind: 'ready', strategy, epoch: state.epoch }, now, LIMITS)
      state = step(state, { kind: 'boundary' }, now, LIMITS)
    }
    expect(state.epoch - first).toBeGreaterThanOrEqual(3)
    expect(state.epoch - first).toBeLessThanOrEqual(6)
  })
})
