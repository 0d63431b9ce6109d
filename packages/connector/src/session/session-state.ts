import { SessionStateLostError } from '../errors.ts'
import type { Session } from './session.ts'

type Kept =
  | { readonly kind: 'none' }
  | { readonly kind: 'session'; readonly session: Session }
  /** The session has ended; statements are refused until one sets its state anew. */
  | { readonly kind: 'lost'; readonly session: Session }

/**
 * What SET, USE and CREATE TEMPORARY have told a connection's session, and no other session knows (rule 24). From then on
 * the connection keeps that session, wherever new work goes.
 */
export class SessionState {
  #kept: Kept = { kind: 'none' }

  /**
   * The session that new work has to use; `undefined` where any will do.
   * @throws SessionStateLostError once that session has ended
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

  /** A statement has set something in a session. */
  keep(session: Session): void {
    this.#kept = { kind: 'session', session }
  }

  /** A session has ended, or its deployment takes no new work any more. */
  ended(session: Session): void {
    if (this.#kept.kind === 'session' && this.#kept.session === session) this.#kept = { kind: 'lost', session }
  }

  /** The program logs in anew: what the former session was told is given up. */
  giveUp(): void {
    this.#kept = { kind: 'none' }
  }

  /** A statement is about to set its state: one that was lost need not be asked after any more. */
  beginAnew(): void {
    if (this.isLost) this.giveUp()
  }
}
