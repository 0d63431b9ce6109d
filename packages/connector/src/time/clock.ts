import { performance } from 'node:perf_hooks'

/** Takes a scheduled run back; harmless after it has run. */
export type CancelSchedule = () => void

/**
 * Everything this connector knows of time and chance. Production uses `systemClock`; a simulation hands in its own, so
 * that the same seed gives the same run.
 */
export interface Clock {
  /** Monotonic milliseconds, comparable between the processes of one host. Never jumps with the wall clock. */
  now(): number
  /** Milliseconds since 1970, only to show to people. */
  wallTime(): number
  /**
   * Runs once after `delayMs`.
   * A `background` run does not keep the process alive.
   */
  schedule(delayMs: number, run: () => void, kind?: 'foreground' | 'background'): CancelSchedule
  /** A random number of milliseconds in [0, `upToMs`): full jitter. */
  jitter(upToMs: number): number
}

/**
 * The timers of the runtime, as they were when this module was loaded: a program's tests that put others in their place
 * afterwards stop no query.
 */
const real = { setTimeout, clearTimeout, setImmediate }

/** Resolves when the event loop has turned, with which whatever was to be sent is on its way. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => real.setImmediate(resolve))

/** Longest delay that a Node timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** What turns `performance.now`, which counts from the start of the process, into a count from the start of the host. */
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
