import type { StrategyEvents } from './events.ts'
import type { Logger } from './logger.ts'

/** The log line of a strategy event. */
export interface StrategyLogLine {
  readonly level: keyof Logger
  readonly message: string
}

/** The log line of each strategy event. Its facts are those of the event, and the name of the cluster. */
export const STRATEGY_LOG: { readonly [Name in keyof StrategyEvents]: StrategyLogLine } = {
  'strategy:announced': { level: 'info', message: 'strategy announced' },
  'strategy:withdrawn': { level: 'info', message: 'strategy announcement withdrawn' },
  'strategy:ready': { level: 'info', message: 'strategy ready' },
  'strategy:transition': { level: 'info', message: 'strategy transition completed' },
  'strategy:cleared': { level: 'info', message: 'strategy cache cleared' },
  'strategy:detected': { level: 'info', message: 'strategy detected' },
  'strategy:mismatch': { level: 'info', message: 'strategy-mismatch' },
  'strategy:ignored': { level: 'debug', message: 'strategy announcement ignored' },
  'strategy:held': { level: 'warn', message: 'calls are held until a deployment accepts work' },
  'strategy:accepting': { level: 'info', message: 'a deployment accepts work again' },
  'strategy:released': { level: 'info', message: 'held calls released' },
  'strategy:suspected': { level: 'warn', message: 'the active strategy is suspected to fail' },
  'strategy:checked': { level: 'info', message: 'a suspected strategy was checked' },
  'strategy:prewarm-failed': { level: 'info', message: 'an announced strategy is not ready yet' },
  'strategy:swept': { level: 'warn', message: 'the pinned strategy of a query was dropped' },
  'strategy:invalid': { level: 'warn', message: 'invalid strategy: must be blue or green' },
  'strategy:store-unavailable': {
    level: 'warn',
    message: 'the strategy is not shared with other processes for now; set strategyStoreDirectory to another folder',
  },
}
