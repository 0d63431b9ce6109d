import { AbortError, type E6dataError, TimeoutError } from '../errors.ts'
import type { Clock } from './clock.ts'

/** What every method that waits takes. */
export interface CallLimits {
  /** Gives the call up; a running query is cancelled on the server. */
  signal?: AbortSignal | undefined
  /** How long the call may take, in milliseconds. A running query is cancelled on the server when it passes. */
  timeoutMs?: number | undefined
}

/** The end of a wait: a point in time and the caller's signal, whichever comes first. */
export class Deadline {
  private constructor(
    readonly clock: Clock,
    /** Monotonic milliseconds. */
    readonly at: number,
    readonly signal: AbortSignal | undefined,
    private readonly makeTimeout: () => E6dataError,
  ) {}

  static of(clock: Clock, limits: CallLimits, defaultTimeoutMs: number, what: string): Deadline {
    const timeoutMs = limits.timeoutMs ?? defaultTimeoutMs
    return new Deadline(clock, clock.now() + timeoutMs, limits.signal, () => timedOut(what, timeoutMs))
  }

  /** The same caller's wait for one part of the work, which may not take longer than `timeoutMs`. */
  within(timeoutMs: number, makeTimeout: () => E6dataError): Deadline {
    const at = this.clock.now() + timeoutMs
    return at < this.at ? new Deadline(this.clock, at, this.signal, makeTimeout) : this
  }

  /** The same point in time, given up by `signal` as well. */
  abortedBy(signal: AbortSignal): Deadline {
    const both = this.signal ? AbortSignal.any([this.signal, signal]) : signal
    return new Deadline(this.clock, this.at, both, this.makeTimeout)
  }

  remainingMs(): number {
    return Math.max(this.at - this.clock.now(), 0)
  }

  /** The error that ends the wait now, if it is over. */
  over(): E6dataError | undefined {
    if (this.signal?.aborted) return aborted(this.signal)
    return this.at <= this.clock.now() ? this.makeTimeout() : undefined
  }

  throwIfOver(): void {
    const error = this.over()
    if (error) throw error
  }

  /** The error for a call that a lower layer ended because this deadline passed. */
  timeoutError(): E6dataError {
    return this.makeTimeout()
  }

  /** Waits for `work` until the deadline; `work` itself goes on and its late failure is nobody's. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const early = this.over()
      if (early) {
        work.catch(() => undefined)
        reject(early)
        return
      }
      const { signal } = this
      const settle = () => {
        cancelTimer()
        signal?.removeEventListener('abort', onAbort)
      }
      const onAbort = () => {
        settle()
        reject(aborted(signal!))
      }
      const cancelTimer = this.clock.schedule(this.remainingMs(), () => {
        settle()
        reject(this.makeTimeout())
      })
      signal?.addEventListener('abort', onAbort)
      work.then(
        (value) => {
          settle()
          resolve(value)
        },
        (error: unknown) => {
          settle()
          reject(error)
        },
      )
    })
  }

  /** Waits `delayMs`, or throws as soon as the deadline comes first. */
  async sleep(delayMs: number): Promise<void> {
    let cancel = () => {}
    const rest = new Promise<void>((resolve) => {
      cancel = this.clock.schedule(delayMs, resolve)
    })
    try {
      await this.race(rest)
    } finally {
      cancel()
    }
  }
}

export function aborted(signal: AbortSignal): E6dataError {
  return new AbortError('the call was aborted by its signal', { cause: signal.reason })
}

function timedOut(what: string, timeoutMs: number): E6dataError {
  return new TimeoutError(`${what} did not finish within ${timeoutMs} ms`, { retryable: true })
}
