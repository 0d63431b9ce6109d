import { setMaxListeners } from 'node:events'
import {
  AbortError,
  ClosedError,
  cloneForWaiter,
  type E6dataError,
  OptionsError,
  type Outcome,
  TimeoutError,
} from '../errors.ts'
import type { CancelSchedule, Clock } from './clock.ts'
import type { CloseSignal } from './close-signal.ts'

/** The limits that every waiting method accepts. */
export interface CallOptions {
  /** Cancels the call; a running query is cancelled on the server. */
  signal?: AbortSignal | null | undefined
  /** The time limit of the call, in milliseconds. A running query is cancelled on the server when it passes. */
  timeoutMs?: number | undefined
}

/** A timer treats shorter pauses as none. */
const LEAST_TIMER_MS = 1

const NO_TIMER: CancelSchedule = () => undefined

type MakeTimeout = (outcome: Outcome) => E6dataError

type Settled<T> = { readonly done: true; readonly value: T } | { readonly done: false; readonly error: () => unknown }

/** The end of a wait: a point in time, the caller's signal or the closing of the object, whichever comes first. */
export class Deadline {
  private constructor(
    readonly clock: Clock,
    /** The point in monotonic milliseconds; infinite if only signals end the wait. */
    readonly at: number,
    private readonly signal: AbortSignal | undefined,
    private readonly closings: readonly CloseSignal[],
    private readonly makeTimeout: MakeTimeout,
  ) {}

  /** @throws OptionsError when `timeoutMs` or `signal` is invalid: the wait would have no end, or an unintended one */
  static of(clock: Clock, limits: CallOptions, defaultTimeoutMs: number, what: string): Deadline {
    const timeoutMs = limits.timeoutMs ?? defaultTimeoutMs
    const signal = limits.signal ?? undefined
    if (!isTimeLimit(timeoutMs)) throw new OptionsError(['timeoutMs must be a number of milliseconds'])
    if (signal !== undefined && !isAbortSignal(signal)) throw new OptionsError(['signal must be an AbortSignal'])
    // One signal may guard many calls at once; that is not a leak.
    if (signal instanceof EventTarget) setMaxListeners(0, signal)
    return new Deadline(clock, clock.now() + timeoutMs, signal, [], timedOut(what, timeoutMs))
  }

  /** Returns a wait that only `closing` ends. */
  static untilClosed(clock: Clock, closing: CloseSignal): Deadline {
    return new Deadline(
      clock,
      Number.POSITIVE_INFINITY,
      undefined,
      [closing],
      timedOut('the wait', Number.POSITIVE_INFINITY),
    )
  }

  /** Returns the caller's wait for one part of the work, limited to `timeoutMs`. */
  within(timeoutMs: number, what: string | MakeTimeout): Deadline {
    const at = this.clock.now() + timeoutMs
    if (at >= this.at) return this
    return new Deadline(
      this.clock,
      at,
      this.signal,
      this.closings,
      typeof what === 'string' ? timedOut(what, timeoutMs) : what,
    )
  }

  /** Returns the same deadline, which `closing` also ends. */
  closedBy(closing: CloseSignal): Deadline {
    return new Deadline(this.clock, this.at, this.signal, [...this.closings, closing], this.makeTimeout)
  }

  remainingMs(): number {
    return Math.max(this.at - this.clock.now(), 0)
  }

  isOver(): boolean {
    return this.signal?.aborted === true || this.at <= this.clock.now() || this.#closed() !== undefined
  }

  /** Returns the error for the end of the wait; `outcome` is the known fate of a pending request. */
  error(outcome: Outcome = 'not-sent'): E6dataError {
    if (this.signal?.aborted) return abortion(this.signal.reason, outcome)
    const closed = this.#closed()
    return closed === undefined ? this.makeTimeout(outcome) : new ClosedError(closed, { outcome })
  }

