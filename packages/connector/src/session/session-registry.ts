import { CredentialsError } from '../errors.ts'
import type { ConnectionEvents, EventHub } from '../observability/events.ts'
import type { Clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import type { Strategy } from '../types/strategy.ts'
import type { Login, LoginAnswer } from './login.ts'
import { Session } from './session.ts'

interface JoinOptions {
  /** The engine of the query that the login is for, if it is for one. */
  readonly engineIp?: string | undefined
  /** A login that has taken longer is not joined; a new one starts. */
  readonly joinWithinMs?: number | undefined
}

/** A connection's sessions: at most one per strategy for new work. */
export class SessionRegistry {
  readonly #login: Login
  readonly #loginTimeoutMs: number
  readonly #clock: Clock
  readonly #events: EventHub<ConnectionEvents>
  readonly #current = new Map<Strategy, Session>()
  readonly #logins = new Map<Strategy, { readonly answer: Promise<LoginAnswer>; readonly begunAt: number }>()

  constructor(login: Login, loginTimeoutMs: number, clock: Clock, events: EventHub<ConnectionEvents>) {
    this.#login = login
    this.#loginTimeoutMs = loginTimeoutMs
    this.#clock = clock
    this.#events = events
  }

  /** Returns the session for new work on a strategy, opened or not. */
  on(strategy: Strategy): Session {
    const session = this.#current.get(strategy) ?? new Session(strategy)
    this.#current.set(strategy, session)
    return session
  }

  /** Returns the session for new work on a strategy; logs in when it is not open. */
  async open(strategy: Strategy, deadline: Deadline): Promise<{ session: Session; id: string }> {
    const session = this.on(strategy)
    return { session, id: await this.ensure(session, deadline) }
  }

  /** Makes new work log in again from now on; running queries keep this session. */
  leave(session: Session): void {
    if (this.#current.get(session.strategy) === session) this.#current.delete(session.strategy)
  }

  /**
   * Returns the id of a session, renewed on its own strategy when it has expired; one login serves all waiting callers
   * (rule 8).
   * @param engineIp the engine of the query that needs the renewal, if there is one
   */
  async ensure(session: Session, deadline: Deadline, engineIp?: string): Promise<string> {
    if (session.id !== undefined) return session.id
    deadline.throwIfOver() // No login starts for a caller that has given up.
    const current = this.#current.get(session.strategy)
    const id = current?.id ?? (await this.#join(session.strategy, deadline, { engineIp })).sessionId
    if (session.id === undefined) session.opened(id, this.#clock.now())
    if (current && current.id === undefined) current.opened(id, this.#clock.now())
    return session.id ?? id
  }

  /**
   * Logs in again to find out whether a strategy accepts. New work uses the new session, running queries keep theirs.
   * Joins a current login unless it has taken longer than `joinWithinMs`, because it may never be answered.
   */
  async probe(strategy: Strategy, deadline: Deadline, joinWithinMs?: number): Promise<LoginAnswer> {
    const answer = await this.#join(strategy, deadline, { joinWithinMs })
    const session = new Session(strategy)
    session.opened(answer.sessionId, this.#clock.now())
    this.#current.set(strategy, session)
    return answer
  }

  /** Logs in over a new connection, for a session that no query of this connection uses. */
  loginApart(strategy: Strategy, deadline: Deadline): Promise<LoginAnswer> {
    return this.#login(strategy, deadline, { connection: 'new' })
  }

  /**
   * Returns whether a session on a strategy was opened at or after a time: an older one may have ended with its
   * deployment.
   */
  openedSince(strategy: Strategy, time: number): boolean {
    const session = this.#current.get(strategy)
    return session?.id !== undefined && session.openedAt >= time
  }

  /** Records that the server no longer knows `id`: the next call that uses it logs in again. */
  expired(session: Session, id: string): void {
    session.expired(id)
    this.#current.get(session.strategy)?.expired(id)
  }

  /** Records that an answer had another session id than was sent: the server has renewed the session. */
  replaced(session: Session, sentId: string, id: string): void {
    // An access token needs no session: ids in its answers are not used.
    if (id === '' || id === sentId || sentId === '') return
    const current = this.#current.get(session.strategy)
    for (const it of current && current !== session ? [session, current] : [session]) {
      if (it.id === sentId) it.opened(id, this.#clock.now())
    }
    this.#events.emit('session:renewed', { strategy: session.strategy })
  }

  /** Waits for the current login, or starts one. All callers share it; a caller that gives up does not end it. */
  #join(strategy: Strategy, deadline: Deadline, { engineIp, joinWithinMs }: JoinOptions = {}): Promise<LoginAnswer> {
    const now = this.#clock.now()
    const known = this.#logins.get(strategy)
    const isJoined = known && now - known.begunAt <= (joinWithinMs ?? Number.POSITIVE_INFINITY)
    if (isJoined) return this.#await(known.answer, strategy, deadline)
    const login = { answer: this.#begin(strategy, engineIp), begunAt: now }
    this.#logins.set(strategy, login)
    const done = () => {
      if (this.#logins.get(strategy) === login) this.#logins.delete(strategy)
    }
    login.answer.then(done, done)
    return this.#await(login.answer, strategy, deadline)
  }

  async #await(login: Promise<LoginAnswer>, strategy: Strategy, deadline: Deadline): Promise<LoginAnswer> {
    try {
      return await deadline.race(login)
    } catch (error) {
      // Each waiter gets its own error, because the id of its query is written into it.
      if (!(error instanceof CredentialsError)) throw error
      const { message, outcome, retryable, cause = error } = error
      throw new CredentialsError(message, { outcome, retryable, strategy, cause })
    }
  }

  async #begin(strategy: Strategy, engineIp: string | undefined): Promise<LoginAnswer> {
    const timeoutMs = this.#loginTimeoutMs
    const deadline = Deadline.of(this.#clock, {}, timeoutMs, `logging in on ${strategy}`)
    const answer = await this.#login(strategy, deadline, { engineIp })
    this.#events.emit('session:opened', { strategy })
    return answer
  }
}
