import type { Clock } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import type { RepeatBudget } from './repeat-budget.ts'

/** How long a statement that may run on the other strategy waits for its own, in milliseconds. */
const ELSEWHERE_AFTER_MS = 250

/** The longest pause between two repeats, in milliseconds. */
const PAUSE_MS = 50

/** Repeats of each query that draw on no budget. */
const FREE_REPEATS = 5

interface RepeatTerms {
  /** Counts the repeats of the query, over all of its calls. */
  readonly pin: { refusedRepeats: number }
  readonly budget: RepeatBudget
  /** Whether the other strategy takes the statement; `undefined` where it may not run there. */
  readonly accepts: (() => Promise<boolean>) | undefined
}

/**
 * A call about a running query that a proxy refuses. Several proxies learn of a switch one after the other, so it is repeated
 * for a while, by turns over the connection and over a new one, which may reach another proxy (rule 17).
 */
export class PinRefusal {
  readonly #clock: Clock
  readonly #deadline: Deadline
  readonly #since: number
  readonly #patienceMs: number
  #repeats = 0
  #hasAsked = false

  constructor(clock: Clock, deadline: Deadline, patienceMs: number) {
    this.#clock = clock
    this.#deadline = deadline
    this.#since = clock.now()
    this.#patienceMs = Math.min(patienceMs, deadline.remainingMs() / 2)
  }

  /** The connection for the next repeat: from the second on, every other one is a new one. */
  get connection(): 'new' | undefined {
    return this.#repeats % 2 === 0 && this.#repeats > 0 ? 'new' : undefined
  }

  /** Waits until the call may be repeated. Returns `false` when it is to be given up. */
  async repeats({ pin, budget, accepts }: RepeatTerms): Promise<boolean> {
    const refusedForMs = this.#clock.now() - this.#since
    if (refusedForMs >= this.#patienceMs) return false
    if (accepts && !this.#hasAsked && refusedForMs >= ELSEWHERE_AFTER_MS) {
      this.#hasAsked = true
      if (await accepts()) return false
    }
    this.#repeats += 1
    pin.refusedRepeats += 1
    if (pin.refusedRepeats > FREE_REPEATS) await budget.turn(this.#deadline)
    await this.#deadline.sleep(this.#clock.jitter(PAUSE_MS))
    return true
  }
}
