import { E6dataError, UsageError } from '../errors.ts'

/** Errors after which a connection may be no good, and is checked before anybody else gets it. */
const SUSPICIOUS_CODES: ReadonlySet<string> = new Set(['E6_CONNECT', 'E6_TRANSPORT', 'E6_TIMEOUT', 'E6_SESSION'])

/** Whether an error casts doubt on the connection it came from, rather than on the statement. */
export function isSuspicious(error: unknown): boolean {
  return error instanceof E6dataError && SUSPICIOUS_CODES.has(error.code)
}

/** A connection that one borrower has to themselves until it is released. */
export class Lease<C> implements AsyncDisposable {
  readonly #connection: C
  #giveBack: ((suspect: boolean) => void) | undefined
  #suspect = false

  /** @internal */
  constructor(connection: C, giveBack: (suspect: boolean) => void) {
    this.#connection = connection
    this.#giveBack = giveBack
  }

  /** @throws UsageError once it is released: by then it may be somebody else's */
  get connection(): C {
    if (!this.#giveBack) throw new UsageError('the connection was released to the pool; acquire another one')
    return this.#connection
  }

  /** Tells of an error met on the connection. One that casts doubt on it makes the pool check it before its next use. */
  failed(error: unknown): void {
    this.#suspect ||= isSuspicious(error)
  }

  /** Gives the connection back. Safe to call again. */
  release(): void {
    const giveBack = this.#giveBack
    this.#giveBack = undefined
    giveBack?.(this.#suspect)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
  }
}
