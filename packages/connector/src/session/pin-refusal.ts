import type { Clock } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import type { RepeatBudget } from './repeat-budget.ts'

/** The time that a statement which may run on the other strategy waits for its own, in milliseconds. */
const ELSEWHERE_AFTER_MS = 250

/** The longest pause between two repeats, in milliseconds. */
const PAUSE_MS = 50

/** The number of repeats of each query that do not use the budget. */
const FREE_REPEATS = 5

interface RepeatTerms {
  /** Counts the repeats of the query, over all of its calls. */
  readonly pin: { refusedRepeats: number }
  readonly budget: RepeatBudget
  /** Returns whether the other strategy accepts the statement; `undefined` if it may not run there. */
  readonly accepts: (() => Promise<boolean>) | undefined
}

/**
 * Repeats a call about a running query that a proxy refuses. Proxies learn of a switch at different times, so the call
 * is repeated for a while, alternating between the current connection and a new one, which may reach another proxy
 * (rule 17).
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

  /** The connection for the next repeat: from the second on, every other one is new. */
  get connection(): 'new' | undefined {
    return this.#repeats % 2 === 0 && this.#repeats > 0 ? 'new' : undefined
  }

  /** Waits until the call may be repeated. Returns `false` when it has failed for good. */
  async repeats({ pin, budget, accepts }: RepeatTerms): Promise<boolean> {
    const refusedForMs = this.#clock.now() - this.#since
    const step = refusalStep(refusedForMs, this.#patienceMs, { mayAsk: accepts !== undefined && !this.#hasAsked })
    if (step === 'give-up') return false
    if (step === 'ask-elsewhere') {
      this.#hasAsked = true
      if (await accepts?.()) return false
    }
    this.#repeats += 1
    pin.refusedRepeats += 1
    if (pin.refusedRepeats > FREE_REPEATS) await budget.turn(this.#deadline)
    await this.#deadline.sleep(this.#clock.jitter(PAUSE_MS))
    return true
  }
}

/** What follows when a call has been refused for so long: the other strategy is asked once, where it may serve the statement. */
export function refusalStep(
  refusedForMs: number,
  patienceMs: number,
  { mayAsk }: { mayAsk: boolean },
): 'give-up' | 'ask-elsewhere' | 'repeat' {
  if (refusedForMs >= patienceMs) return 'give-up'
  return mayAsk && refusedForMs >= ELSEWHERE_AFTER_MS ? 'ask-elsewhere' : 'repeat'
}
