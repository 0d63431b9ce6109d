import type { Strategy } from '../types/strategy.ts'

/**
 * A login on one strategy. Queries keep the session that prepared them until they are cleared, even after the
 * connection has switched to another; when it expires, it is renewed in place.
 */
export class Session {
  #id: string | undefined
  #openedAt = Number.NEGATIVE_INFINITY

  constructor(readonly strategy: Strategy) {}

  /**
   * The server's id of this session; `undefined` until it is opened, and when it is known to have expired. A secret.
   */
  get id(): string | undefined {
    return this.#id
  }

  /** The last time the server returned this session, in monotonic milliseconds. */
  get openedAt(): number {
    return this.#openedAt
  }

  opened(id: string, at: number): void {
    this.#id = id
    this.#openedAt = at
  }

  /** Records that the server no longer knows `id`; no effect if the session was renewed in the meantime. */
  expired(id: string): void {
    if (this.#id === id) this.#id = undefined
  }
}
