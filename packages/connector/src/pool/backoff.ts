import type { CancelSchedule, Clock } from '../time/clock.ts'

/** The pause grows from the first to the longest, in milliseconds. */
const FIRST_MS = 100
const LONGEST_MS = 10_000

/**
 * A pause that doubles with each consecutive failure. Half of it is random, so that many clients do not retry together.
 */
export class Backoff {
  readonly #clock: Clock
  #failuresInARow = 0
  #cancel: CancelSchedule | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isPausing(): boolean {
    return this.#cancel !== undefined
  }

  /** Records a failure: pauses, then calls `again`. */
  failed(again: () => void): void {
    this.#cancel?.()
    const upToMs = Math.min(FIRST_MS * 2 ** this.#failuresInARow, LONGEST_MS)
    this.#failuresInARow += 1
    const resume = () => {
      this.#cancel = undefined
      again()
    }
    this.#cancel = this.#clock.schedule(upToMs / 2 + this.#clock.jitter(upToMs / 2), resume, 'background')
  }

  /** Resets the pause after a success, or when no retry is needed. */
  reset(): void {
    this.#failuresInARow = 0
    this.#cancel?.()
    this.#cancel = undefined
  }
}
