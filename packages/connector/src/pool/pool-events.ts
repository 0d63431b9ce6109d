/** Why a connection left the pool. */
export type CloseReason = 'idle' | 'lifetime' | 'broken' | 'check-failed' | 'pool-closed' | 'cut-off'

/** What a pool makes visible, by event name. */
export interface PoolEvents {
  'pool:connected': [{ tookMs: number }]
  'pool:connect-failed': [{ reason: string }]
  'pool:acquired': [{ waitedMs: number }]
  'pool:released': [{ heldMs: number }]
  'pool:disconnected': [{ reason: CloseReason }]
  'pool:timeout': [PoolStatistics]
  'pool:closed': [PoolStatistics]
}

/** Where the connections are, and what has happened so far. */
export interface PoolStatistics {
  readonly max: number
  /** Connections that are there: `idle`, `borrowed` and `checking` together. */
  readonly open: number
  readonly idle: number
  readonly borrowed: number
  readonly checking: number
  readonly connecting: number
  /** Callers that wait for a connection. */
  readonly waiting: number
  /** Since the pool was made: */
  readonly connects: number
  readonly failedConnects: number
  readonly failedChecks: number
  readonly disconnects: number
  readonly acquires: number
  readonly timeouts: number
  /** How long callers have waited for the connections they got, in milliseconds. */
  readonly waitedMs: { readonly total: number; readonly longest: number }
}

/** One line for people: `max 10, open 10 (0 idle, 10 borrowed, 0 checking), connecting 0, waiting 3`. */
export function describePool({ max, open, idle, borrowed, checking, connecting, waiting }: PoolStatistics): string {
  return `max ${max}, open ${open} (${idle} idle, ${borrowed} borrowed, ${checking} checking), connecting ${connecting}, waiting ${waiting}`
}
