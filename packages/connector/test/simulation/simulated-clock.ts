import type { CancelSchedule, Clock } from '../../src/time/clock.ts'
import type { Random } from './random.ts'
import { type EventCounter, type EventOwner, type SimulatedTime, toMicroseconds } from './simulated-time.ts'
import type { Watch } from './watch.ts'

/** A longer wait, in milliseconds, counts as endless. */
const LONGEST_WAIT_MS = 3_600_000

const WALL_TIME_AT_START = Date.UTC(2026, 0, 1)

/** A process's source of time and randomness. It counts the connector's waits. */
export class SimulatedClock implements Clock {
  /** Waits that keep the process alive. */
  readonly foreground: EventCounter = { count: 0 }
  readonly background: EventCounter = { count: 0 }
  readonly #time: SimulatedTime
  readonly #owner: EventOwner
  readonly #random: Random
  readonly #watch: Watch
  #wallOffsetMs = 0

  constructor(time: SimulatedTime, owner: EventOwner, random: Random, watch: Watch) {
    this.#time = time
    this.#owner = owner
    this.#random = random
    this.#watch = watch
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
    return this.#time.schedule(delayMs, run, this.#owner, this[kind])
  }
}
