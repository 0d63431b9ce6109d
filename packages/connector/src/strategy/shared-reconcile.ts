import { isDeepStrictEqual } from 'node:util'
import type { StrategyState } from './strategy-state.ts'

/** The last confirmation of an epoch's strategy, and the time when the latest accepted call was sent. */
export type Confirmation = Pick<StrategyState, 'epoch' | 'checkedAt' | 'servedAt'>

/** Returns `state` with the confirmation of `check`, if that has the same epoch. */
export function withCheck(state: StrategyState, check: Confirmation): StrategyState {
  if (state.active === undefined || check.epoch !== state.epoch) return state
  const checkedAt = Math.max(check.checkedAt, state.checkedAt)
  const servedAt = Math.max(check.servedAt, state.servedAt)
  return checkedAt === state.checkedAt && servedAt === state.servedAt ? state : { ...state, checkedAt, servedAt }
}

/** The states around a published change, each with the latest confirmation that this process, which knew `known`, has. */
export function confirmedUpdate(
  known: StrategyState,
  before: StrategyState,
  after: StrategyState,
): { readonly theirs: StrategyState; readonly own: StrategyState } {
  const theirs = withCheck(before, known)
  return { theirs, own: withCheck(after, theirs) }
}

/** Returns whether `after` differs from `before` only by a confirmation. */
export function isConfirmation(before: StrategyState, after: StrategyState): boolean {
  if (before === after) return true
  const { checkedAt: _checkedAt, servedAt: _servedAt, ...rest } = before
  return Object.entries(rest).every(([name, value]) => isDeepStrictEqual(after[name as keyof StrategyState], value))
}

/**
 * Reconciles the state of a process that was alone for a while, starting from `base`, with the shared state. Its own
 * state wins if no other process has changed anything; otherwise the last confirmed one. The epoch is above both,
 * unless one side is unchanged, so tickets of the two histories cannot be confused.
 */
export function rejoin(own: StrategyState, shared: StrategyState, base: StrategyState): StrategyState {
  if (isConfirmation(base, own) && own.epoch <= shared.epoch) return withCheck(shared, own)
  if (isConfirmation(base, shared)) return withCheck(own, shared)
  const fresher = own.checkedAt > shared.checkedAt ? own : shared
  const isSameEpoch = own.epoch === shared.epoch && own.active === shared.active
  if (isSameEpoch || (fresher === shared && shared.epoch > own.epoch)) return fresher
  return { ...fresher, epoch: Math.max(own.epoch, shared.epoch) + 1 }
}
