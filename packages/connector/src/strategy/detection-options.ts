/** Options for detecting an unknown strategy and leaving a failing one. */
export interface DetectionOptions {
  /** The time that calls are held while neither strategy accepts work, in milliseconds. @default 30000 */
  strategyDetectionTimeoutMs?: number
  /** The time limit for the login and probe statement of a readiness check together, in milliseconds. @default 5000 */
  strategyProbeTimeoutMs?: number
  /**
   * The time that new work may go unanswered before the active strategy is suspected, in milliseconds.
   * @default 5000
   */
  suspectAfterMs?: number
  /**
   * The statement that proves that a strategy is ready; it must be read-only and return few rows. @default 'SELECT 1'
   */
  probeStatement?: string
  /** The maximum number of held calls, over all connections to the cluster. @default 10000 */
  maxHeldCalls?: number
}
