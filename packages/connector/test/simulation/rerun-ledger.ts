import type { SimulatedCluster } from './simulated-cluster.ts'

/** Rule 19: reruns use a bucket of ten tokens, refilled by one for every ten successful statements. */
const MOST_RERUNS = 10
const EARNED_BY_SUCCESS = 0.1

/** The reruns of one process on each cluster, as seen by the network. */
export class RerunLedger {
  readonly #tokens = new Map<SimulatedCluster, number>()

  succeeded(cluster: SimulatedCluster): void {
    this.#tokens.set(cluster, Math.min(this.#left(cluster) + EARNED_BY_SUCCESS, MOST_RERUNS))
  }

  /** Records that a statement was cut off that may be run again. */
  cutOff(cluster: SimulatedCluster): void {
    this.#tokens.set(cluster, this.#left(cluster) - 1)
  }

  /** Returns whether more statements were cut off than may be run again. */
  isOverdrawn(cluster: SimulatedCluster): boolean {
    return this.#left(cluster) < 0
  }

  #left(cluster: SimulatedCluster): number {
    return this.#tokens.get(cluster) ?? MOST_RERUNS
  }
}
