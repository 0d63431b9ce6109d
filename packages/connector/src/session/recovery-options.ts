/** What a call does when its first try does not succeed. */
export interface RecoveryOptions {
  /** How many tries a call gets in all. @default 5 */
  maxRetryAttempts?: number
  /** Longest pause between two tries, in milliseconds; the actual one is drawn from 0 to this. @default 200 */
  retryDelayMs?: number
  /**
   * Whether a statement that only reads is run again when it was cut off before any of its rows was handed over.
   * @default true
   */
  restartUnreadQueries?: boolean
  /**
   * How long a call about a running query is repeated that a proxy refuses with HTTP 456, in milliseconds; at most half of
   * the caller's time. Several proxies learn of a switch one after the other.
   * @default 2000
   */
  pinnedRefusalPatienceMs?: number
  /** Whether a suspended cluster is resumed when a call finds it so. @default true */
  autoResume?: boolean
}
