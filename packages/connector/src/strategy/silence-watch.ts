import type { CancelSchedule, Clock } from '../time/clock.ts'

/** A call for new work that was sent, as silence counts it. */
export interface WatchedCall {
  /** An answer came, whatever it says. */
  answered(): void
  /** The caller waits no more; the time it has waited counts on. */
  gaveUp(): void
}

/**
 * Counts for how long calls for new work have gone unanswered (rule 16): across calls, those of callers that gave up
 * included. Only time in which a call waits counts, and any answer ends the count.
 */
export class SilenceWatch {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #onSilence: () => void
  #waiting = 0
  #countedMs = 0
  #countingSince: number | undefined
  #cancel: CancelSchedule | undefined

  /** `onSilence` is called when the count reaches `limitMs`, and again each time it has grown by as much. */
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

  /** Begins to count anew: an answer came, or new work has moved. */
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
