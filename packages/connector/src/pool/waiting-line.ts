import type { Deadline } from '../time/deadline.ts'

/** A caller in the line. */
interface Waiter<T> {
  readonly deadline: Deadline
  /** What it was given: set at once, so that it can be taken back from one who gives up in the same moment. */
  served: { readonly value: T } | undefined
  receive: (value: T) => void
  fail: (error: unknown) => void
}

/** Callers who wait for something, served in the order in which they came. */
export class WaitingLine<T> {
  /** A set keeps the order, and lets one who gives up leave from the middle. */
  readonly #waiters = new Set<Waiter<T>>()

  get length(): number {
    return this.#waiters.size
  }

  /**
   * Waits at the end of the line.
   * @param onJoined is called once the place is taken; if it serves the caller, there is no wait
   * @param onRefused takes back what was given to one who had given up
   */
  async join(deadline: Deadline, onJoined: () => void, onRefused: (value: T) => void): Promise<T> {
    const { waiter, received } = makeWaiter<T>(deadline)
    this.#waiters.add(waiter)
    onJoined()
    const served = () => waiter.served
    const atOnce = served()
    if (atOnce) return atOnce.value
    try {
      return await deadline.race(received)
    } catch (error) {
      this.#waiters.delete(waiter)
      const late = served()
      if (late) onRefused(late.value)
      throw error
    }
  }

  /** How long the caller at a place in the line still waits, in milliseconds; 0 is the first place. */
  remainingMsAt(place: number): number {
    return [...this.#waiters][place]?.deadline.remainingMs() ?? Number.POSITIVE_INFINITY
  }

  /** Gives the first in the line what it waits for. Returns false when nobody waits. */
  serve(value: T): boolean {
    const [waiter] = this.#waiters
    if (!waiter) return false
    this.#waiters.delete(waiter)
    waiter.served = { value }
    waiter.receive(value)
    return true
  }

  /** Turns away the first `count` in the line. */
  fail(error: unknown, count: number): void {
    for (const waiter of [...this.#waiters].slice(0, count)) {
      this.#waiters.delete(waiter)
      waiter.fail(error)
    }
  }
}

function makeWaiter<T>(deadline: Deadline): { waiter: Waiter<T>; received: Promise<T> } {
  const waiter: Waiter<T> = { deadline, served: undefined, receive: () => undefined, fail: () => undefined }
  const received = new Promise<T>((resolve, reject) => {
    waiter.receive = resolve
    waiter.fail = reject
  })
  return { waiter, received }
}
