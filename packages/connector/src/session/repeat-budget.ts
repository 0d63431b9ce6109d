import type { Clock } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'

/**
 * The number of repeats of refused calls per second that the queries of a process may make, beyond the free ones of
 * each.
 */
const REPEATS_PER_SECOND = 20

/** Spaces the repeats of calls that proxies refuse, so that many queries do not cause a storm (rule 17). */
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
