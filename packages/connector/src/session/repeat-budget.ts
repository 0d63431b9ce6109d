import type { Clock } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'

/** Repeats of refused calls that all queries of a process may make in a second, beyond the first few of each. */
const REPEATS_PER_SECOND = 20

/** Spaces the repeats of calls that proxies refuse, so that many queries do not become a storm (rule 17). */
export class RepeatBudget {
  readonly #clock: Clock
  #nextAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits for this caller's turn, at most until `deadline`. */
  async turn(deadline: Deadline): Promise<void> {
    const now = this.#clock.now()
    const at = Math.max(this.#nextAt, now)
    this.#nextAt = at + 1000 / REPEATS_PER_SECOND
    if (at > now) await deadline.sleep(at - now)
  }
}
