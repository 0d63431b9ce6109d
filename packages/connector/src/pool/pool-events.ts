import type { PoolStatistics } from '../observability/pool-statistics.ts'

/** The reason why a connection left the pool. */
export type CloseReason = 'idle' | 'lifetime' | 'broken' | 'check-failed' | 'pool-closed' | 'cut-off'

/** The events of a pool. */
export interface PoolEvents {
  'pool:connected': [{ tookMs: number }]
  'pool:connect-failed': [{ reason: string }]
  'pool:acquired': [{ waitedMs: number }]
  'pool:released': [{ heldMs: number }]
  'pool:disconnected': [{ reason: CloseReason }]
  'pool:timeout': [PoolStatistics]
  'pool:closed': [PoolStatistics]
}

/** A one-line description: `max 10, open 10 (0 idle, 10 borrowed, 0 checking), connecting 0, waiting 3`. */
export function describePool({ max, open, idle, borrowed, checking, connecting, waiting }: PoolStatistics): string {
  return `max ${max}, open ${open} (${idle} idle, ${borrowed} borrowed, ${checking} checking), connecting ${connecting}, waiting ${waiting}`
}
