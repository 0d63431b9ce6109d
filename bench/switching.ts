import { type Connection, type ConnectOptions, connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'
import { median } from './median.ts'

export interface SwitchingFigures {
  /**
   * The 99th percentile of latency during announced switches above that in steady state, in milliseconds; of both the
   * median over blocks of ten switches, so that a disturbance of the machine does not decide.
   */
  addedP99Ms: number
  steadyP99Ms: number
  switchP99Ms: number
  queries: number
  failed: number
  switches: number
  /** Logins that were accepted, per switch and connection that was used. */
  authenticateCalls: number
  /** From a colour that accepts again to the first held call that is answered, in milliseconds: the worst of several. */
  holdReleaseMs: number
  /** How long 1 000 connections of this process take to work on the new colour, from the first that does. */
  convergenceMs: number
}

const CONNECTIONS = 8
/** Each connection asks so often, whether or not it was answered: about a third of what two cores can do. */
const ASK_EVERY_MS = 100
const WARM_UP_SWITCHES = 4
const BLOCKS = 5
const SWITCHES_A_BLOCK = 10
const SWITCHES = BLOCKS * SWITCHES_A_BLOCK
const STEADY_MS = 400
const ANNOUNCED_MS = 150
const HOLDS = 10
const MANY = 1000

/** Announced switches under load, on a real local cluster. Takes about a minute. */
export async function measureSwitching(): Promise<SwitchingFigures> {
  return { ...(await measureLatency()), holdReleaseMs: await measureHolds(), convergenceMs: await measureConvergence() }
}

interface Run {
  readonly from: number
  readonly to: number
}

/** Some switches, and the time between them. */
interface Block extends Run {
  readonly windows: readonly Run[]
}

function latenciesIn({ from, to, windows }: Block, runs: readonly Run[]): { steady: Run[]; during: Run[] } {
  const isDuring = (run: Run) => windows.some((it) => run.from <= it.to && run.to >= it.from)
  const own = runs.filter((run) => run.from >= from && run.from < to)
  return { steady: own.filter((run) => !isDuring(run)), during: own.filter(isDuring) }
}

async function measureLatency() {
  await using cluster = await startCluster({ rows: 1000, callLogLimit: 1_000_000 })
  // So many switches in a minute are no flapping here.
  const connections = await openMany(cluster.url, CONNECTIONS, {
    advanced: { switchBurst: WARM_UP_SWITCHES + SWITCHES },
  })
  const load = new Load(connections)
  const deployments = async (count: number): Promise<Run[]> => {
    const windows: Run[] = []
    for (let n = 0; n < count; n++) {
      await pause(STEADY_MS)
      const from = performance.now()
      await cluster.deploy({ cutOverAfterMs: ANNOUNCED_MS })
      windows.push({ from, to: performance.now() })
    }
    return windows
  }
  await deployments(WARM_UP_SWITCHES)
  const measuredFrom = performance.now()
  cluster.clearCalls()
  const blocks: Block[] = []
  for (let n = 0; n < BLOCKS; n++) {
    const from = performance.now()
    const windows = await deployments(SWITCHES_A_BLOCK)
    blocks.push({ from, to: performance.now(), windows })
  }
  await load.end()
  const logins = cluster.calls().filter(({ method, grpcStatus }) => method === 'authenticate' && grpcStatus === 0)
  await Promise.all(connections.map((connection) => connection.close()))
  const measured = load.runs.filter(({ from }) => from >= measuredFrom)
  const latencies = blocks.map((block) => latenciesIn(block, measured))
  const steadyP99Ms = median(latencies.map(({ steady }) => p99(steady)))
  const switchP99Ms = median(latencies.map(({ during }) => p99(during)))
  return {
    addedP99Ms: switchP99Ms - steadyP99Ms,
    steadyP99Ms,
    switchP99Ms,
    queries: measured.length,
    failed: load.failed,
    switches: SWITCHES,
    authenticateCalls: logins.length / SWITCHES / CONNECTIONS,
  }
}

/** Queries at times that are set beforehand, by every connection: one that is late makes those after it late, which counts. */
class Load {
  readonly runs: Run[] = []
  failed = 0
  #ended = false
  readonly #working: Promise<unknown>

  constructor(connections: readonly Connection[]) {
    this.#working = Promise.all(
      connections.map((connection, n) => this.#work(connection, (n * ASK_EVERY_MS) / connections.length)),
    )
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
        await connection.query('SELECT 1 AS one')
        this.runs.push({ from, to: performance.now() })
      } catch {
        this.failed += 1 // counted, and reported: any is too many
      }
      from += ASK_EVERY_MS
    }
  }
}

/** Both colours refuse for a while; how soon after one accepts again is a held call answered? */
async function measureHolds(): Promise<number> {
  await using cluster = await startCluster({ rows: 10, mode: 'in-process' })
  const [connection] = await openMany(cluster.url, 1)
  let worst = 0
  for (let n = 0; n < HOLDS; n++) {
    await cluster.cutOver({ accepting: false })
    const held = new Promise<void>((resolve) => connection!.once('strategy:held', () => resolve()))
    const query = connection!.query('SELECT 1 AS one')
    await held
    await pause(100)
    await cluster.accept(cluster.active)
    const acceptedAt = performance.now()
    await query
    worst = Math.max(worst, performance.now() - acceptedAt)
    await cluster.retire(cluster.active === 'blue' ? 'green' : 'blue')
  }
  await connection!.close()
  return worst
}

/** All connections of a process share one manager: when it has moved, how long until all of them know where to go? */
async function measureConvergence(): Promise<number> {
  await using cluster = await startCluster({ rows: 10, mode: 'in-process' })
  const connections = await openMany(cluster.url, MANY)
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

async function openMany(url: string, count: number, options: ConnectOptions = {}): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => connect({ url, strategyStore: 'process', ...options })))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function p99(runs: readonly Run[]): number {
  const sorted = runs.map(({ from, to }) => to - from).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
}
