import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, connect } from 'e6data-connector'
import type { LocalCluster } from 'e6data-local-cluster'
import { type ConsoleReporter, reportToConsole } from 'e6data-local-cluster/console'

const PAUSE_MS = 20

/** Programs that query the watched cluster, and count their results. */
export class BackgroundLoad implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #connections: Connection[]
  readonly #reporters: ConsoleReporter[]
  readonly #working: Promise<void>[]
  readonly failures: unknown[] = []
  queries = 0

  private constructor(connections: Connection[], reporters: ConsoleReporter[]) {
    this.#connections = connections
    this.#reporters = reporters
    this.#working = connections.map((connection) => this.#work(connection))
  }

  /** Each name is a separate program with its own strategy state. */
  static async start({ url, consoleUrl }: LocalCluster, names: readonly string[]): Promise<BackgroundLoad> {
    const connections = await Promise.all(names.map(() => connect({ url, strategyStore: 'process' })))
    const reporters = connections.map((connection, index) =>
      reportToConsole([connection], { url: String(consoleUrl), name: names[index]!, intervalMs: 200 }),
    )
    return new BackgroundLoad(connections, reporters)
  }

  /** Resolves when its programs have read their results. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#working)
    await Promise.all(this.#reporters.map((reporter) => reporter.stop()))
    await Promise.all(this.#connections.map((connection) => connection.close()))
  }

  async #work(connection: Connection): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await connection.query('SELECT region, count(*) AS orders FROM orders GROUP BY region')
        this.queries += 1
      } catch (error) {
        this.failures.push(error)
      }
      await sleep(PAUSE_MS)
    }
  }
}
