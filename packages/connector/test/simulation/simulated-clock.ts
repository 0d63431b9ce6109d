import type { CancelSchedule, Clock } from '../../src/time/clock.ts'
import type { Random } from './random.ts'
import type { EventOwner, SimulatedTime } from './simulated-time.ts'
import type { Watch } from './watch.ts'

/** A wait for longer than this, in milliseconds, is as good as one without an end. */
const LONGEST_WAIT_MS = 3_600_000

const WALL_TIME_AT_START = Date.UTC(2026, 0, 1)

/** What one process knows of time and chance. It counts what the connector waits for. */
export class SimulatedClock implements Clock {
  readonly #time: SimulatedTime
  readonly #owner: EventOwner
  readonly #random: Random
  readonly #watch: Watch
  #wallOffsetMs = 0
  #foreground = 0
  #background = 0

  constructor(time: SimulatedTime, owner: EventOwner, random: Random, watch: Watch) {
    this.#time = time
    this.#owner = owner
    this.#random = random
    this.#watch = watch
  }

  /** Waits that keep the process alive. */
  get foreground(): number {
    return this.#foreground
  }

  get background(): number {
    return this.#background
  }

  now(): number {
    // The host was started long before the simulation: a time of 0 means never.
    return this.#time.now + LONGEST_WAIT_MS
  }

  wallTime(): number {
    return WALL_TIME_AT_START + this.#wallOffsetMs + this.#time.now
  }

  setWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  jitter(upToMs: number): number {
    return toMicroseconds(this.#random.next() * upToMs)
  }

  schedule(delayMs: number, run: () => void, kind: 'foreground' | 'background' = 'foreground'): CancelSchedule {
    if (!(delayMs >= 0 && delayMs <= LONGEST_WAIT_MS)) {
      this.#watch.report('a wait without a deadline', `a ${kind} wait of ${delayMs} ms`)
      return () => undefined
    }
    const count =
      kind === 'foreground' ? (by: number) => (this.#foreground += by) : (by: number) => (this.#background += by)
    let isOver = false
    const end = () => {
      if (!isOver) count(-1)
      isOver = true
    }
    count(1)
    const cancel = this.#time.schedule(
      delayMs,
      () => {
        end()
        run()
      },
      this.#owner,
    )
    return () => {
      end()
      cancel()
    }
  }
}

/** Times are whole microseconds, so that they read well and add up the same everywhere. */
export function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
