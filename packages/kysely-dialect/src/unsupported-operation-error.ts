import { E6dataError } from 'e6data-connector'

/** Thrown for an operation that the engine does not support, before anything is sent. */
export class UnsupportedOperationError extends E6dataError {
  readonly code = 'E6_UNSUPPORTED_OPERATION'

  constructor(
    /** The operation, such as `a transaction`. */
    readonly operation: string,
    /** Advice on an alternative. */
    readonly advice: string,
  ) {
    super(`e6data does not support ${operation}; ${advice}`, { outcome: 'not-sent' })
  }
}
