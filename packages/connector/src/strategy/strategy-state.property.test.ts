import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Model, TICK_MS } from '../../test/strategy-model.ts'
import type { CheckFinding } from '../observability/events.ts'
import { otherStrategy, STRATEGIES, type Strategy } from '../types/strategy.ts'
import type { StrategyEvent } from './strategy-change.ts'
import {
  DEFAULT_STRATEGY_LIMITS,
  detectionOrder,
  freshActive,
  initialStrategyState,
  type StrategyState,
  step,
} from './strategy-state.ts'

const LIMITS = DEFAULT_STRATEGY_LIMITS

interface Real {
  state: StrategyState
}

/** An event at a time; its references are chosen from the past. */
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
  /** The ticket, counted from the newest. */
  ticket: number
  /** The number of ticks since the call of the event was sent. */
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
      return { kind, asker: strategy, pauseMs: sentTicksAgo * 100, purpose: ticket % 2 ? 'hold' : 'readiness' }
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
  // The pending strategy is never the active one.
  if (after.pending) expect(after.pending.strategy).not.toBe(after.active)
  // An old ticket switches nothing.
  if ('by' in event && event.by.epoch !== before.epoch) expect(after.active).toBe(before.active)
  if ('epoch' in event && event.epoch !== before.epoch) expect(after.active).toBe(before.active)
  // Only these may change the active strategy; a ready one becomes active if none is known.
  if (event.kind === 'ready' && before.active !== undefined) expect(after.active).toBe(before.active)
  if (after.active !== before.active) expect(MOVES).toContain(event.kind)
  // A boundary activates only a strategy that is ready and not in doubt.
  if (event.kind === 'boundary' && after.active !== before.active)
    expect(before.pending).toEqual({ strategy: after.active, ready: true, withdrawnAt: undefined })
  // Any second has at most two unannounced switches.
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

/** The events of calls occur more often than those of programs that control the manager. */
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
  it('agrees with a simple model of the rules for any sequence of events', () => {
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

  it('two deployments that announce each other forever cause at most six switches in five minutes', () => {
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
