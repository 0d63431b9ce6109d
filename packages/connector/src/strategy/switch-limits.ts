import type { Strategy } from '../types/strategy.ts'

/** The limits on switches of new work (rules 10 and 16). Pure; all times are monotonic milliseconds. */

/** The token bucket for announced switches, so that a flapping announcement cannot make clients flap. */
export interface SwitchBudget {
  readonly tokens: number
  /** The time when `tokens` was computed. */
  readonly at: number
  /** The time for one more token. Doubles with each switch within `DOUBLING_WITHIN_MS` of the last. */
  readonly refillMs: number
  readonly lastSwitchAt: number | undefined
}

export interface BudgetLimits {
  readonly switchBurst: number
  readonly switchRefillMs: number
}

/** A switch this soon after another doubles the time for a token, which is also its maximum, in milliseconds. */
const DOUBLING_WITHIN_MS = 300_000

/** The maximum number of unannounced switches in any period of this length. */
const MOST_MOVES = 2
const MOVES_PERIOD_MS = 1000

/** The first and the longest time for which suspicion cannot switch back. */
const FIRST_BAR_MS = 10_000
const LONGEST_BAR_MS = 300_000

export function fullBudget({ switchBurst, switchRefillMs }: BudgetLimits): SwitchBudget {
  return { tokens: switchBurst, at: 0, refillMs: switchRefillMs, lastSwitchAt: undefined }
}

export function refilled(budget: SwitchBudget, now: number, { switchBurst }: BudgetLimits): SwitchBudget {
  const earned = Math.max(now - budget.at, 0) / budget.refillMs
  return { ...budget, tokens: Math.min(budget.tokens + earned, switchBurst), at: now }
}

/** Returns the budget after another announced switch; `undefined` when it does not allow one now. */
export function spent(budget: SwitchBudget, now: number, limits: BudgetLimits): SwitchBudget | undefined {
  const { tokens, refillMs, lastSwitchAt } = refilled(budget, now, limits)
  if (tokens < 1) return undefined
  const isSoon = lastSwitchAt !== undefined && now - lastSwitchAt < DOUBLING_WITHIN_MS
  const longest = Math.max(DOUBLING_WITHIN_MS, limits.switchRefillMs)
  const next = isSoon ? Math.min(refillMs * 2, longest) : limits.switchRefillMs
  return { tokens: tokens - 1, at: now, refillMs: next, lastSwitchAt: now }
}

/** Returns the times of the latest unannounced switches including `now`; `undefined` when there were enough already. */
export function oneMoreMove(moves: readonly number[], now: number): readonly number[] | undefined {
  const recent = moves.filter((at) => now - at < MOVES_PERIOD_MS)
  return recent.length < MOST_MOVES ? [...recent, now] : undefined
}

/** The strategy that a suspicion left, the time, and the period in which no suspicion switches back to it. */
export interface ReturnBar {
  readonly strategy: Strategy
  readonly at: number
  readonly forMs: number
}

export function isReturnBarred(bar: ReturnBar | undefined, strategy: Strategy, now: number): boolean {
  return bar?.strategy === strategy && now - bar.at < bar.forMs
}

/**
 * Returns the bar after a suspicion left `strategy`: twice the last one, if that ended less than the longest bar ago.
 */
export function barReturn(bar: ReturnBar | undefined, strategy: Strategy, now: number): ReturnBar {
  const isRecent = bar !== undefined && now - bar.at - bar.forMs < LONGEST_BAR_MS
  return { strategy, at: now, forMs: isRecent ? Math.min(bar.forMs * 2, LONGEST_BAR_MS) : FIRST_BAR_MS }
}
