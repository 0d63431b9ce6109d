/** A request the admin API can't do as it was asked. */
export class AdminError extends Error {
  constructor(
    /** The HTTP status it is answered with. */
    readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415,
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'AdminError'
  }
}
