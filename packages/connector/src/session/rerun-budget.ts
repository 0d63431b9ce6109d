/** Reruns that may follow each other at once, and what a statement that succeeds adds to them. */
const MOST_RERUNS = 10
const EARNED_BY_SUCCESS = 0.1

/**
 * Bounds how many statements are run again that a fault cut off, so that an engine which a statement kills is not killed
 * again and again (rule 19). Shared by all connections of a process to a cluster.
 */
export class RerunBudget {
  #tokens = MOST_RERUNS

  /** Takes one rerun. Returns whether there was one. */
  take(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** A statement has succeeded. */
  succeeded(): void {
    this.#tokens = Math.min(this.#tokens + EARNED_BY_SUCCESS, MOST_RERUNS)
  }
}
