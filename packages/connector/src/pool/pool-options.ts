/** How many connections there are, how long one is kept, and how long is waited for one. */
export interface PoolOptions {
  /** Most connections at once, those being opened included. @default 10 */
  max?: number
  /** Connections that are kept open, and opened ahead, even when nobody uses them. @default 0 */
  min?: number
  /** How long a caller waits for a connection, in milliseconds. @default 30000 */
  acquireTimeoutMs?: number
  /** How long a connection above `min` stays open unused, in milliseconds. @default 300000 */
  idleTimeoutMs?: number
  /** How long a connection is used before another takes its place, in milliseconds. @default 3600000 */
  maxLifetimeMs?: number
  /**
   * By which share of themselves the two limits above are shortened at most, drawn anew for each connection, so that
   * connections opened together are not replaced together. @default 0.1
   */
  limitJitter?: number
  /** Idle time after which a connection is checked before it is handed out, in milliseconds. @default 30000 */
  checkAfterIdleMs?: number
  /** How long such a check may take, in milliseconds. @default 5000 */
  checkTimeoutMs?: number
  /** How long `close` waits for connections that are in use, in milliseconds. @default 30000 */
  drainTimeoutMs?: number
}

export interface PoolCloseOptions {
  /** Whether connections in use are waited for, or cut off. @default 'drain' */
  running?: 'drain' | 'cancel'
  /** How long they are waited for, in milliseconds. @default the pool's `drainTimeoutMs` */
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
