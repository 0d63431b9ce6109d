import { performance } from 'node:perf_hooks'

/** Cancels a scheduled run; has no effect after it has run. */
export type CancelSchedule = () => void

/**
 * The connector's only source of time and randomness. Production uses `systemClock`; a simulation passes its own, so
 * the same seed gives the same run.
 */
export interface Clock {
  /** Monotonic milliseconds, comparable between the processes of one host and independent of the wall clock. */
  now(): number
  /** Milliseconds since 1970, for display only. */
  wallTime(): number
  /** Calls `run` once after `delayMs`. A `background` run does not keep the process alive. */
  schedule(delayMs: number, run: () => void, kind?: 'foreground' | 'background'): CancelSchedule
  /** A random number of milliseconds in [0, `upToMs`): full jitter. */
  jitter(upToMs: number): number
}

/**
 * The timers of the runtime, captured when this module is loaded: fake timers that a test installs later stop no query.
 */
const real = { setTimeout, clearTimeout, setImmediate }

/** Resolves after a turn of the event loop, when pending data is on its way. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => real.setImmediate(resolve))

/** The longest delay of a Node timer; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Converts `performance.now`, which counts from the start of the process, to a count from the start of the host. */
const SINCE_HOST_START_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export const systemClock: Clock = {
  now: () => SINCE_HOST_START_MS + performance.now(),
  wallTime: () => Date.now(),
  schedule(delayMs, run, kind = 'foreground') {
    const timer = real.setTimeout(run, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS))
    if (kind === 'background') timer.unref()
    return () => real.clearTimeout(timer)
  },
  jitter: (upToMs) => Math.random() * upToMs,
}
