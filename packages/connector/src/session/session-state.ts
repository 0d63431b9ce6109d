import { SessionStateLostError } from '../errors.ts'
import type { Session } from './session.ts'

type Kept =
  | { readonly kind: 'none' }
  | { readonly kind: 'session'; readonly session: Session }
  /** The session has ended; statements are refused until one sets its state again. */
  | { readonly kind: 'lost'; readonly session: Session }

/**
 * The session that has the state set by SET, USE or CREATE TEMPORARY, which no other session has (rule 24). From then
 * on the connection keeps that session, even when new work switches.
 */
export class SessionState {
  #kept: Kept = { kind: 'none' }

  /**
   * The session that new work must use; `undefined` if any session will do.
   * @throws SessionStateLostError after that session has ended
   */
  get session(): Session | undefined {
    const kept = this.#kept
    switch (kept.kind) {
      case 'none':
        return undefined
      case 'session':
        return kept.session
      case 'lost':
        throw new SessionStateLostError(kept.session.strategy)
      default:
        return kept satisfies never
    }
  }

  get isLost(): boolean {
    return this.#kept.kind === 'lost'
  }

  /** Records that a statement has set state in a session. */
  keep(session: Session): void {
    this.#kept = { kind: 'session', session }
  }

  /** Records that a session has ended, or that its deployment no longer accepts new work. */
  ended(session: Session): void {
    if (this.#kept.kind === 'session' && this.#kept.session === session) this.#kept = { kind: 'lost', session }
  }

  /** Drops the state of the former session, when the program logs in again. */
  giveUp(): void {
    this.#kept = { kind: 'none' }
  }

  /** Clears the record of a loss, when a statement is about to set its state again. */
  beginAnew(): void {
    if (this.isLost) this.giveUp()
  }
}
