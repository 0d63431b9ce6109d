import { expect, test } from 'vitest'
import { recentChanges } from './recent-changes.ts'
import type { StrategyEvent } from './strategy-change.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState, step } from './strategy-state.ts'

/** The changes after these events, one per second. */
function changesOf(...events: StrategyEvent[]) {
  let state = initialStrategyState(DEFAULT_STRATEGY_LIMITS)
  const history = [{ at: 0, state }]
  for (const event of events) {
    const at = history.length * 1000
    state = step(state, event, at, DEFAULT_STRATEGY_LIMITS)
    history.push({ at, state })
  }
  return recentChanges(history, history.length * 1000).map(({ agoMs, ...change }) => [agoMs, change])
}

const blue = { strategy: 'blue', epoch: 1 } as const

test('a switch reads as its events with their age', () => {
  expect(
    changesOf(
      { kind: 'detected', strategy: 'blue', epoch: 0 },
      { kind: 'announced', strategy: 'green', by: blue },
      { kind: 'ready', strategy: 'green', epoch: 1 },
      { kind: 'boundary' },
    ),
  ).toEqual([
    [4000, { kind: 'transition', from: undefined, to: 'blue', epoch: 1 }],
    [3000, { kind: 'announced', strategy: 'green', epoch: 1 }],
    [1000, { kind: 'transition', from: 'blue', to: 'green', epoch: 2 }],
  ])
})

test('a mismatch, a clearing and a withdrawal are changes, and confirmations are not', () => {
  expect(
    changesOf(
      { kind: 'detected', strategy: 'blue', epoch: 0 },
      { kind: 'announced', strategy: 'green', by: blue },
      { kind: 'confirmed', by: blue, sentAt: 0 },
      { kind: 'announced', strategy: 'blue', by: blue },
      { kind: 'refused', by: blue },
      { kind: 'clear' },
    ).map(([, change]) => change),
  ).toEqual([
    { kind: 'transition', from: undefined, to: 'blue', epoch: 1 },
    { kind: 'announced', strategy: 'green', epoch: 1 },
    { kind: 'mismatch', strategy: 'blue', epoch: 1 },
    { kind: 'withdrawn', strategy: 'green', epoch: 1 },
    { kind: 'cleared', strategy: 'blue', epoch: 2 },
  ])
})

test('without a history there are no changes', () => {
  expect(recentChanges([], 5)).toEqual([])
})
