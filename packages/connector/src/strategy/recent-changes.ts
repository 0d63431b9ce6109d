import type { Strategy } from '../types/strategy.ts'
import type { StrategyState } from './strategy-state.ts'

/** A state, and its time in monotonic milliseconds. */
export interface PastState {
  readonly at: number
  readonly state: StrategyState
}

/** A change of a cluster's strategy on this host, by any of its programs. */
export type StrategyChange = { agoMs: number } & (
  | { kind: 'transition'; from: Strategy | undefined; to: Strategy; epoch: number }
  | { kind: 'announced' | 'withdrawn' | 'cleared' | 'mismatch'; strategy: Strategy; epoch: number }
)

/** Returns the changes between consecutive states, oldest first. */
export function recentChanges(history: readonly PastState[], now: number): StrategyChange[] {
  return history.slice(1).flatMap(({ at, state }, index) => {
    const agoMs = Math.max(now - at, 0)
    return changesBetween(history[index]!.state, state).map((change) => ({ ...change, agoMs }))
  })
}

type Change = StrategyChange extends infer Each ? (Each extends StrategyChange ? Omit<Each, 'agoMs'> : never) : never

function changesBetween(before: StrategyState, after: StrategyState): Change[] {
  const { epoch, active, pending, refusal } = after
  const changes: Change[] = []
  if (refusal && refusal.at !== before.refusal?.at)
    changes.push({ kind: 'mismatch', strategy: refusal.strategy, epoch })
  if (active === undefined && before.active) changes.push({ kind: 'cleared', strategy: before.active, epoch })
  if (active && active !== before.active) {
    changes.push({ kind: 'transition', from: before.active ?? before.lastKnown, to: active, epoch })
  } else if (pending && pending.strategy !== before.pending?.strategy) {
    changes.push({ kind: 'announced', strategy: pending.strategy, epoch })
  } else if (!pending && before.pending && active === before.active) {
    changes.push({ kind: 'withdrawn', strategy: before.pending.strategy, epoch })
  }
  return changes
}
