import { describe, expect, it } from 'vitest'
import { decodeStrategyState, encodeStrategyState } from './portable-state.ts'
import { initialStrategyState, type StrategyState } from './strategy-state.ts'

const NOW = 5_000_000

const full: StrategyState = {
  ...initialStrategyState({ switchBurst: 3, switchRefillMs: 10_000 }),
  epoch: 7,
  active: 'green',
  lastKnown: 'green',
  pending: { strategy: 'blue', ready: true, withdrawnAt: NOW - 100 },
  withdrawn: { strategy: 'blue', at: NOW - 200 },
  refusal: { strategy: 'blue', at: NOW - 300, unproven: true },
  checkedAt: NOW - 400,
  servedAt: NOW - 500,
  transitionedAt: NOW - 400,
  budget: { tokens: 2, at: NOW - 600, refillMs: 10_000, lastSwitchAt: NOW - 700 },
  moves: [NOW - 800, NOW - 900],
  suspectedAt: NOW - 1000,
  returnBar: { strategy: 'blue', at: NOW - 1100, forMs: 10_000 },
  asker: { id: 'a', at: NOW - 1200, pauseMs: 50, purpose: 'hold' },
  opening: { strategy: 'green', count: 2 },
}

describe('a state that travels to another host', () => {
  it('has every time as old there as it was here, though that host started a minute ago', () => {
    const there = decodeStrategyState(encodeStrategyState(full, NOW), 60_000)
    const shift = NOW - 60_000
    expect(there).toEqual({
      ...full,
      pending: { ...full.pending, withdrawnAt: NOW - 100 - shift },
      withdrawn: { strategy: 'blue', at: NOW - 200 - shift },
      refusal: { ...full.refusal, at: NOW - 300 - shift },
      checkedAt: NOW - 400 - shift,
      servedAt: NOW - 500 - shift,
      transitionedAt: NOW - 400 - shift,
      budget: { ...full.budget, at: NOW - 600 - shift, lastSwitchAt: NOW - 700 - shift },
      moves: [NOW - 800 - shift, NOW - 900 - shift],
      suspectedAt: NOW - 1000 - shift,
      returnBar: { ...full.returnBar, at: NOW - 1100 - shift },
      asker: { ...full.asker, at: NOW - 1200 - shift },
    })
  })

  it('still says that nothing was ever confirmed', () => {
    const never = { ...full, checkedAt: 0, servedAt: 0 }
    expect(decodeStrategyState(encodeStrategyState(never, NOW), 60_000)).toMatchObject({ checkedAt: 0, servedAt: 0 })
  })

  it('is refused when it is damaged', () => {
    expect(() => decodeStrategyState('{"epoch":1', NOW)).toThrow('not JSON')
    expect(() => decodeStrategyState('{"epoch":-1}', NOW)).toThrow("'epoch'")
    const purple = encodeStrategyState(full, NOW).replace('"active":"green"', '"active":"purple"')
    expect(() => decodeStrategyState(purple, NOW)).toThrow("'active'")
    const ahead = encodeStrategyState(full, NOW).replace('"checkedAt":400', '"checkedAt":-1')
    expect(() => decodeStrategyState(ahead, NOW)).toThrow("'checkedAt'")
  })
})
