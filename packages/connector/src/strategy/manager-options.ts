import type { Logger } from '../observability/logger.ts'
import type { Clock } from '../time/clock.ts'
import { DEFAULT_STRATEGY_LIMITS, type StrategyLimits } from './strategy-state.ts'
import type { StrategyStore } from './strategy-store.ts'

export interface StrategyManagerOptions extends Partial<StrategyLimits> {
  /** The store for the state. @default this process's memory */
  store?: StrategyStore | undefined
  /**
   * The time that a query may be inactive before its pin is dropped, in milliseconds.
   * @default 3600000
   */
  queryIdleTimeoutMs?: number
  logger?: Logger
  clock?: Clock
}

/** Returns the given limits, with defaults for the others. */
export function limitsOf(options: StrategyManagerOptions): StrategyLimits {
  const known = Object.keys(DEFAULT_STRATEGY_LIMITS) as (keyof StrategyLimits)[]
  const given = Object.fromEntries(
    known.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  )
  return { ...DEFAULT_STRATEGY_LIMITS, ...given }
}
