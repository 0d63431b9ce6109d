import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ClientMessage, ClientOrder } from './client-program.ts'
import { Counts } from './counts.ts'

/** How long a client may take to finish, close its connections and end, in milliseconds. */
const END_WITHIN_MS = 45_000

/** A process with clients in it, as the run sees it. */
export class ClientProcess {
  counts = new Counts()
  /** When every worker was connected; `undefined` before. */
  readyAt: number | undefined
  /** Resolves when every worker is connected. */
  readonly ready: Promise<void>
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  #isWanted = true

  constructor(order: ClientOrder) {
    this.#child = fork(fileURLToPath(new URL('client-program.ts', import.meta.url)), { serialization: 'advanced' })
    this.#exited = once(this.#child, 'exit')
    this.ready = new Promise((resolve) => {
      this.#child.on('message', (message: ClientMessage) => {
        if (message.kind === 'ready') {
          this.readyAt = performance.now()
          resolve()
        } else this.counts = Object.assign(new Counts(), message.counts)
      })
      this.#child.once('exit', resolve)
    })
    this.#child.once('exit', (code, signal) => {
      if (this.#isWanted) this.counts.complain(`a client ended by itself, with ${signal ?? `status ${code}`}`)
      if (this.#isWanted) this.counts.untypedFailures += 1
    })
    this.#child.send(order)
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Ends it as the kernel does that runs out of memory. */
  async kill(): Promise<void> {
    this.#isWanted = false
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** Has it finish. One that does not end by itself counts as hanging. */
  async stop(): Promise<void> {
    this.#isWanted = false
    if (this.#child.exitCode !== null) return
    if (this.#child.connected) this.#child.send('stop')
    const over = new AbortController()
    const late = sleep(END_WITHIN_MS, 'late', { signal: over.signal }).catch(() => 'over')
    const outcome = await Promise.race([this.#exited, late])
    over.abort()
    if (outcome !== 'late') return
    this.counts.hanging += 1
    this.counts.complain(`a client did not end within ${END_WITHIN_MS} ms`)
    await this.kill()
  }
}
