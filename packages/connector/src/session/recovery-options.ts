/** What a call does when its first try does not succeed. */
export interface RecoveryOptions {
  /** How many tries a call gets in all. @default 5 */
  maxRetryAttempts?: number
  /** Longest pause between two tries, in milliseconds; the actual one is drawn from 0 to this. @default 200 */
  retryDelayMs?: number
  /**
   * Whether a statement that reads is run again when it was cut off before its first row.
   * @default true
   */
  restartUnreadQueries?: boolean
  /** Whether a suspended cluster is resumed when a call finds it so. @default true */
  autoResume?: boolean
}
