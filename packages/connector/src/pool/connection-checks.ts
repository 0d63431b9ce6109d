import type { CancelSchedule, Clock } from '../time/clock.ts'
import { type CallOptions, Deadline } from '../time/deadline.ts'
import type { Poolable, Pooled } from './pooled.ts'

interface CheckParts<C> {
  /** Checks with the server whether a connection works; rejects when it does not. */
  readonly check: (connection: C, limits: CallOptions) => Promise<void>
  readonly timeoutMs: number
  /** Fires when the pool closes. */
  readonly signal: AbortSignal
  readonly clock: Clock
}

/** Callbacks for the outcome of a check. */
export interface CheckEnds<C extends Poolable> {
  readonly passed: (pooled: Pooled<C>) => void
  readonly failed: (pooled: Pooled<C>, error: unknown) => void
  /** The check was not answered within the time that a caller waits for it alone. */
  readonly slow: (pooled: Pooled<C>) => void
}

/** Connections being checked: prompt at first, and slow when the answer takes too long. */
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

  /** The number of checks that are not slow yet. */
  get promptCount(): number {
    return this.#prompt.size
  }

  /** The number of slow checks. */
  get slowCount(): number {
    return this.#slow.size
  }

  /** Starts to check a connection. The check counts as slow after `patienceMs`. */
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

  /**
   * Abandons the check that has been slow for the longest time. Returns its connection; `undefined` when none is slow.
   */
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

  /** Returns `false` when the check was abandoned before it ended. */
  #remove(pooled: Pooled<C>): boolean {
    this.#prompt.get(pooled)?.()
    return this.#prompt.delete(pooled) || this.#slow.delete(pooled)
  }
}
