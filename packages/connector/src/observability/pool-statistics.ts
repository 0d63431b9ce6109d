/** Where the connections of a pool are, and what has happened so far. */
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
