import type { CancelSchedule, Clock } from '../src/time/clock.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A clock that stands still until a test advances it. */
export class ManualClock implements Clock {
  #now: number
  #wallTime = Date.UTC(2026, 0, 1)
  #timers: Timer[] = []
  #scheduled = 0

  constructor(now = 1_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#wallTime
  }

  schedule(delayMs: number, run: () => void): CancelSchedule {
    this.#scheduled += 1
    const timer = { at: this.#now + delayMs, order: this.#scheduled, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  jitter(upToMs: number): number {
    return upToMs / 2
  }

  /** The number of scheduled runs. */
  get waiting(): number {
    return this.#timers.length
  }

  /** The time of the next run. */
  get nextAt(): number | undefined {
    return this.#timers.length > 0 ? Math.min(...this.#timers.map(({ at }) => at)) : undefined
  }

  /** Advances time, and runs everything due on the way, in order. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const [next] = this.#timers.toSorted((a, b) => a.at - b.at || a.order - b.order)
      if (!next || next.at > until) break
      this.#timers = this.#timers.filter((other) => other !== next)
      this.#wallTime += Math.max(next.at - this.#now, 0)
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#wallTime += until - this.#now
    this.#now = until
  }

  /** Advances time without running anything, as for a stopped process. */
  pause(ms: number): void {
    this.#wallTime += ms
    this.#now += ms
  }

  /** Changes the host's wall clock. */
  jumpWallTime(ms: number): void {
    this.#wallTime += ms
  }
}
