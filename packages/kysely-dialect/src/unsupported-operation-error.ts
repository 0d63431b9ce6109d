import { E6dataError } from 'e6data-connector'

/** The program asked for something the engine does not have. Nothing was sent. */
export class UnsupportedOperationError extends E6dataError {
  readonly code = 'E6_UNSUPPORTED_OPERATION'

  constructor(
    /** What was asked for, such as `a transaction`. */
    readonly operation: string,
    /** What can be done instead. */
    readonly advice: string,
  ) {
    super(`e6data does not support ${operation}; ${advice}`, { outcome: 'not-sent' })
  }
}
