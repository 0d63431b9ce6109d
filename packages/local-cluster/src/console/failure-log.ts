import type { FailureRow } from './feed.ts'

/** One failure, as a server or a program saw it. */
export type Failure = Omit<FailureRow, 'count'>

/** Maximum number of kinds of failure; the one seen longest ago is dropped. */
const MOST_KINDS = 50

const LONGEST_MESSAGE = 500

/** Failures by message, code and program, each with a count and the last query that met it. */
export class FailureLog {
  readonly #rows = new Map<string, FailureRow>()

  note({ message, ...facts }: Failure): void {
    const failure = { ...facts, message: message.slice(0, LONGEST_MESSAGE) }
    const key = JSON.stringify([failure.code, failure.message, failure.program])
    const before = this.#rows.get(key)
    this.#rows.delete(key)
    this.#rows.set(key, { ...before, ...failure, count: (before?.count ?? 0) + 1 })
    if (this.#rows.size <= MOST_KINDS) return
    const [oldest] = this.#rows.keys()
    this.#rows.delete(oldest!)
  }

  /** The latest first. */
  rows(): FailureRow[] {
    return [...this.#rows.values()].reverse()
  }
}
