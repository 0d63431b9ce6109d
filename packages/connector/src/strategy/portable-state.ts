import { decodeState, parseFields } from './shared-format.ts'
import type { StrategyState } from './strategy-state.ts'

/**
 * Writes a state for other hosts, as JSON. Monotonic clocks of two hosts begin at different moments, so each time is written
 * as an age in milliseconds at `now`.
 */
export function encodeStrategyState(state: StrategyState, now: number): string {
  return JSON.stringify(withTimes(state, (time) => Math.max(now - time, 0)))
}

/**
 * Reads what `encodeStrategyState` wrote. Every field is checked, since anyone may have written it.
 * @param encodedAt when it was written, in monotonic milliseconds of this host; times of the result may be negative
 * @throws Error when the string is no state
 */
export function decodeStrategyState(encoded: string, encodedAt: number): StrategyState {
  const ages = decodeState(parseFields(encoded), Number.POSITIVE_INFINITY)
  return withTimes(ages, (ageMs) => encodedAt - ageMs)
}

/** A copy with each time changed. Where 0 means "never" it stays. */
function withTimes(state: StrategyState, change: (time: number) => number): StrategyState {
  const unlessNever = (time: number) => (time === 0 ? 0 : change(time))
  const optional = (time: number | undefined) => (time === undefined ? undefined : change(time))
  const at = <Timed extends { readonly at: number }>(it: Timed | undefined) => it && { ...it, at: change(it.at) }
  const { pending, budget } = state
  return {
    ...state,
    pending: pending && { ...pending, withdrawnAt: optional(pending.withdrawnAt) },
    withdrawn: at(state.withdrawn),
    refusal: at(state.refusal),
    checkedAt: unlessNever(state.checkedAt),
    servedAt: unlessNever(state.servedAt),
    transitionedAt: optional(state.transitionedAt),
    budget: { ...budget, at: change(budget.at), lastSwitchAt: optional(budget.lastSwitchAt) },
    moves: state.moves.map(change),
    suspectedAt: optional(state.suspectedAt),
    returnBar: at(state.returnBar),
    asker: at(state.asker),
  }
}
