import { E6dataError, UsageError } from '../errors.ts'

/** Errors that cast doubt on a connection, which is then checked before the next caller gets it. */
const SUSPICIOUS_CODES: ReadonlySet<string> = new Set(['E6_CONNECT', 'E6_TRANSPORT', 'E6_TIMEOUT', 'E6_SESSION'])

/** Returns whether an error casts doubt on its connection, not just on the statement. */
export function isSuspicious(error: unknown): boolean {
  return error instanceof E6dataError && SUSPICIOUS_CODES.has(error.code)
}

/** Exclusive use of a connection until it is released. */
export class Lease<C> implements AsyncDisposable {
  readonly #connection: C
  #onRelease: ((suspect: boolean) => void) | undefined
  #suspect = false

  /** @internal */
  constructor(connection: C, onRelease: (suspect: boolean) => void) {
    this.#connection = connection
    this.#onRelease = onRelease
  }

  /**
   * The borrowed connection.
   * @throws UsageError after the release, when the connection may belong to another borrower
   */
  get connection(): C {
    if (!this.#onRelease) throw new UsageError('the connection was released to the pool; acquire another one')
    return this.#connection
  }

  /**
   * Reports an error on the connection. After an error that casts doubt on it, the pool checks it before its next use.
   */
  failed(error: unknown): void {
    this.#suspect ||= isSuspicious(error)
  }

  /** Returns the connection to the pool. A second call has no effect. */
  release(): void {
    const onRelease = this.#onRelease
    this.#onRelease = undefined
    onRelease?.(this.#suspect)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
  }
}
