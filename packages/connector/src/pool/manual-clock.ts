import type { Clock } from '../time/clock.ts'

interface Scheduled {
  readonly at: number
  readonly run: () => void
}

/** A clock for tests: time passes when the test says so, and chance is what the test says. */
export class ManualClock implements Clock {
  /** What `jitter` draws, as a share of its range. */
  chance = 0
  #now = 1_000_000
  #scheduled = new Set<Scheduled>()

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#now
  }

  schedule(delayMs: number, run: () => void): () => void {
    const scheduled = { at: this.#now + Math.max(delayMs, 0), run }
    this.#scheduled.add(scheduled)
    return () => this.#scheduled.delete(scheduled)
  }

  jitter(upToMs: number): number {
    return this.chance * upToMs
  }

  /** How many runs are scheduled. */
  get scheduled(): number {
    return this.#scheduled.size
  }

  /** Lets time pass; what is due runs in its order, each with everything that follows from it. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settled()
    for (let next = this.#firstUntil(until); next; next = this.#firstUntil(until)) {
      this.#scheduled.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settled()
    }
    this.#now = until
  }

  #firstUntil(until: number): Scheduled | undefined {
    const due = [...this.#scheduled].filter(({ at }) => at <= until)
    return due.sort((a, b) => a.at - b.at)[0]
  }
}

/** After everything that promises have in store has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
