import type { CancelSchedule, Clock } from '../time/clock.ts'

/** An item that expires at a point in time. */
export interface Expiring {
  /** The expiry, in monotonic milliseconds; may be infinite. */
  readonly expiresAt: number
  expire(): void
}

/** A single timer for any number of calls: set to the earliest expiry, and kept when calls end before it. */
export class DeadlineTimer<Item extends Expiring> {
  readonly items = new Set<Item>()
  readonly #clock: Clock
  #armedAt = Number.POSITIVE_INFINITY
  #cancel: CancelSchedule | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Adds an item, or records an earlier expiry. */
  add(item: Item): void {
    this.items.add(item)
    if (item.expiresAt < this.#armedAt) this.#arm(item.expiresAt)
  }

  delete(item: Item): void {
    this.items.delete(item)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#armedAt = Number.POSITIVE_INFINITY
  }

  #arm(at: number): void {
    this.#cancel?.()
    this.#armedAt = at
    this.#cancel = this.#clock.schedule(Math.max(at - this.#clock.now(), 1), () => this.#ring(), 'background')
  }

  #ring(): void {
    this.stop()
    const now = this.#clock.now()
    for (const item of [...this.items]) if (item.expiresAt <= now) item.expire()
    let earliest = Number.POSITIVE_INFINITY
    for (const { expiresAt } of this.items) earliest = Math.min(earliest, expiresAt)
    if (earliest < Number.POSITIVE_INFINITY) this.#arm(earliest)
  }
}
