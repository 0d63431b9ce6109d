import { describe, expect, it } from 'vitest'
import { otherStrategy } from '../types/strategy.ts'
import type { AskingPurpose, StrategyEvent } from './strategy-change.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState, type StrategyState, step } from './strategy-state.ts'
import { fullBudget } from './switch-limits.ts'

const LIMITS = DEFAULT_STRATEGY_LIMITS
const FULL = fullBudget(LIMITS)
const NOTHING_KNOWN = initialStrategyState(LIMITS)
const NOW = 1_000_000

/** The state after these events, a millisecond apart. */
function after(state: StrategyState, ...events: StrategyEvent[]): StrategyState {
  return events.reduce((current, event, index) => step(current, event, NOW + index, LIMITS), state)
}

const blue = { strategy: 'blue', epoch: 1 } as const
const ON_BLUE = after(NOTHING_KNOWN, { kind: 'detected', strategy: 'blue', epoch: 0 })
const GREEN_ANNOUNCED = after(ON_BLUE, { kind: 'announced', strategy: 'green', by: blue })
const GREEN_READY = after(GREEN_ANNOUNCED, { kind: 'ready', strategy: 'green', epoch: 1 })
const ON_GREEN = after(GREEN_READY, { kind: 'boundary' })

describe('rule 10: no flapping', () => {
  it('a rollback after the cut-over is a switch like any other', () => {
    const by = { strategy: 'green', epoch: 2 } as const
    const back = after(
      ON_GREEN,
      { kind: 'announced', strategy: 'blue', by },
      { kind: 'ready', strategy: 'blue', epoch: 2 },
      { kind: 'boundary' },
    )
    expect(back).toMatchObject({ active: 'blue', epoch: 3 })
  })

  it('each announced switch takes a token from the bucket, which refills over time up to its size', () => {
    expect(ON_GREEN.budget).toEqual({ ...FULL, tokens: LIMITS.switchBurst - 1, at: NOW, lastSwitchAt: NOW })
    const later = { ...GREEN_READY, budget: { ...FULL, tokens: 0.5, at: NOW } }
    expect(step(later, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs, LIMITS).budget.tokens).toBe(0.5)
    expect(step(later, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs * 100, LIMITS).budget.tokens).toBe(2)
  })

  it('a switch that finds the bucket empty waits, and happens when it is refilled', () => {
    const waiting = { ...GREEN_READY, budget: { ...FULL, tokens: 0, at: NOW } }
    expect(step(waiting, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs - 1, LIMITS)).toBe(waiting)
    expect(step(waiting, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs, LIMITS).active).toBe('green')
  })

  it('the time for a token doubles with each switch within five minutes, up to five minutes, and is short again after that', () => {
    const budgetAfter = (lastSwitchAt: number, refillMs: number, now: number) =>
      step(
        { ...GREEN_READY, budget: { tokens: 3, at: NOW, refillMs, lastSwitchAt } },
        { kind: 'boundary' },
        now,
        LIMITS,
      ).budget
    expect(budgetAfter(NOW, 10_000, NOW + 299_999).refillMs).toBe(20_000)
    expect(budgetAfter(NOW, 20_000, NOW + 299_999).refillMs).toBe(40_000)
    expect(budgetAfter(NOW, 200_000, NOW + 299_999).refillMs).toBe(300_000)
    expect(budgetAfter(NOW, 200_000, NOW + 300_000).refillMs).toBe(10_000)
  })

  it('a waiting switch is dropped when it is withdrawn', () => {
    const waiting = { ...GREEN_READY, budget: { ...FULL, tokens: 0, at: NOW } }
    const withdrawn = after(waiting, { kind: 'announced', strategy: 'blue', by: blue })
    const later = step(withdrawn, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs * 10, LIMITS)
    expect(later).toMatchObject({ active: 'blue', pending: undefined })
  })

  it('a program that sets a strategy uses no tokens', () => {
    const empty = { ...ON_BLUE, budget: { ...FULL, tokens: 0, at: NOW }, moves: [NOW, NOW] }
    expect(after(empty, { kind: 'set-active', strategy: 'green' })).toMatchObject({
      active: 'green',
      moves: [NOW, NOW],
    })
  })

  it('unannounced switches happen at most twice a second', () => {
    let state = ON_BLUE
    const moveAt = (now: number) => {
      const { active, epoch } = state
      const refused = { strategy: active!, epoch }
      const strategy = otherStrategy(active!)
      state = step(state, { kind: 'served-elsewhere', strategy, refused, refusedSentAt: now }, now, LIMITS)
      return state.active !== active
    }
    expect([0, 1, 2, 999, 1000, 1001, 1002].map((ms) => moveAt(NOW + ms))).toEqual([
      ...[true, true, false, false],
      ...[true, true, false],
    ])
  })
})

