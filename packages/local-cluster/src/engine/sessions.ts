import { randomUUID } from 'node:crypto'
import { RpcError } from '../grpc/rpc-error.ts'

/** A logged-in user at one engine. */
export interface Session {
  readonly id: string
  readonly user: string
  /** When it was opened, in milliseconds since 1970. */
  readonly openedAt: number
}

interface LiveSession extends Session {
  lastUsed: number
}

/** The sessions of one engine. */
export class Sessions {
  readonly #live = new Map<string, LiveSession>()
  /** Old ids of renewed sessions, so that calls in flight still find theirs. */
  readonly #renewed = new Map<string, string>()
  readonly #due = new Set<string>()
  readonly #tokenUsers = new Map<string, Session>()

  constructor(
    /** Milliseconds after which an unused session expires. */
    private readonly ttlMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  open(user: string): Session {
    const session = { id: randomUUID(), user, openedAt: Date.now(), lastUsed: this.now() }
    this.#live.set(session.id, session)
    return session
  }

  /**
   * The handle of an access token's user, which no client can send. It has no session, so it never expires, and answers
   * carry an empty session id.
   */
  handleOf(user: string): string {
    for (const [handle, session] of this.#tokenUsers) if (session.user === user) return handle
    const handle = randomUUID()
    this.#tokenUsers.set(handle, { id: '', user, openedAt: Date.now() })
    return handle
  }

  /** @throws RpcError `internal` with the message `Access denied`, which the hosted engine sends for an unknown id. */
  require(id: string): Session {
    const ofToken = this.#tokenUsers.get(id)
    if (ofToken !== undefined) return ofToken
    const session = this.#live.get(this.#renewed.get(id) ?? id)
    if (session === undefined || this.now() - session.lastUsed > this.ttlMs) {
      this.#live.delete(id)
      throw new RpcError('internal', 'Access denied')
    }
    session.lastUsed = this.now()
    return session
  }

  /** The session id of the answer: a new one when the session is due for renewal. */
  idToAnswer(session: Session): string {
    if (!this.#due.delete(session.id)) return session.id
    const renewed = { ...session, id: randomUUID(), lastUsed: this.now() }
    this.#live.delete(session.id)
    this.#live.set(renewed.id, renewed)
    this.#renewed.set(session.id, renewed.id)
    return renewed.id
  }

  /** Renews the session with the next answer; the old id stays valid. */
  renew(id: string): boolean {
    if (!this.#live.has(id)) return false
    this.#due.add(id)
    return true
  }

  revoke(id: string): boolean {
    return this.#live.delete(this.#renewed.get(id) ?? id)
  }

  revokeAll(): void {
    this.#live.clear()
    this.#renewed.clear()
    this.#due.clear()
  }

  list(): Session[] {
    return [...this.#live.values()].map(({ id, user, openedAt }) => ({ id, user, openedAt }))
  }
}
