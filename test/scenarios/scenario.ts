import { randomUUID } from 'node:crypto'
import { type Connection, type ConnectionEvents, type ConnectOptions, connect } from 'e6data-connector'
import { type CallRecord, type LocalCluster, type LocalClusterOptions, startCluster } from 'e6data-local-cluster'
import { IndependentServer, type IndependentServerOptions } from '../independent-server/independent-server.ts'
import type { Listener, ListenOptions } from '../independent-server/listener.ts'
import { ChildProgram } from './child-program.ts'

/** A situation that the connector must survive, by its number in docs/zero-downtime.md. */
export interface Scenario {
  readonly id: number
  readonly title: string
  /** Whether it mostly waits, so that it can run in parallel with others of its kind. */
  readonly mostlyWaits?: boolean
  /** Runs it, and asserts what the user and the servers see. Returns a short summary. */
  run(stage: Stage): Promise<string>
}

/** Orders in the clusters of the scenarios: enough for ten batches. */
export const ORDERS = 1000
export const BATCH_ROWS = 100

/** An independent server with one address. */
export interface StagedServer {
  readonly server: IndependentServer
  readonly listener: Listener
}

/** How long a client may take to close at the end, in milliseconds: its server may still be silent. */
const CLOSE_TIMEOUT_MS = 1000

/** Lines of the servers' logs that a failure shows: the last ones. */
const MOST_LOG_LINES = 200

/** The resources of a scenario: clusters, servers and connections, all closed at its end. */
export class Stage implements AsyncDisposable {
  /**
   * A port may be used again soon: what was learnt of another stage's server is known under that stage's name alone.
   */
  readonly #clusterName = randomUUID()
  readonly #closers: (() => Promise<void>)[] = []
  readonly #servers: IndependentServer[] = []
  readonly #clients: Connection[] = []

  /** A small cluster, by default in this process. */
  async cluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const cluster = await startCluster({ mode: 'in-process', rows: ORDERS, batchRows: BATCH_ROWS, ...options })
    this.onEnd(() => cluster.close())
    return cluster
  }

  /** A connection that by default shares nothing with other processes. */
  async connection(cluster: LocalCluster, options: ConnectOptions = {}): Promise<Watched> {
    const alone = { strategyStore: 'process', clusterName: this.#clusterName } as const
    const connection = await connect({ url: cluster.url, ...(options.strategyStore ? {} : alone), ...options })
    this.onEnd(() => connection.close())
    return new Watched(connection)
  }

  /** A server that shares nothing with the project. Its log is part of the error if the scenario fails. */
  async server(options: IndependentServerOptions & { listen?: ListenOptions } = {}): Promise<StagedServer> {
    const server = new IndependentServer(options)
    this.#servers.push(server)
    this.onEnd(() => server.close())
    return { server, listener: await server.listen(options.listen) }
  }

  /** A connection to an independent server that by default shares nothing with other processes. */
  async client({ listener }: Pick<StagedServer, 'listener'>, options: ConnectOptions = {}): Promise<Watched> {
    const connection = await connect({ ...clientOptions(listener), clusterName: this.#clusterName, ...options })
    this.#clients.push(connection)
    return new Watched(connection)
  }

  /** The logs and violations of the independent servers. */
  serverLogs(): string {
    return this.#servers
      .map(({ log, engine }) => [String(log), ...engine.violations.map((it) => `violation: ${it}`)].join('\n'))
      .join('\n--- next server ---\n')
  }

  /** A program of `programs/` in a process of its own. */
  program(name: string, args: readonly string[]): ChildProgram {
    const program = new ChildProgram(name, args)
    this.onEnd(() => program.end())
    return program
  }

  onEnd(close: () => Promise<void>): void {
    this.#closers.push(close)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close({ timeoutMs: CLOSE_TIMEOUT_MS })))
    for (const close of this.#closers.reverse()) await close()
  }
}

/** How a test reaches an address of an independent server. */
export const clientOptions = ({ host, port }: Listener) =>
  ({ host, port, username: 'analyst', password: 'secret', strategyStore: 'process' }) as const

/**
 * Plays a scenario on a stage of its own. Returns what was seen.
 * @throws Error whose message ends with the logs of the independent servers
 */
export async function play(scenario: Scenario): Promise<string> {
  await using stage = new Stage()
  try {
    return await scenario.run(stage)
  } catch (error) {
    const what = error instanceof Error ? error.stack : String(error)
    const lines = stage.serverLogs().split('\n').slice(-MOST_LOG_LINES)
    const seen = lines[0] === '' ? [] : ['', 'what the independent server saw:', ...lines]
    throw new Error([what, ...seen].join('\n'), { cause: error })
  }
}

type EventName = keyof ConnectionEvents

/** A connection whose events are recorded. */
export class Watched {
  readonly #seen = new Map<EventName, unknown[]>()

  constructor(readonly it: Connection) {
    for (const name of WATCHED_EVENTS) {
      it.on(name, (facts: unknown) => this.#seen.set(name, [...this.events(name), facts]))
    }
  }

  events<Name extends EventName>(name: Name): ConnectionEvents[Name][0][] {
    return (this.#seen.get(name) ?? []) as ConnectionEvents[Name][0][]
  }

  count(name: EventName): number {
    return this.events(name).length
  }

  /** Waits until an event has happened this often since the connection was opened. */
  happened(name: EventName, times = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.count(name) < times) return
        this.it.off(name, look)
        resolve()
      }
      this.it.on(name, look)
      look()
    })
  }

  /** The ids of all orders, as a stream delivers them, until its end or its error. */
  async readOrders(sql = ALL_ORDERS): Promise<{ ids: number[]; error: unknown }> {
    const ids: number[] = []
    try {
      for await (const { order_id: id } of this.it.stream<{ order_id: bigint }>(sql)) ids.push(Number(id))
    } catch (error) {
      return { ids, error }
    }
    return { ids, error: undefined }
  }

  /** Runs a small query, and returns the strategy it ran on. */
  async queryStrategy(): Promise<string> {
    return (await this.it.query('SELECT 1 AS one')).strategy
  }
}

const WATCHED_EVENTS = [
  'strategy:announced',
  'strategy:withdrawn',
  'strategy:ready',
  'strategy:transition',
  'strategy:cleared',
  'strategy:detected',
  'strategy:mismatch',
  'strategy:ignored',
  'strategy:held',
  'strategy:released',
  'strategy:prewarm-failed',
  'strategy:swept',
  'strategy:store-unavailable',
  'session:opened',
  'query:restarted',
  'query:interrupted',
  'cluster:active',
] as const satisfies readonly EventName[]

export const ALL_ORDERS = 'SELECT order_id FROM orders ORDER BY order_id'
export const EVERY_ID: readonly number[] = Array.from({ length: ORDERS }, (_, id) => id)

/** Methods that begin and end a query; each pair of versions counts as one. */
export function callsOf(cluster: LocalCluster, method: string, strategy?: string): CallRecord[] {
  return cluster
    .calls()
    .filter(
      (call) => call.method.replace(/V2$/, '') === method && (strategy === undefined || call.strategy === strategy),
    )
}

/** Waits for a promise to fail, and returns the error. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('expected a failure, but the call succeeded')
}

/** Answers every call of new work with a bare HTTP 456, on one deployment or both. */
export const REFUSAL = { kind: 'http-status', status: 456 } as const
export const NEW_WORK = ['authenticate', 'prepareStatement', 'prepareStatementV2'] as const
