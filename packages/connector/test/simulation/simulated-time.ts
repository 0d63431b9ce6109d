import type { CancelSchedule } from '../../src/time/clock.ts'

/** The owner of an event. Events of a paused owner wait; those of an owner that is gone are dropped. */
export interface EventOwner {
  readonly life: 'running' | 'paused' | 'gone'
  /** Keeps an event that came due during a pause. */
  hold(event: SimulatedEvent): void
}

/** A future event. */
export interface SimulatedEvent {
  at: number
  order: number
  readonly owner: EventOwner | undefined
  /** The effect; `undefined` after it has run or was cancelled. */
  run: (() => void) | undefined
  isQueued: boolean
  /** Counts it while it is pending. */
  readonly counter: EventCounter | undefined
}

/** The number of pending events of one kind. */
export interface EventCounter {
  count: number
}

/** The minimum number of cancelled events to remove from the queue, when they are more than half of it. */
const SWEEP_FROM = 512

/**
 * The time of the simulated world in milliseconds, with all pending events. Nothing happens between two events; those
 * at the same time happen in the order they were scheduled.
 */
export class SimulatedTime {
  #now = 0
  #order = 0
  #cancelled = 0
  #heap: SimulatedEvent[] = []

  get now(): number {
    return this.#now
  }

  /** The number of pending events. */
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

  /** Runs the events that a pause held back. */
  resume(held: readonly SimulatedEvent[]): void {
    for (const event of held) if (event.run) this.#queue(event, this.#now)
  }

  /** Advances to the next event and runs it. Returns it; `undefined` when there is none until `until`. */
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

/** Times are whole microseconds, so they are readable and add up the same everywhere. */
export function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
