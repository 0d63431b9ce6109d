import type { Clock } from '../time/clock.ts'
import type { CloseReason } from './pool-events.ts'
import type { PoolOptions } from './pool-options.ts'

/** The part of a connection that a pool needs. */
export interface Poolable {
  /** Whether it is open and not known to be broken. Sends no request. */
  checkConnection(): boolean
  close(): Promise<void>
}

type AgeLimits = Pick<Required<PoolOptions>, 'maxLifetimeMs' | 'idleTimeoutMs' | 'limitJitter' | 'checkAfterIdleMs'>

/** A connection of the pool, with the facts that decide whether it stays. Times are monotonic milliseconds. */
export class Pooled<C extends Poolable> {
  readonly connection: C
  readonly #expiresAt: number
  readonly #idleTimeoutMs: number
  readonly #checkAfterIdleMs: number
  #idleSince: number
  /** The last time it was known to work. */
  #provenAt: number
  /** Whether an error has cast doubt on it since. */
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

  /** The reason why it must leave the pool, if any. */
  closeReason(now: number): CloseReason | undefined {
    if (!this.connection.checkConnection()) return 'broken'
    return now >= this.#expiresAt ? 'lifetime' : undefined
  }

  /** Returns whether it has been idle long enough to be closed. */
  isOverdue(now: number): boolean {
    return now >= this.#idleSince + this.#idleTimeoutMs
  }

  /** Returns whether it must be checked before it is handed out. */
  isDoubtful(now: number): boolean {
    return this.#isSuspect || now - this.#provenAt > this.#checkAfterIdleMs
  }

  /** The time of its next check, if it stays idle. */
  dueAt(now: number): number {
    return this.isOverdue(now) ? this.#expiresAt : Math.min(this.#expiresAt, this.#idleSince + this.#idleTimeoutMs)
  }

  /** Records that a borrower returned it. */
  returned(now: number, suspect: boolean): void {
    this.#idleSince = now
    this.#isSuspect = suspect
    if (!suspect) this.#provenAt = now
  }

  /** Records that a check has shown that it works. */
  proven(now: number): void {
    this.#isSuspect = false
    this.#provenAt = now
  }

  /** Marks it as suspect when another connection fails its check and this one was not proven later. */
  suspectIfAsOld(failing: Pooled<C>): void {
    if (this.#provenAt <= failing.#provenAt) this.#isSuspect = true
  }
}
