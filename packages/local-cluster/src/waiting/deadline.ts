/** Thrown when a wait exceeds its time limit. */
export class WaitTimeoutError extends Error {
  readonly code = 'E6_LOCAL_WAIT_TIMEOUT'
  constructor(message: string) {
    super(message)
    this.name = 'WaitTimeoutError'
  }
}

/** A time limit that can be met. */
export class Deadline {
  readonly #timer: NodeJS.Timeout

  constructor(timeoutMs: number, message: string, giveUp: (error: WaitTimeoutError) => void) {
    this.#timer = setTimeout(() => giveUp(new WaitTimeoutError(message)), timeoutMs)
  }

  met(): void {
    clearTimeout(this.#timer)
  }
}

/** Settles with the work, or rejects when it takes longer than this many milliseconds. */
export function within<Value>(timeoutMs: number, what: string, work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const deadline = new Deadline(timeoutMs, `${what} took longer than ${timeoutMs} ms`, reject)
    work.then(resolve, reject).finally(() => deadline.met())
  })
}
