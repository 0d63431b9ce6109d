/** Options for recovering failed calls. */
export interface RecoveryOptions {
  /** The maximum number of tries per call. @default 5 */
  maxRetryAttempts?: number
  /** The longest pause between two tries, in milliseconds; the actual pause is random, from 0 to this. @default 200 */
  retryDelayMs?: number
  /**
   * Whether to rerun a read-only statement that was cut off before it returned any rows.
   * @default true
   */
  restartUnreadQueries?: boolean
  /**
   * The time to retry a call about a running query that a proxy refuses with HTTP 456, in milliseconds; at most half of
   * the caller's time. Proxies learn of a switch at different times.
   * @default 2000
   */
  pinnedRefusalPatienceMs?: number
  /** Whether to resume a suspended cluster when a call finds it suspended. @default true */
  autoResume?: boolean
}
