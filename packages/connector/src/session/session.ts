import type { Strategy } from '../types/strategy.ts'

/**
 * A login on one strategy. Queries keep the session they were prepared with until they are cleared, also after the
 * connection has moved to another; when it expires, it is renewed in place.
 */
export class Session {
  #id: string | undefined
  #openedAt = Number.NEGATIVE_INFINITY

  constructor(readonly strategy: Strategy) {}

  /** What the server calls this session; `undefined` until it is opened, and when it is known to have expired. A secret. */
  get id(): string | undefined {
    return this.#id
  }

  /** When the server last gave this session out, in monotonic milliseconds. */
  get openedAt(): number {
    return this.#openedAt
  }

  opened(id: string, at: number): void {
    this.#id = id
    this.#openedAt = at
  }

  /** Notes that the server no longer knows `id`; nothing happens when the session was renewed meanwhile. */
  expired(id: string): void {
    if (this.#id === id) this.#id = undefined
  }
}
