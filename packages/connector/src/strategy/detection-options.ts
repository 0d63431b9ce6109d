/** How an unknown strategy is found, and a failing one is left. */
export interface DetectionOptions {
  /** How long callers are held while neither strategy accepts, in milliseconds. @default 30000 */
  strategyDetectionTimeoutMs?: number
  /** How long the login and probe statement of a readiness check may take together, in milliseconds. @default 5000 */
  strategyProbeTimeoutMs?: number
  /**
   * How long calls for new work may go unanswered before the strategy in use is suspected, in milliseconds.
   * @default 5000
   */
  suspectAfterMs?: number
  /** The statement that proves that a strategy is ready. It must read, and return little. @default 'SELECT 1' */
  probeStatement?: string
  /** How many calls may be held at once, over all connections to the cluster. @default 10000 */
  maxHeldCalls?: number
}
