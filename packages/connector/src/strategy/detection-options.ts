/** How an unknown strategy is found. */
export interface DetectionOptions {
  /** How long callers are held while both strategies refuse, in milliseconds. @default 30000 */
  strategyDetectionTimeoutMs?: number
  /**
   * How long one strategy is asked before the other is, in milliseconds; at most a quarter of
   * `strategyDetectionTimeoutMs`.
   * @default 5000
   */
  strategyProbeTimeoutMs?: number
  /** How many calls may be held at once, over all connections to the cluster. @default 10000 */
  maxHeldCalls?: number
}

type Timeouts = Required<Pick<DetectionOptions, 'strategyDetectionTimeoutMs' | 'strategyProbeTimeoutMs'>>

/** How long one strategy is asked: a login that hangs must not use up all the time for which calls are held. */
export function probeTimeoutMs({ strategyDetectionTimeoutMs, strategyProbeTimeoutMs }: Timeouts): number {
  return Math.min(strategyProbeTimeoutMs, strategyDetectionTimeoutMs / 4)
}
