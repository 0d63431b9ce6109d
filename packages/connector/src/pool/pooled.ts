import type { Clock } from '../time/clock.ts'
import type { CloseReason } from './pool-events.ts'
import type { PoolOptions } from './pool-options.ts'

/** What a pool needs of a connection. */
export interface Poolable {
  /** Whether it is open and not known to be broken. Asks nobody. */
  checkConnection(): boolean
  close(): Promise<void>
}

type AgeLimits = Pick<Required<PoolOptions>, 'maxLifetimeMs' | 'idleTimeoutMs' | 'limitJitter' | 'checkAfterIdleMs'>

/** A connection of the pool, with what decides whether it stays in it. Times are monotonic milliseconds. */
export class Pooled<C extends Poolable> {
  readonly connection: C
  readonly #expiresAt: number
  readonly #idleTimeoutMs: number
  readonly #checkAfterIdleMs: number
  #idleSince: number
  /** When it was last known to work. */
  #provenAt: number
  /** Whether something has cast doubt on it since. */
  #isSuspect = false

  constructor(connection: C, limits: AgeLimits, clock: Clock) {
    const shortened = (ms: number) => ms - clock.jitter(ms * limits.limitJitter)
    const now = clock.now()
    this.connection = connection
    this.#expiresAt = now + shortened(limits.maxLifetimeMs)
    this.#idleTimeoutMs = shortened(limits.idleTimeoutMs)
    this.#checkAfterIdleMs = limits.checkAfterIdleMs
    this.#idleSince = now
    this.#provenAt = now
  }

  /** Why it has to leave the pool, if it has to. */
  flaw(now: number): CloseReason | undefined {
    if (!this.connection.checkConnection()) return 'broken'
    return now >= this.#expiresAt ? 'lifetime' : undefined
  }

  /** Whether nobody has used it for so long that it may go. */
  isOverdue(now: number): boolean {
    return now >= this.#idleSince + this.#idleTimeoutMs
  }

  /** Whether it has to be checked before it is handed out. */
  isDoubtful(now: number): boolean {
    return this.#isSuspect || now - this.#provenAt > this.#checkAfterIdleMs
  }

  /** When it has to be looked at again, if it stays idle. */
  dueAt(now: number): number {
    return this.isOverdue(now) ? this.#expiresAt : Math.min(this.#expiresAt, this.#idleSince + this.#idleTimeoutMs)
  }

  /** A borrower gives it back. */
  returned(now: number, suspect: boolean): void {
    this.#idleSince = now
    this.#isSuspect = suspect
    if (!suspect) this.#provenAt = now
  }

  /** A check has shown that it works. */
  proven(now: number): void {
    this.#isSuspect = false
    this.#provenAt = now
  }

  /** A connection does not answer its check: one that was last known to work no later is in doubt as well. */
  suspectIfAsOld(failing: Pooled<C>): void {
    if (this.#provenAt <= failing.#provenAt) this.#isSuspect = true
  }
}
