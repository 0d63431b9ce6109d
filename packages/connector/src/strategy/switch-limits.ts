import type { Strategy } from '../types/strategy.ts'

/**
 * How often new work may move (rules 10 and 16). Pure; all times are monotonic milliseconds.
 */

/** Announced switches draw on a bucket, so that a flapping announcement can't make every client flap with it. */
export interface SwitchBudget {
  readonly tokens: number
  /** When `tokens` was computed. */
  readonly at: number
  /** How long one more token takes. Doubles with each switch that follows another within `DOUBLING_WITHIN_MS`. */
  readonly refillMs: number
  readonly lastSwitchAt: number | undefined
}

export interface BudgetLimits {
  readonly switchBurst: number
  readonly switchRefillMs: number
}

/** A switch this soon after another doubles the time that one more takes; it also is the longest such time. */
const DOUBLING_WITHIN_MS = 300_000

/** Moves that nobody announced: at most so many in any period of this length. */
const MOST_MOVES = 2
const MOVES_PERIOD_MS = 1000

/** Going back by suspicion is barred for this long at first, and for this long at most. */
const FIRST_BAR_MS = 10_000
const LONGEST_BAR_MS = 300_000

export function fullBudget({ switchBurst, switchRefillMs }: BudgetLimits): SwitchBudget {
  return { tokens: switchBurst, at: 0, refillMs: switchRefillMs, lastSwitchAt: undefined }
}

export function refilled(budget: SwitchBudget, now: number, { switchBurst }: BudgetLimits): SwitchBudget {
  const earned = Math.max(now - budget.at, 0) / budget.refillMs
  return { ...budget, tokens: Math.min(budget.tokens + earned, switchBurst), at: now }
}

/** The budget after one more announced switch; `undefined` when it does not allow one now. */
export function spent(budget: SwitchBudget, now: number, limits: BudgetLimits): SwitchBudget | undefined {
  const { tokens, refillMs, lastSwitchAt } = refilled(budget, now, limits)
  if (tokens < 1) return undefined
  const isSoon = lastSwitchAt !== undefined && now - lastSwitchAt < DOUBLING_WITHIN_MS
  const longest = Math.max(DOUBLING_WITHIN_MS, limits.switchRefillMs)
  const next = isSoon ? Math.min(refillMs * 2, longest) : limits.switchRefillMs
  return { tokens: tokens - 1, at: now, refillMs: next, lastSwitchAt: now }
}

/** The times of the latest unannounced moves with one at `now`; `undefined` when there were enough already. */
export function oneMoreMove(moves: readonly number[], now: number): readonly number[] | undefined {
  const recent = moves.filter((at) => now - at < MOVES_PERIOD_MS)
  return recent.length < MOST_MOVES ? [...recent, now] : undefined
}

/** The strategy that a suspicion left, when, and for how long no suspicion moves back to it. */
export interface ReturnBar {
  readonly strategy: Strategy
  readonly at: number
  readonly forMs: number
}

export function isReturnBarred(bar: ReturnBar | undefined, strategy: Strategy, now: number): boolean {
  return bar?.strategy === strategy && now - bar.at < bar.forMs
}

/** The bar after a suspicion left `strategy`: twice as long as one that ended less than its longest time ago. */
export function barReturn(bar: ReturnBar | undefined, strategy: Strategy, now: number): ReturnBar {
  const isRecent = bar !== undefined && now - bar.at - bar.forMs < LONGEST_BAR_MS
  return { strategy, at: now, forMs: isRecent ? Math.min(bar.forMs * 2, LONGEST_BAR_MS) : FIRST_BAR_MS }
}
