import { isDeepStrictEqual } from 'node:util'
import type { StrategyState } from './strategy-state.ts'

/** When the strategy of an epoch was last confirmed, and when the latest call it accepted was sent. */
export type Confirmation = Pick<StrategyState, 'epoch' | 'checkedAt' | 'servedAt'>

/** `state`, confirmed as late as `check` says, if that is about the same epoch. */
export function withCheck(state: StrategyState, check: Confirmation): StrategyState {
  if (state.active === undefined || check.epoch !== state.epoch) return state
  const checkedAt = Math.max(check.checkedAt, state.checkedAt)
  const servedAt = Math.max(check.servedAt, state.servedAt)
  return checkedAt === state.checkedAt && servedAt === state.servedAt ? state : { ...state, checkedAt, servedAt }
}

/** Whether all that `after` says beyond `before` is that the strategy was confirmed. */
export function isConfirmation(before: StrategyState, after: StrategyState): boolean {
  if (before === after) return true
  const { checkedAt: _checkedAt, servedAt: _servedAt, ...rest } = before
  return Object.entries(rest).every(([name, value]) => isDeepStrictEqual(after[name as keyof StrategyState], value))
}

/**
 * What holds when a process that went on alone for a while, from `base` on, sees the shared state again: what it has learnt,
 * if nobody else has learnt anything; else what was confirmed last. Its epoch is above both, unless one side has nothing to
 * unlearn, so that no ticket of either history is taken for one of the other.
 */
export function rejoin(own: StrategyState, shared: StrategyState, base: StrategyState): StrategyState {
  if (isConfirmation(base, own) && own.epoch <= shared.epoch) return withCheck(shared, own)
  if (isConfirmation(base, shared)) return withCheck(own, shared)
  const fresher = own.checkedAt > shared.checkedAt ? own : shared
  const isSameEpoch = own.epoch === shared.epoch && own.active === shared.active
  if (isSameEpoch || (fresher === shared && shared.epoch > own.epoch)) return fresher
  return { ...fresher, epoch: Math.max(own.epoch, shared.epoch) + 1 }
}
