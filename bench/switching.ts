import { type Connection, type ConnectOptions, connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'
import { median } from './median.ts'
import { SwitchServer } from './switch-server.ts'

export interface SwitchingFigures {
  /**
   * What an announced switch adds to the 99th percentile of latency, in milliseconds: each switch is compared with the
   * time of the same length just before it, and the median over all switches counts, so that a disturbance of the
   * machine does not decide.
   */
  addedP99Ms: number
  /** Medians of the 99th percentiles themselves, in milliseconds. */
  steadyP99Ms: number
  switchP99Ms: number
  queries: number
  failed: number
  switches: number
  /** Logins, per switch and connection that was used. */
  authenticateCalls: number
  /**
   * Time from a deployment accepting again to the first answer to a held query, in milliseconds: the median of several.
   */
  holdReleaseMs: number
  /** The slowest of them. */
  holdReleaseWorstMs: number
  /** How long 1 000 connections of this process take to work on the new deployment, from the first that does. */
  convergenceMs: number
}

const CONNECTIONS = 8
/** Each connection asks so often, whether or not it was answered: a fraction of what one core can do. */
const ASK_EVERY_MS = 150
const WARM_UP_SWITCHES = 4
const SWITCHES = 40
/** A switch, and the time before it that it is compared with. */
const WINDOW_MS = 800
const ANNOUNCED_MS = 300
const HOLDS = 15
const SHORTEST_HOLD_MS = 60
const LONGEST_HOLD_MS = 480
const MANY = 1000

/** Announced switches under load and holds, on a server in a process of its own. Takes about a minute. */
export async function measureSwitching(): Promise<SwitchingFigures> {
  return { ...(await measureLatency()), ...(await measureHolds()), convergenceMs: await measureConvergence() }
}

interface Run {
  readonly from: number
  readonly to: number
}

/** A switch, and the time before it. */
interface Pair {
  readonly steady: Run
  readonly during: Run
}

async function measureLatency() {
  await using server = await SwitchServer.start()
  // So many switches in a minute are no flapping here.
  const connections = await openMany(server.port, CONNECTIONS, {
    advanced: { switchBurst: WARM_UP_SWITCHES + SWITCHES },
  })
  const load = new Load(connections)
  for (let n = 0; n < WARM_UP_SWITCHES; n++) await switchOver(server)
  const loginsBefore = await server.logins()
  const pairs: Pair[] = []
  for (let n = 0; n < SWITCHES; n++) pairs.push(await switchOver(server))
  await load.end()
  const logins = (await server.logins()) - loginsBefore
  await Promise.all(connections.map((connection) => connection.close()))
  // A machine that is too busy to ask in some window has nothing to say about it.
  const figures = pairs
    .map(({ steady, during }) => ({ steady: load.p99In(steady), during: load.p99In(during) }))
    .filter(({ steady, during }) => Number.isFinite(steady + during))
  return {
    addedP99Ms: median(figures.map(({ steady, during }) => during - steady)),
    steadyP99Ms: median(figures.map(({ steady }) => steady)),
    switchP99Ms: median(figures.map(({ during }) => during)),
    queries: load.queries,
    failed: load.failed,
    switches: SWITCHES,
    authenticateCalls: logins / SWITCHES / CONNECTIONS,
  }
}

async function switchOver(server: SwitchServer): Promise<Pair> {
  const begunAt = performance.now()
  await pause(WINDOW_MS)
  const from = performance.now()
  await server.announce()
  await pause(ANNOUNCED_MS)
  await server.cutOver()
  await pause(WINDOW_MS - (performance.now() - from))
  return { steady: { from: begunAt, to: from }, during: { from, to: performance.now() } }
}

/**
 * Queries at times that are set beforehand, by every connection: one that is late makes those after it late, which
 * counts.
 */
class Load {
  readonly #runs: Run[] = []
  failed = 0
  #ended = false
  readonly #working: Promise<unknown>

  constructor(connections: readonly Connection[]) {
    this.#working = Promise.all(
      connections.map((connection, n) => this.#work(connection, (n * ASK_EVERY_MS) / connections.length)),
    )
  }

  get queries(): number {
    return this.#runs.length
  }

  /** The 99th percentile of the queries that began in a time, in milliseconds. */
  p99In({ from, to }: Run): number {
    const runs = this.#runs.filter((run) => run.from >= from && run.from < to)
    const sorted = runs.map((run) => run.to - run.from).toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  }

  async end(): Promise<void> {
    this.#ended = true
    await this.#working
  }

  async #work(connection: Connection, firstAfterMs: number): Promise<void> {
    let from = performance.now() + firstAfterMs
    while (!this.#ended) {
      await pause(from - performance.now())
      try {
        await connection.query('SELECT tag=load n=1')
        this.#runs.push({ from, to: performance.now() })
      } catch {
        this.failed += 1 // counted, and reported: any is too many
      }
      from += ASK_EVERY_MS
    }
  }
}

/** Both deployments refuse for a while; how soon after one accepts again is a held query answered? */
async function measureHolds(): Promise<{ holdReleaseMs: number; holdReleaseWorstMs: number }> {
  await using server = await SwitchServer.start()
  const [connection] = await openMany(server.port, 1)
  const released: number[] = []
  for (let n = 0; n < HOLDS; n++) {
    await server.close()
    const held = new Promise<void>((resolve) => connection!.once('strategy:held', () => resolve()))
    const query = connection!.query('SELECT tag=held n=1')
    await held
    await pause(SHORTEST_HOLD_MS + ((LONGEST_HOLD_MS - SHORTEST_HOLD_MS) * n) / (HOLDS - 1))
    const opened = server.open().then(() => performance.now())
    await query
    released.push(performance.now() - (await opened))
  }
  await connection!.close()
  return { holdReleaseMs: median(released), holdReleaseWorstMs: Math.max(...released) }
}

/** All connections of a process share one manager: when it has moved, how long until all of them know where to go? */
async function measureConvergence(): Promise<number> {
  await using cluster = await startCluster({ rows: 10, mode: 'in-process' })
  const connections = await openManyAt(cluster.url)
  await cluster.announce('green')
  const ready = new Promise<void>((resolve) => connections[0]!.once('strategy:ready', () => resolve()))
  await connections[0]!.getTables() // an answer that carries the announcement
  await ready
  connections[0]!.strategy.applyPendingStrategy()
  const movedAt = performance.now()
  const wrong = connections.filter((connection) => connection.strategy.getActiveStrategy() !== 'green')
  const convergenceMs = performance.now() - movedAt
  if (wrong.length > 0) throw new Error(`${wrong.length} connections did not move`)
  await Promise.all(connections.map((connection) => connection.close()))
  return convergenceMs
}

function openManyAt(url: string): Promise<Connection[]> {
  return Promise.all(Array.from({ length: MANY }, () => connect({ url, strategyStore: 'process' })))
}

function openMany(port: number, count: number, options: ConnectOptions = {}): Promise<Connection[]> {
  const place = { host: '127.0.0.1', port, username: 'bench', password: 'bench', strategyStore: 'process' } as const
  return Promise.all(Array.from({ length: count }, () => connect({ ...place, ...options })))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