describe('rule 16: suspicion needs proof', () => {
  const bad = { kind: 'checked', of: blue, active: 'fails', other: 'works' } as const
  const suspected = step(ON_BLUE, bad, NOW, LIMITS)

  it('one check switches nothing', () => {
    expect(suspected).toEqual({ ...ON_BLUE, suspectedAt: NOW })
  })

  it('a second one at least half a second later switches new work', () => {
    expect(step(suspected, bad, NOW + 499, LIMITS)).toBe(suspected)
    const moved = step(suspected, bad, NOW + 500, LIMITS)
    expect(moved).toMatchObject({ active: 'green', epoch: 2, suspectedAt: undefined, moves: [NOW + 500] })
  })

  it("the distance of two checks counts from the active strategy's answers", () => {
    const late = step(ON_BLUE, { ...bad, agoMs: 900 }, NOW, LIMITS)
    expect(late).toEqual({ ...ON_BLUE, suspectedAt: NOW - 900 })
    expect(step(late, { ...bad, agoMs: 401 }, NOW, LIMITS)).toBe(late)
    expect(step(late, { ...bad, agoMs: 400 }, NOW, LIMITS)).toMatchObject({ active: 'green' })
  })

  it('one is enough if the other strategy is announced, ready and not in doubt', () => {
    expect(step(GREEN_READY, bad, NOW, LIMITS).active).toBe('green')
    expect(step(GREEN_ANNOUNCED, bad, NOW, LIMITS).active).toBe('blue')
    const doubted = step(GREEN_READY, { kind: 'announced', strategy: 'blue', by: blue }, NOW, LIMITS)
    expect(step(doubted, bad, NOW, LIMITS).active).toBe('blue')
  })

  for (const findings of [
    { active: 'works', other: 'unknown' },
    { active: 'works', other: 'works' },
    { active: 'fails', other: 'fails' },
  ] as const) {
    it(`where the active one ${findings.active} and the other ${findings.other}, work stays and the suspicion ends`, () => {
      const checked = step(suspected, { ...bad, ...findings }, NOW + 600, LIMITS)
      expect(checked).toEqual(ON_BLUE)
      expect(step(checked, bad, NOW + 700, LIMITS).active).toBe('blue')
    })
  }

  it('an old first check proves nothing any more', () => {
    expect(step(suspected, bad, NOW + 30_001, LIMITS)).toEqual({ ...ON_BLUE, suspectedAt: NOW + 30_001 })
  })

  it('a check of an older epoch changes nothing', () => {
    expect(step(ON_GREEN, bad, NOW, LIMITS)).toBe(ON_GREEN)
  })

  it('going back by suspicion is barred for ten seconds, which double up to five minutes', () => {
    let state = step(suspected, bad, NOW + 500, LIMITS)
    let now = NOW + 500
    const bars: number[] = []
    for (let n = 0; n < 7; n++) {
      const of = { strategy: state.active!, epoch: state.epoch }
      const leftAt = now
      while (state.active === of.strategy) {
        now += 500
        state = step(state, { kind: 'checked', of, active: 'fails', other: 'works' }, now, LIMITS)
      }
      bars.push(now - leftAt)
    }
    expect(bars.map((ms) => Math.floor(ms / 10_000) * 10)).toEqual([10, 20, 40, 80, 160, 300, 300])
  })
})

describe('rule 21: one asks for all', () => {
  const asks = (asker: string, pauseMs = 100, purpose: AskingPurpose = 'hold') =>
    ({ kind: 'asks', asker, pauseMs, purpose }) as const

  it('the first asker keeps asking, and others do not', () => {
    const one = step(ON_BLUE, asks('one'), NOW, LIMITS)
    expect(one.asker).toEqual({ id: 'one', at: NOW, pauseMs: 100, purpose: 'hold' })
    expect(step(one, asks('two'), NOW + 200, LIMITS)).toBe(one)
    expect(step(one, asks('one', 150), NOW + 200, LIMITS).asker).toEqual({
      ...{ id: 'one', at: NOW + 200, pauseMs: 150, purpose: 'hold' },
    })
  })

  it('an asker that is silent for more than two pauses is replaced', () => {
    const one = step(ON_BLUE, asks('one'), NOW, LIMITS)
    expect(step(one, asks('two'), NOW + 201, LIMITS).asker?.id).toBe('two')
  })

  it('held calls do not wait for an asker that only prepares an announced strategy', () => {
    const looks = step(ON_BLUE, asks('one', 5000, 'readiness'), NOW, LIMITS)
    expect(step(looks, asks('two', 5000, 'readiness'), NOW + 1, LIMITS)).toBe(looks)
    const held = step(looks, asks('two'), NOW + 1, LIMITS)
    expect(held.asker?.id).toBe('two')
    expect(step(held, asks('one', 5000, 'readiness'), NOW + 2, LIMITS)).toBe(held)
    expect(step(held, asks('two', 5000, 'readiness'), NOW + 2, LIMITS)).toBe(held)
  })

  it('only the asker itself can stop, and the next one takes its place', () => {
    const one = step(ON_BLUE, asks('one'), NOW, LIMITS)
    expect(step(one, { kind: 'stops-asking', asker: 'two' }, NOW, LIMITS)).toBe(one)
    expect(step(one, { kind: 'stops-asking', asker: 'one' }, NOW, LIMITS).asker).toBeUndefined()
  })

  it('each strategy it finds is reported, even the same one again', () => {
    const found = { kind: 'accepting', strategy: 'green', epoch: 1 } as const
    expect(after(ON_BLUE, found).opening).toEqual({ strategy: 'green', count: 1 })
    expect(after(ON_BLUE, found, found).opening).toEqual({ strategy: 'green', count: 2 })
    expect(after(ON_BLUE, { ...found, epoch: 0 })).toBe(ON_BLUE)
  })
})
