/** The maximum number of reruns in quick succession, and the number that a successful statement adds. */
const MOST_RERUNS = 10
const EARNED_BY_SUCCESS = 0.1

/**
 * Limits how many interrupted statements are run again, so that a statement which kills an engine does not do so
 * repeatedly (rule 19). Shared by all connections of a process to a cluster.
 */
export class RerunBudget {
  #tokens = MOST_RERUNS

  /** Takes one rerun from the budget. Returns whether there was one. */
  take(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Records a successful statement. */
  succeeded(): void {
    this.#tokens = Math.min(this.#tokens + EARNED_BY_SUCCESS, MOST_RERUNS)
  }
}
