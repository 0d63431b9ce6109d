import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CheckFinding } from '../observability/events.ts'
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
  /** Since when the active strategy takes its announcement back. */
  doubtedAt: number | undefined
  takenBack: { strategy: Strategy; at: number } | undefined
  lastKnown: Strategy | undefined
  refused: Strategy | undefined
  refusedAt = 0
  refusedUnproven = false
  becameAt = 0
  checkedAt = 0
  servedAt = 0
  /** What the bucket held at `bucketAt`, in sixteenths, and how many ticks fill it by a whole. */
  ticksInBucket = LIMITS.switchBurst * 16
  bucketAt = 0
  refillTicks = 16
  switchedAt: number | undefined
  moves: number[] = []
  strays = 0
  suspectedAt: number | undefined
  bar: { strategy: Strategy; at: number; forMs: number } | undefined
  asker: { id: string; at: number; pauseMs: number } | undefined
  opening: { strategy: Strategy; count: number } | undefined
  /** Every strategy and epoch that a call can have been sent under. */
  readonly tickets: Ticket[] = []

  become(strategy: Strategy): void {
    if (strategy !== this.active) {
      this.active = strategy
      this.becameAt = this.now
      this.epoch += 1
      this.servedAt = 0
      this.tickets.push({ strategy, epoch: this.epoch })
    }
    this.lastKnown = strategy
    this.checkedAt = this.now
    this.forgetNews()
  }

  moveTo(strategy: Strategy): boolean {
    if (this.moves.filter((at) => this.now - at < 1000).length >= 2) return false
    this.become(strategy)
    this.moves = [...this.moves.filter((at) => this.now - at < 1000), this.now]
    return true
  }

  forgetNews(): void {
    this.withdraw()
    this.takenBack = undefined
    this.strays = 0
    this.suspectedAt = undefined
    this.opening = undefined
  }

  holds(ticket: Ticket): boolean {
    return this.active !== undefined && ticket.strategy === this.active && ticket.epoch === this.epoch
  }

  isBarred(strategy: Strategy): boolean {
    return this.refused === strategy && this.refusedUnproven && this.now - this.refusedAt < LIMITS.refusalCooldownMs
  }

  announce(strategy: Strategy): void {
    this.doubtedAt = undefined
    if (this.announced === strategy) return
    this.announced = strategy
    this.announcedIsReady = this.takenBack?.strategy === strategy && this.now - this.takenBack.at <= 3000
    this.takenBack = undefined
  }

  withdraw(): void {
    this.announced = undefined
    this.announcedIsReady = false
    this.doubtedAt = undefined
  }

  letTimePass(): void {
    if (this.announced === undefined || this.doubtedAt === undefined || this.now - this.doubtedAt < 1000) return
    if (this.announcedIsReady) this.takenBack = { strategy: this.announced, at: this.now }
    this.withdraw()
  }

  apply(event: StrategyEvent): void {
    this.letTimePass()
    switch (event.kind) {
      case 'announced':
        if (!this.holds(event.by)) return
        if (event.strategy !== this.active) this.announce(event.strategy)
        else if (this.announced !== undefined) this.doubtedAt ??= this.now
        return
      case 'ready':
        if (event.epoch !== this.epoch || event.strategy !== this.announced) return
        if (this.announcedIsReady || this.isBarred(event.strategy)) return
        if (this.active === undefined) this.become(event.strategy)
        else this.announcedIsReady = true
        return
      case 'boundary': {
        if (this.announced === undefined || !this.announcedIsReady || this.doubtedAt !== undefined) return
        const earned = ((this.now - this.bucketAt) / TICK_MS) * (16 / this.refillTicks)
        const ticks = Math.min(this.ticksInBucket + earned, LIMITS.switchBurst * 16)
        if (ticks < 16) return
        this.ticksInBucket = ticks - 16
        this.bucketAt = this.now
        const isSoon = this.switchedAt !== undefined && this.now - this.switchedAt < 300_000
        this.refillTicks = isSoon ? Math.min(this.refillTicks * 2, 30 * 16) : 16
        this.switchedAt = this.now
        this.become(this.announced)
        return
      }
      case 'refused':
        if (event.by.epoch !== this.epoch) return
        if (event.by.strategy === this.announced && this.announcedIsReady) this.announcedIsReady = false
        else if (event.by.strategy === this.active) this.noteRefusal(event.by.strategy)
        return
      case 'served-elsewhere':
        if (!this.holds(event.refused) || event.strategy === this.active) return
        if (this.servedAt <= event.refusedSentAt) this.moveTo(event.strategy)
        return
      case 'strayed':
        if (!this.holds(event.refused)) return
        this.strays = Math.min(this.strays + 1, 3)
        if (this.strays === 3) this.moveTo(otherStrategy(event.refused.strategy))
        return
      case 'kept':
        if (this.holds(event.by)) this.strays = 0
        return
      case 'detected':
        if (event.epoch !== this.epoch) return
        if (event.strategy === this.active) this.checkedAt = this.now
        else if (this.active === undefined) this.become(event.strategy)
        else this.moveTo(event.strategy)
        return
      case 'accepting':
        if (event.epoch !== this.epoch) return
        this.opening = { strategy: event.strategy, count: (this.opening?.count ?? 0) + 1 }
        return
      case 'checked':
        if (this.holds(event.of)) this.judge(event)
        return
      case 'asks':
        if (this.asker && this.asker.id !== event.asker && this.now - this.asker.at <= 2 * this.asker.pauseMs) return
        this.asker = { id: event.asker, at: this.now, pauseMs: event.pauseMs }
        return
      case 'stops-asking':
        if (this.asker?.id === event.asker) this.asker = undefined
        return
      case 'confirmed':
        if (!this.holds(event.by)) return
        this.checkedAt = this.now
        this.servedAt = Math.max(this.servedAt, event.sentAt)
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
        this.active = undefined
        this.epoch += 1
        this.checkedAt = 0
        this.servedAt = 0
        this.forgetNews()
        return
      default:
        event satisfies never
    }
  }

  noteRefusal(strategy: Strategy): void {
    if (this.refused === strategy && this.now - this.refusedAt < 1000) return
    this.refused = strategy
    this.refusedAt = this.now
    this.refusedUnproven = this.checkedAt <= this.becameAt
  }

  judge({ of, active, other }: Extract<StrategyEvent, { kind: 'checked' }>): void {
    if (active !== 'fails' || other !== 'works') {
      this.suspectedAt = undefined
      return
    }
    const to = otherStrategy(of.strategy)
    if (this.bar?.strategy === to && this.now - this.bar.at < this.bar.forMs) return
    const isOnceEnough = this.announced === to && this.announcedIsReady && this.doubtedAt === undefined
    const sinceFirst = this.suspectedAt === undefined ? Number.POSITIVE_INFINITY : this.now - this.suspectedAt
    if (!isOnceEnough && sinceFirst > 30_000) this.suspectedAt = this.now
    else if (isOnceEnough || sinceFirst >= 500) this.leaveBySuspicion(of.strategy, to)
  }

  leaveBySuspicion(from: Strategy, to: Strategy): void {
    if (!this.moveTo(to)) return
    const isRecent = this.bar !== undefined && this.now - this.bar.at - this.bar.forMs < 300_000
    const forMs = isRecent ? Math.min(this.bar!.forMs * 2, 300_000) : 10_000
    this.bar = { strategy: from, at: this.now, forMs }
  }

  seen(): object {
    const pending = { strategy: this.announced, ready: this.announcedIsReady, withdrawnAt: this.doubtedAt }
    return {
      epoch: this.epoch,
      active: this.active,
      pending: this.announced === undefined ? undefined : pending,
      withdrawn: this.takenBack,
      lastKnown: this.lastKnown,
      refusal:
        this.refused === undefined
          ? undefined
          : { strategy: this.refused, at: this.refusedAt, unproven: this.refusedUnproven },
      checkedAt: this.checkedAt,
      servedAt: this.servedAt,
      moves: this.moves,
      strays: this.strays,
      suspectedAt: this.suspectedAt,
      returnBar: this.bar,
      asker: this.asker,
      opening: this.opening,
    }
  }

  firstToAsk(): Strategy {
    return this.lastKnown ?? this.announced ?? 'blue'
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
    expect(detectionOrder(next)[0]).toBe(model.firstToAsk())
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
  /** How many ticks ago the call was sent that the event is about. */
  sentTicksAgo: number
  finding: CheckFinding
}

