/** The state of a pool's connections, and totals since its creation. */
export interface PoolStatistics {
  readonly max: number
  /** Open connections: `idle`, `borrowed` and `checking` together. */
  readonly open: number
  readonly idle: number
  readonly borrowed: number
  readonly checking: number
  readonly connecting: number
  /** Callers waiting for a connection. */
  readonly waiting: number
  /** Totals since the pool was created. */
  readonly connects: number
  readonly failedConnects: number
  readonly failedChecks: number
  readonly disconnects: number
  readonly acquires: number
  readonly timeouts: number
  /** The time callers have waited for their connections, in milliseconds. */
  readonly waitedMs: { readonly total: number; readonly longest: number }
}
