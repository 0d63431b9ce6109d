import { setMaxListeners } from 'node:events'
import {
  AbortError,
  ClosedError,
  type E6dataError,
  type Outcome,
  TimeoutError,
  toldToWaiter,
  UsageError,
} from '../errors.ts'
import type { CancelSchedule, Clock } from './clock.ts'

/** What every method that waits takes. */
export interface CallLimits {
  /** Gives the call up; a running query is cancelled on the server. */
  signal?: AbortSignal | undefined
  /** How long the call may take, in milliseconds. A running query is cancelled on the server when it passes. */
  timeoutMs?: number | undefined
}

/** Shorter pauses are none to a timer. */
const LEAST_TIMER_MS = 1

type MakeTimeout = (outcome: Outcome) => E6dataError

type Settled<T> = { readonly done: true; readonly value: T } | { readonly done: false; readonly error: () => unknown }

/** The end of a wait: a point in time and the caller's signal, whichever comes first. */
export class Deadline {
  private constructor(
    readonly clock: Clock,
    /** Monotonic milliseconds. */
    readonly at: number,
    private readonly signals: readonly AbortSignal[],
    private readonly makeTimeout: MakeTimeout,
  ) {}

  /** @throws UsageError when `timeoutMs` is not a number: such a wait would have no end, or none that was meant */
  static of(clock: Clock, limits: CallLimits, defaultTimeoutMs: number, what: string): Deadline {
    const timeoutMs = limits.timeoutMs ?? defaultTimeoutMs
    if (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs)) {
      throw new UsageError('timeoutMs has to be a number of milliseconds', { outcome: 'not-sent' })
    }
    if (limits.signal !== undefined && !(limits.signal instanceof AbortSignal)) {
      throw new UsageError('signal has to be an AbortSignal', { outcome: 'not-sent' })
    }
    // One signal may well guard many calls at once; that is no leak.
    if (limits.signal) setMaxListeners(0, limits.signal)
    return new Deadline(clock, clock.now() + timeoutMs, limits.signal ? [limits.signal] : [], timedOut(what, timeoutMs))
  }

  /** The same caller's wait for one part of the work, which may not take longer than `timeoutMs`. */
  within(timeoutMs: number, what: string | MakeTimeout): Deadline {
    const at = this.clock.now() + timeoutMs
    if (at >= this.at) return this
    return new Deadline(this.clock, at, this.signals, typeof what === 'string' ? timedOut(what, timeoutMs) : what)
  }

  /** The same point in time, given up by `signal` as well. */
  abortedBy(signal: AbortSignal): Deadline {
    return new Deadline(this.clock, this.at, [...this.signals, signal], this.makeTimeout)
  }

  remainingMs(): number {
    return Math.max(this.at - this.clock.now(), 0)
  }

  isOver(): boolean {
    return this.#abortedSignal() !== undefined || this.at <= this.clock.now()
  }

  /** The error that says how the wait ended; `outcome` is what is known of the request that was under way, if any. */
  error(outcome: Outcome = 'not-sent'): E6dataError {
    const reason: unknown = this.#abortedSignal()?.reason
    if (reason === undefined) return this.makeTimeout(outcome)
    if (reason instanceof ClosedError) return new ClosedError(reason.message, { outcome })
    return new AbortError('the call was aborted by its signal', { outcome, cause: reason })
  }

  /** Calls `listener` at most once, when the wait is over. Returns how to stop listening. Keeps no process alive. */
  onOver(listener: () => void): () => void {
    const stop = () => {
      cancelTimer()
      stopListening()
    }
    const end = () => {
      stop()
      listener()
    }
    // A timer may ring a fraction of a millisecond before the clock shows its time; the wait is not over then.
    const ring = () => (this.isOver() ? end() : wait(LEAST_TIMER_MS))
    let cancelTimer: CancelSchedule
    const wait = (leastMs: number) => {
      cancelTimer = this.clock.schedule(Math.max(this.remainingMs(), leastMs), ring, 'background')
    }
    wait(0)
    const stopListening = this.onAbort(end)
    return stop
  }

  /** Calls `listener` at most once, when a signal fires. Returns how to stop listening. */
  onAbort(listener: () => void): () => void {
    for (const signal of this.signals) signal.addEventListener('abort', listener, { once: true })
    return () => {
      for (const signal of this.signals) signal.removeEventListener('abort', listener)
    }
  }

  throwIfOver(): void {
    if (this.isOver()) throw this.error()
  }

  /**
   * Waits for `work` until the deadline; `work` itself goes on, and its late failure is nobody's.
   * `outcome` is what is known of a request that is under way meanwhile.
   */
  async race<T>(work: Promise<T>, outcome?: Outcome): Promise<T> {
    // The error is made after the await, in this async function, so that its stack shows who was waiting.
    const settled = await this.#settle(work, outcome)
    if (settled.done) return settled.value
    throw toldToWaiter(settled.error())
  }

  /** Waits `delayMs`, or throws as soon as the deadline comes first. */
  async sleep(delayMs: number): Promise<void> {
    let cancel: CancelSchedule = () => undefined
    const rest = new Promise<void>((resolve) => {
      cancel = this.clock.schedule(delayMs, resolve)
    })
    try {
      await this.race(rest)
    } finally {
      cancel()
    }
  }

  #abortedSignal(): AbortSignal | undefined {
    return this.signals.find((signal) => signal.aborted)
  }

  #settle<T>(work: Promise<T>, outcome?: Outcome): Promise<Settled<T>> {
    return new Promise((resolve) => {
      const end = (settled: Settled<T>) => {
        cancelTimer()
        stopListening()
        resolve(settled)
      }
      const onOver = () => end({ done: false, error: () => this.error(outcome) })
      const cancelTimer = this.clock.schedule(this.remainingMs(), onOver)
      const stopListening = this.onAbort(onOver)
      work.then(
        (value) => end({ done: true, value }),
        (error: unknown) => end({ done: false, error: () => error }),
      )
      if (this.isOver()) onOver()
    })
  }
}

function timedOut(what: string, timeoutMs: number): MakeTimeout {
  return (outcome) =>
    new TimeoutError(`${what} did not finish within ${Math.ceil(timeoutMs)} ms`, { outcome, retryable: true })
}