function eventOf({ kind, strategy, ticket, sentTicksAgo, finding }: EventDraft, model: Model): StrategyEvent {
  const by = model.tickets.at(-1 - (ticket % Math.max(model.tickets.length, 1))) ?? { strategy, epoch: 0 }
  const epoch = Math.max(model.epoch - Math.max(ticket - 1, 0), 0)
  const sentAt = model.now - sentTicksAgo * TICK_MS
  switch (kind) {
    case 'announced':
      return { kind, strategy, by }
    case 'ready':
    case 'detected':
    case 'accepting':
      return { kind, strategy, epoch }
    case 'refused':
      return { kind, by: { ...by, strategy: ticket === 1 ? otherStrategy(by.strategy) : by.strategy } }
    case 'confirmed':
      return { kind, by, sentAt }
    case 'kept':
      return { kind, by }
    case 'strayed':
      return { kind, refused: by }
    case 'served-elsewhere':
      return { kind, strategy, refused: by, refusedSentAt: sentAt }
    case 'checked':
      return { kind, of: by, active: finding, other: strategy === 'blue' ? 'works' : 'fails' }
    case 'asks':
      return { kind, asker: strategy, pauseMs: sentTicksAgo * 100 }
    case 'stops-asking':
      return { kind, asker: strategy }
    case 'set-active':
    case 'set-pending':
      return { kind, strategy }
    case 'boundary':
    case 'apply-pending':
    case 'clear':
      return { kind }
    default:
      return kind satisfies never
  }
}

