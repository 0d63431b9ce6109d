import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../', import.meta.url)

/** A program of `programs/` in its own process, controlled by messages. */
export class ChildProgram {
  readonly #child: ChildProcess
  readonly #told: unknown[] = []
  readonly exited: Promise<number | null>

  constructor(name: string, args: readonly string[]) {
    const path = fileURLToPath(new URL(`./programs/${name}`, import.meta.url))
    this.#child = fork(path, args, {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, TSX_TSCONFIG_PATH: fileURLToPath(new URL('tsconfig.run.json', ROOT)) },
    })
    this.#child.on('message', (message) => this.#told.push(message))
    this.exited = once(this.#child, 'exit').then(([code]) => code as number | null)
  }

  get pid(): number {
    return this.#child.pid!
  }

  tell(message: string): void {
    this.#child.send(message)
  }

  /** The next message of the program; fails when it ends instead. */
  async told(): Promise<unknown> {
    while (this.#told.length === 0) {
      const ended = this.exited.then((code) => {
        if (this.#told.length === 0) throw new Error(`the program ended with status ${code} before it sent a message`)
      })
      await Promise.race([once(this.#child, 'message'), ended])
    }
    return this.#told.shift()
  }

  /** Ends it at once, if it runs. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal)
  }
}
