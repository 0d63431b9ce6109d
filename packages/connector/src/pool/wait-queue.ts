import type { Deadline } from '../time/deadline.ts'

/** A caller in the queue. */
interface Waiter<T> {
  readonly deadline: Deadline
  /** The value it received: set at once, so it can be taken back from a caller that gives up at the same moment. */
  served: { readonly value: T } | undefined
  receive: (value: T) => void
  fail: (error: unknown) => void
}

/** Callers that wait for a value, served in order of arrival. */
export class WaitQueue<T> {
  /** A set keeps the order, and a caller that gives up can leave from the middle. */
  readonly #waiters = new Set<Waiter<T>>()

  get length(): number {
    return this.#waiters.size
  }

  /**
   * Waits at the end of the queue.
   * @param onJoined is called after the caller has joined; if it serves the caller, there is no wait
   * @param onRefused takes back the value of a caller that had given up
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

  /** The time that the caller at a place in the queue still waits, in milliseconds; 0 is the first place. */
  remainingMsAt(place: number): number {
    return [...this.#waiters][place]?.deadline.remainingMs() ?? Number.POSITIVE_INFINITY
  }

  /** Passes a value to the first caller in the queue. Returns false when no caller waits. */
  serve(value: T): boolean {
    const [waiter] = this.#waiters
    if (!waiter) return false
    this.#waiters.delete(waiter)
    waiter.served = { value }
    waiter.receive(value)
    return true
  }

  /** Rejects the first `count` callers in the queue. */
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