function expectInvariants(before: StrategyState, event: StrategyEvent, after: StrategyState, now: number): void {
  // The epoch grows exactly with each change of the active strategy, or with its clearing.
  expect(after.epoch).toBeGreaterThanOrEqual(before.epoch)
  if (after.active !== before.active) expect(after.epoch).toBe(before.epoch + 1)
  if (after.epoch !== before.epoch && after.active === before.active) expect(event.kind).toBe('clear')
  // What is pending is never what is active.
  if (after.pending) expect(after.pending.strategy).not.toBe(after.active)
  // An old ticket moves nothing.
  if ('by' in event && event.by.epoch !== before.epoch) expect(after.active).toBe(before.active)
  if ('epoch' in event && event.epoch !== before.epoch) expect(after.active).toBe(before.active)
  // Only these may move the active strategy; what is ready fills a void.
  if (event.kind === 'ready' && before.active !== undefined) expect(after.active).toBe(before.active)
  if (after.active !== before.active) expect(MOVES).toContain(event.kind)
  // A boundary moves to what is ready and not in doubt only.
  if (event.kind === 'boundary' && after.active !== before.active)
    expect(before.pending).toEqual({ strategy: after.active, ready: true, withdrawnAt: undefined })
  // In any second there are two moves at most that nobody announced.
  expect(after.moves.filter((at) => now - at < 1000).length).toBeLessThanOrEqual(2)
  // The same object when nothing has changed, so that a store need not write.
  const isSame = JSON.stringify(after) === JSON.stringify(before)
  const renews = ['detected', 'set-active', 'checked', 'asks'].includes(event.kind)
  if (isSame && !renews) expect(after).toBe(before)
  expect(after.budget.tokens).toBeGreaterThanOrEqual(0)
  expect(after.budget.tokens).toBeLessThanOrEqual(LIMITS.switchBurst)
  if (after.active !== undefined) expect(after.lastKnown).toBe(after.active)
  expect(freshActive(after, now, LIMITS) ?? after.active).toBe(after.active)
}

const MOVES: readonly StrategyEvent['kind'][] = [
  ...(['boundary', 'ready', 'served-elsewhere', 'strayed', 'checked', 'detected'] as const),
  ...(['set-active', 'apply-pending', 'clear'] as const),
]

const KINDS: readonly StrategyEvent['kind'][] = [
  ...MOVES,
  ...(['announced', 'refused', 'kept', 'accepting', 'asks', 'stops-asking', 'confirmed', 'set-pending'] as const),
]

/** The events of calls come more often than those of programs that drive the manager by hand. */
const OFTEN: readonly StrategyEvent['kind'][] = [
  'announced',
  'ready',
  'boundary',
  'served-elsewhere',
  'checked',
  'strayed',
]

const drafts: fc.Arbitrary<EventDraft> = fc.record({
  kind: fc.constantFrom(...KINDS, ...OFTEN, ...OFTEN),
  strategy: fc.constantFrom(...STRATEGIES),
  ticket: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) }),
  sentTicksAgo: fc.nat(3),
  finding: fc.constantFrom<CheckFinding[]>('works', 'fails', 'fails', 'unknown'),
})

const ticks = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(100) })

describe('the step function', () => {
  it('does what the plainest model of the rules does, whatever happens in whatever order', () => {
    const happenings = fc.tuple(drafts, ticks).map(([draft, afterTicks]) => new Happens(draft, afterTicks))
    fc.assert(
      fc.property(fc.commands([happenings], { maxCommands: 200, size: 'max' }), (commands) => {
        fc.modelRun(() => ({ model: new Model(), real: { state: initialStrategyState(LIMITS) } }), commands)
      }),
      { numRuns: 150 },
    )
  })

  it('however announcements flap, any five minutes see at most six switches', () => {
    const flaps = fc.array(fc.double({ min: 0, max: 6000, noNaN: true }), { minLength: 50, maxLength: 300 })
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
          const count = switchedAt.filter((at) => at >= start && at <= start + 300_000).length
          expect(count).toBeLessThanOrEqual(6)
        }
      }),
    )
  })

  it('two deployments that announce each other for ever cause at most six switches in five minutes', () => {
    let state = step(initialStrategyState(LIMITS), { kind: 'set-active', strategy: 'blue' }, 1_000_000, LIMITS)
    const switchedAt: number[] = []
    for (let now = 1_000_000; now <= 4_600_000; now += 250) {
      const by = { strategy: state.active!, epoch: state.epoch }
      const strategy = otherStrategy(by.strategy)
      state = step(state, { kind: 'announced', strategy, by }, now, LIMITS)
      state = step(state, { kind: 'ready', strategy, epoch: state.epoch }, now, LIMITS)
      state = step(state, { kind: 'boundary' }, now, LIMITS)
      if (state.epoch !== by.epoch) switchedAt.push(now)
    }
    const inFiveMinutes = switchedAt.map(
      (start) => switchedAt.filter((at) => at >= start && at < start + 300_000).length,
    )
    expect(Math.max(...inFiveMinutes)).toBe(6)
    expect(switchedAt.length).toBeGreaterThan(10)
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
