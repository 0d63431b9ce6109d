/** Options for the size of a pool, the lifetime of connections, and waiting for one. */
export interface PoolOptions {
  /** The maximum number of connections, including those being opened. @default 10 */
  max?: number
  /** The number of connections to open in advance and keep open while idle. @default 0 */
  min?: number
  /** The time a caller waits for a free connection, in milliseconds. @default 30000 */
  acquireTimeoutMs?: number
  /** The idle time after which a connection above `min` is closed, in milliseconds. @default 300000 */
  idleTimeoutMs?: number
  /** The age at which a connection is replaced, in milliseconds. @default 3600000 */
  maxLifetimeMs?: number
  /**
   * The largest random reduction of the two limits above, as a fraction, drawn for each connection, so that connections
   * opened together are not replaced together. @default 0.1
   */
  limitJitter?: number
  /** The idle time after which a connection is checked before it is handed out, in milliseconds. @default 30000 */
  checkAfterIdleMs?: number
  /** The time limit for such a check, in milliseconds. @default 5000 */
  checkTimeoutMs?: number
  /** The time `close` waits for connections in use, in milliseconds. @default 30000 */
  drainTimeoutMs?: number
}

export interface PoolCloseOptions {
  /** Whether to wait for connections in use, or to close them at once. @default 'drain' */
  running?: 'drain' | 'cancel'
  /** The time to wait for them, in milliseconds. @default the pool's `drainTimeoutMs` */
  timeoutMs?: number
}

export const DEFAULT_POOL_OPTIONS: Required<PoolOptions> = {
  max: 10,
  min: 0,
  acquireTimeoutMs: 30_000,
  idleTimeoutMs: 300_000,
  maxLifetimeMs: 3_600_000,
  limitJitter: 0.1,
  checkAfterIdleMs: 30_000,
  checkTimeoutMs: 5000,
  drainTimeoutMs: 30_000,
}
