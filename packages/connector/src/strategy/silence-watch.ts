import type { CancelSchedule, Clock } from '../time/clock.ts'

/** A call for new work that was sent, for counting silence. */
export interface WatchedCall {
  /** Records an answer, whatever its content. */
  answered(): void
  /** Records that the caller no longer waits; the time it has waited still counts. */
  gaveUp(): void
}

/**
 * Measures how long calls for new work have gone unanswered (rule 16), over all calls, including those of callers that
 * gave up. Only time in which a call waits counts, and any answer resets it.
 */
export class SilenceWatch {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #onSilence: () => void
  #waiting = 0
  #countedMs = 0
  #countingSince: number | undefined
  #cancel: CancelSchedule | undefined

  /** `onSilence` is called when the silence reaches `limitMs`, and again after each further `limitMs`. */
  constructor(clock: Clock, limitMs: number, onSilence: () => void) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#onSilence = onSilence
  }

  sent(): WatchedCall {
    this.#waiting += 1
    if (this.#waiting === 1) this.#resume()
    let isOver = false
    const end = (settle: () => void) => () => {
      if (isOver) return
      isOver = true
      this.#waiting -= 1
      settle()
    }
    return {
      answered: end(() => this.reset()),
      gaveUp: end(() => {
        if (this.#waiting === 0) this.#pause()
      }),
    }
  }

  /** Resets the count after an answer, or after new work has switched. */
  reset(): void {
    this.#pause()
    this.#countedMs = 0
    if (this.#waiting > 0) this.#resume()
  }

  close(): void {
    this.#cancel?.()
  }

  #resume(): void {
    this.#countingSince = this.#clock.now()
    this.#cancel = this.#clock.schedule(Math.max(this.#limitMs - this.#countedMs, 0), () => this.#ring(), 'background')
  }

  #pause(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#countingSince === undefined) return
    this.#countedMs += this.#clock.now() - this.#countingSince
    this.#countingSince = undefined
  }

  #ring(): void {
    this.reset()
    this.#onSilence()
  }
}
