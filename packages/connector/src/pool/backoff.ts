import type { CancelSchedule, Clock } from '../time/clock.ts'

/** The pause grows from the first to the longest, in milliseconds. */
const FIRST_MS = 100
const LONGEST_MS = 10_000

/** A pause that doubles with each failure in a row. Half of it is chance, so that many do not try again together. */
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

  /** Something failed: pauses, then calls `again`. */
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

  /** It works again, or nobody wants it any more. */
  reset(): void {
    this.#failuresInARow = 0
    this.#cancel?.()
    this.#cancel = undefined
  }
}
