import type { CancelSchedule } from '../../src/time/clock.ts'

/** The owner of an event. Events of a paused owner wait; those of an owner that is gone do not happen. */
export interface EventOwner {
  readonly life: 'running' | 'paused' | 'gone'
  /** Takes an event that came due during a pause. */
  hold(event: SimulatedEvent): void
}

/** Something that will happen. */
export interface SimulatedEvent {
  at: number
  order: number
  readonly owner: EventOwner | undefined
  /** What happens; `undefined` once it has, or was cancelled. */
  run: (() => void) | undefined
  isQueued: boolean
  /** Counts it for as long as it is still to come. */
  readonly counter: EventCounter | undefined
}

/** How many events of one kind are still to come. */
export interface EventCounter {
  count: number
}

/** Cancelled events are swept out of the queue when they are so many, and more than half of it. */
const SWEEP_FROM = 512

/**
 * The time of the simulated world, in milliseconds, and all that is still to come in it. Nothing happens between two
 * events; those of one moment happen in the order in which they were scheduled.
 */
export class SimulatedTime {
  #now = 0
  #order = 0
  #cancelled = 0
  #heap: SimulatedEvent[] = []

  get now(): number {
    return this.#now
  }

  /** How many events are still to come. */
  get waiting(): number {
    return this.#heap.length - this.#cancelled
  }

  schedule(delayMs: number, run: () => void, owner?: EventOwner, counter?: EventCounter): CancelSchedule {
    const event: SimulatedEvent = { at: 0, order: 0, owner, run, isQueued: false, counter }
    if (counter) counter.count += 1
    this.#queue(event, this.#now + delayMs)
    return () => {
      if (event.run === undefined) return
      event.run = undefined
      if (counter) counter.count -= 1
      if (event.isQueued) this.#cancelled += 1
      if (this.#cancelled > SWEEP_FROM && this.#cancelled * 2 > this.#heap.length) this.#sweep()
    }
  }

  /** Lets what a pause held back happen now. */
  resume(held: readonly SimulatedEvent[]): void {
    for (const event of held) if (event.run) this.#queue(event, this.#now)
  }

  /** Moves to the next event and lets it happen. Returns it; `undefined` when there is none until `until`. */
  step(until = Number.POSITIVE_INFINITY): SimulatedEvent | undefined {
    for (;;) {
      const event = this.#heap[0]
      if (event === undefined) return undefined
      if (event.run === undefined) {
        this.#pop()
        this.#cancelled -= 1
        continue
      }
      if (event.at > until) return undefined
      this.#pop()
      event.isQueued = false
      if (event.owner?.life === 'gone') continue
      this.#now = event.at
      if (event.owner?.life === 'paused') {
        event.owner.hold(event)
        continue
      }
      const { run } = event
      event.run = undefined
      if (event.counter) event.counter.count -= 1
      run()
      return event
    }
  }

  #queue(event: SimulatedEvent, at: number): void {
    this.#order += 1
    event.at = toMicroseconds(at)
    event.order = this.#order
    event.isQueued = true
    this.#push(event)
  }

  #push(event: SimulatedEvent): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(heap[parent]!, event)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  #pop(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length > 0) this.#sink(0, last)
  }

  #sink(from: number, event: SimulatedEvent): void {
    const heap = this.#heap
    let at = from
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (isBefore(event, heap[child]!)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = event
  }

  #sweep(): void {
    this.#heap = this.#heap.filter(({ run }) => run !== undefined)
    this.#cancelled = 0
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at, this.#heap[at]!)
  }
}

function isBefore(a: SimulatedEvent, b: SimulatedEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** Times are whole microseconds, so that they read well and add up the same everywhere. */
export function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
