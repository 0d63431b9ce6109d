import type { CancelSchedule, Clock } from '../time/clock.ts'
import { type CallLimits, Deadline } from '../time/deadline.ts'
import type { Poolable, Pooled } from './pooled.ts'

interface CheckParts<C> {
  /** Asks the server whether a connection works; rejects when it does not. */
  readonly check: (connection: C, limits: CallLimits) => Promise<void>
  readonly timeoutMs: number
  /** Fires when the pool is closed. */
  readonly signal: AbortSignal
  readonly clock: Clock
}

/** What becomes of a check. */
export interface CheckEnds<C extends Poolable> {
  readonly passed: (pooled: Pooled<C>) => void
  readonly failed: (pooled: Pooled<C>, error: unknown) => void
  /** It has not been answered within the time that a caller waits for it alone. */
  readonly slow: (pooled: Pooled<C>) => void
}

/** Connections that are being checked: promptly at first, and slowly when the answer does not come soon. */
export class ConnectionChecks<C extends Poolable> {
  readonly #parts: CheckParts<C>
  readonly #ends: CheckEnds<C>
  readonly #prompt = new Map<Pooled<C>, CancelSchedule>()
  readonly #slow = new Set<Pooled<C>>()

  constructor(parts: CheckParts<C>, ends: CheckEnds<C>) {
    this.#parts = parts
    this.#ends = ends
  }

  get size(): number {
    return this.#prompt.size + this.#slow.size
  }

  /** How many may still be answered at any moment. */
  get promptCount(): number {
    return this.#prompt.size
  }

  /** How many take long. */
  get slowCount(): number {
    return this.#slow.size
  }

  /** Begins to check a connection. It is slow after `patienceMs`. */
  begin(pooled: Pooled<C>, patienceMs: number): void {
    const { clock } = this.#parts
    this.#prompt.set(
      pooled,
      clock.schedule(patienceMs, () => this.#becomeSlow(pooled), 'background'),
    )
    this.#ask(pooled).then(
      () => this.#remove(pooled) && this.#ends.passed(pooled),
      (error: unknown) => this.#remove(pooled) && this.#ends.failed(pooled, error),
    )
  }

  /** Gives up the check that has been slow for longest. Returns its connection; `undefined` when none is slow. */
  giveUpSlowest(): Pooled<C> | undefined {
    const [slowest] = this.#slow
    if (slowest) this.#slow.delete(slowest)
    return slowest
  }

  async #ask({ connection }: Pooled<C>): Promise<void> {
    const { check, timeoutMs, signal, clock } = this.#parts
    const limits = { signal, timeoutMs }
    await Deadline.of(clock, limits, timeoutMs, 'checking a pooled connection').race(check(connection, limits))
  }

  #becomeSlow(pooled: Pooled<C>): void {
    this.#prompt.delete(pooled)
    this.#slow.add(pooled)
    this.#ends.slow(pooled)
  }

  /** Returns `false` when the check was given up before it ended. */
  #remove(pooled: Pooled<C>): boolean {
    this.#prompt.get(pooled)?.()
    return this.#prompt.delete(pooled) || this.#slow.delete(pooled)
  }
}
