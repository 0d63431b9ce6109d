import { EXITS, type ExitName } from './exits.ts'

/** The reason for an early end of a command. */
export type InterruptionCause = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'reader-gone' | 'output-failed'

const EXIT_OF: Readonly<Record<InterruptionCause, ExitName>> = {
  SIGINT: 'interrupted',
  SIGTERM: 'terminated',
  SIGHUP: 'terminated',
  // A reader that closes a pipe early, such as `head`, needs no more.
  'reader-gone': 'ok',
  'output-failed': 'output',
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * The user's request to stop. The first one ends the command gracefully, which cancels a running query on the server. A
 * second one ends the process at once.
 */
export class Interruption {
  readonly #controller = new AbortController()
  #cause: InterruptionCause | undefined
  #outputFailure: NodeJS.ErrnoException | undefined
  #diversion: (() => void) | undefined

  /** Aborts with the first request to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get cause(): InterruptionCause | undefined {
    return this.#cause
  }

  /** The exit status after an interruption. */
  get exit(): ExitName | undefined {
    return this.#cause && EXIT_OF[this.#cause]
  }

  interrupt(cause: InterruptionCause): void {
    if (this.#cause !== undefined) return
    this.#cause = cause
    this.#controller.abort(new Error(`interrupted: ${cause}`))
  }

  /** Redirects Ctrl-C while `work` runs, as in a shell, where it ends a query and not the shell. */
  async divertCtrlC<T>(handler: () => void, work: () => Promise<T>): Promise<T> {
    this.#diversion = handler
    try {
      return await work()
    } finally {
      this.#diversion = undefined
    }
  }

  /** Listens to the process's signals. Returns a function that stops listening. */
  heedSignals(): () => void {
    const heed = (signal: (typeof SIGNALS)[number]) => {
      if (signal === 'SIGINT' && this.#diversion) {
        this.#diversion()
        return
      }
      if (this.#cause !== undefined) process.exit(EXITS[EXIT_OF[signal]].code)
      this.interrupt(signal)
    }
    for (const signal of SIGNALS) process.on(signal, heed)
    return () => {
      for (const signal of SIGNALS) process.off(signal, heed)
    }
  }

  /** Ends the command when a stream fails: a closed pipe is a request to stop, a full disk is a failure. */
  watchOutput(stream: NodeJS.WriteStream): void {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      const isReaderGone = error.code === 'EPIPE'
      if (!isReaderGone) this.#outputFailure ??= error
      this.interrupt(isReaderGone ? 'reader-gone' : 'output-failed')
    })
  }

  /** The error of a failed output stream. */
  get outputFailure(): NodeJS.ErrnoException | undefined {
    return this.#outputFailure
  }

  /** Waits for `work` or the interruption. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this
    signal.throwIfAborted()
    let stop: (() => void) | undefined
    const interrupted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
    })
    try {
      return await Promise.race([work, interrupted])
    } finally {
      if (stop) signal.removeEventListener('abort', stop)
    }
  }
}
