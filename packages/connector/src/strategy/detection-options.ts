/** How an unknown strategy is found. */
export interface DetectionOptions {
  /** How long callers are held while both strategies refuse, in milliseconds. @default 30000 */
  strategyDetectionTimeoutMs?: number
  /** How long one strategy is asked before the other is, in milliseconds. @default 5000 */
  strategyProbeTimeoutMs?: number
  /** How many calls may be held at once, over all connections to the cluster. @default 10000 */
  maxHeldCalls?: number
}
