/** A request that the admin API cannot carry out. */
export class AdminError extends Error {
  constructor(
    /** The HTTP status of the answer. */
    readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415,
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'AdminError'
  }
}
