import type { Logger } from '../observability/logger.ts'
import type { Clock } from '../time/clock.ts'
import { DEFAULT_STRATEGY_LIMITS, type StrategyLimits } from './strategy-state.ts'
import type { StrategyStore } from './strategy-store.ts'

export interface StrategyManagerOptions extends Partial<StrategyLimits> {
  /** Where the state is kept. @default this process's memory */
  store?: StrategyStore | undefined
  /**
   * How long a query may go without any activity before its pin is dropped, in milliseconds.
   * @default 3600000
   */
  queryIdleTimeoutMs?: number
  logger?: Logger
  clock?: Clock
}

/** The limits that were given, and the defaults of the others. */
export function limitsOf(options: StrategyManagerOptions): StrategyLimits {
  const known = Object.keys(DEFAULT_STRATEGY_LIMITS) as (keyof StrategyLimits)[]
  const given = Object.fromEntries(
    known.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  )
  return { ...DEFAULT_STRATEGY_LIMITS, ...given }
}
