import type { Clock } from '../time/clock.ts'
import { pause } from '../time/pause.ts'

/** The pause before the second attempt, in milliseconds; it doubles with each further one. */
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 2000

/**
 * Spaces attempts to connect until a server has answered a call; each attempt has its own time limit. A pause is random
 * within its upper half, so that clients spread.
 */
export class Reconnection {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #ending = new AbortController()
  #attempts = 0
  #notBefore = Number.NEGATIVE_INFINITY
  #hasFailed = false

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Whether the last attempt failed. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** Makes an attempt, after a pause if the last one brought no answer. */
  async attempt<Connected>(connect: (signal: AbortSignal) => Promise<Connected>): Promise<Connected> {
    await this.#pause(this.#notBefore - this.#clock.now())
    try {
      const connected = await this.once(connect)
      this.#hasFailed = false
      return connected
    } catch (error) {
      this.#hasFailed = true
      throw error
    } finally {
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#attempts, LONGEST_PAUSE_MS)
      this.#attempts += 1
      this.#notBefore = this.#clock.now() + pauseMs / 2 + this.#clock.jitter(pauseMs / 2)
    }
  }

  /** Records that a server has answered a call: the next attempt needs no pause. */
  succeeded(): void {
    this.#attempts = 0
    this.#notBefore = Number.NEGATIVE_INFINITY
  }

  /** Makes one attempt without a pause. */
  async once<Connected>(connect: (signal: AbortSignal) => Promise<Connected>): Promise<Connected> {
    const limit = new AbortController()
    const timeOut = () => limit.abort(timedOut(this.#timeoutMs))
    const cancelTimer = this.#clock.schedule(this.#timeoutMs, timeOut, 'background')
    try {
      return await connect(AbortSignal.any([this.#ending.signal, limit.signal]))
    } finally {
      cancelTimer()
    }
  }

  /** Cancels current attempts and prevents new ones. */
  stop(): void {
    this.#ending.abort(new Error('the channel is closed'))
  }

  async #pause(pauseMs: number): Promise<void> {
    const { signal } = this.#ending
    if (pauseMs > 0) await pause(this.#clock, pauseMs, signal)
    signal.throwIfAborted()
  }
}

const timedOut = (timeoutMs: number) =>
  Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: 'ETIMEDOUT' })