  /**
   * Calls `listener` at most once, when the wait is over. Returns a function to stop listening. Keeps no process alive.
   */
  onOver(listener: () => void): () => void {
    const stop = () => {
      cancelTimer()
      stopListening()
    }
    const end = () => {
      stop()
      listener()
    }
    // A timer may fire a fraction of a millisecond before the clock reaches its time; the wait is not over then.
    const ring = () => (this.isOver() ? end() : wait(LEAST_TIMER_MS))
    let cancelTimer: CancelSchedule = NO_TIMER
    const wait = (leastMs: number) => {
      if (this.#hasTime()) cancelTimer = this.clock.schedule(Math.max(this.remainingMs(), leastMs), ring, 'background')
    }
    wait(0)
    const stopListening = this.onAbort(end)
    return stop
  }

  /** Calls `listener` when the signal or one of the closings fires. Returns a function to stop listening. */
  onAbort(listener: () => void): () => void {
    this.signal?.addEventListener('abort', listener, { once: true })
    for (const closing of this.closings) closing.add(listener)
    return () => {
      this.signal?.removeEventListener('abort', listener)
      for (const closing of this.closings) closing.remove(listener)
    }
  }

  throwIfOver(): void {
    if (this.isOver()) throw this.error()
  }

  /**
   * Waits for `work` until the deadline; after that `work` continues, and its late failure is ignored. `outcome` is the
   * known fate of a pending request.
   */
  async race<T>(work: Promise<T>, outcome?: Outcome): Promise<T> {
    // The error is created after the await, in this async function, so that its stack shows the caller.
    const settled = await this.#settle(work, outcome)
    if (settled.done) return settled.value
    throw cloneForWaiter(settled.error())
  }

  /** Waits `delayMs`, or throws as soon as the deadline passes. */
  async sleep(delayMs: number): Promise<void> {
    let cancel = NO_TIMER
    const rest = new Promise<void>((resolve) => {
      cancel = this.clock.schedule(delayMs, resolve)
    })
    try {
      await this.race(rest)
    } finally {
      cancel()
    }
  }

  /** The reason why the owning object was closed; `undefined` if it was not. */
  #closed(): string | undefined {
    for (const { reason } of this.closings) if (reason !== undefined) return reason
    return undefined
  }

  /** Whether there is a time limit, which requires a timer. */
  #hasTime(): boolean {
    return this.at !== Number.POSITIVE_INFINITY
  }

  #settle<T>(work: Promise<T>, outcome?: Outcome): Promise<Settled<T>> {
    return new Promise((resolve) => {
      const end = (settled: Settled<T>) => {
        cancelTimer()
        stopListening()
        resolve(settled)
      }
      const onOver = () => end({ done: false, error: () => this.error(outcome) })
      const cancelTimer = this.#hasTime() ? this.clock.schedule(this.remainingMs(), onOver) : NO_TIMER
      const stopListening = this.onAbort(onOver)
      work.then(
        (value) => end({ done: true, value }),
        (error: unknown) => end({ done: false, error: () => error }),
      )
      if (this.isOver()) onOver()
    })
  }
}

/** Returns whether a value can limit a wait; infinity means no limit. */
export function isTimeLimit(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

/** Signals of another realm, from test environments and polyfills, are not an `instanceof AbortSignal`. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (value instanceof AbortSignal) return true
  if (typeof value !== 'object' || value === null) return false
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>
  return (
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  )
}

/** A pool that closes aborts the calls of its connections. */
function abortion(reason: unknown, outcome: Outcome): E6dataError {
  if (reason instanceof ClosedError) return new ClosedError(reason.message, { outcome })
  return new AbortError('the call was aborted by its signal', { outcome, cause: reason })
}

function timedOut(what: string, timeoutMs: number): MakeTimeout {
  return (outcome) =>
    new TimeoutError(`${what} did not finish within ${Math.ceil(timeoutMs)} ms`, {
      outcome,
      retryable: outcome !== 'unknown',
    })
}
