import { type Connection, connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'

export interface SwitchingFigures {
  /** The 99th percentile of latency during announced switches above that in steady state, in milliseconds. */
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
const SWITCHES = 8
const STEADY_MS = 1200
const HOLDS = 10
const MANY = 1000

/** Announced switches under load, on a real local cluster. Takes about 30 s. */
export async function measureSwitching(): Promise<SwitchingFigures> {
  return { ...(await measureLatency()), holdReleaseMs: await measureHolds(), convergenceMs: await measureConvergence() }
}

async function measureLatency() {
  await using cluster = await startCluster({ rows: 1000, callLogLimit: 1_000_000 })
  const connections = await openMany(cluster.url, CONNECTIONS)
  const runs: { from: number; to: number }[] = []
  let failed = 0
  let stopped = false
  const work = async (connection: Connection) => {
    while (!stopped) {
      const from = performance.now()
      try {
        await connection.query('SELECT 1 AS one')
        runs.push({ from, to: performance.now() })
      } catch {
        failed += 1 // counted, and reported: any is too many
      }
    }
  }
  const working = connections.map(work)
  const windows: { from: number; to: number }[] = []
  await pause(STEADY_MS) // warm
  const measuredFrom = performance.now()
  cluster.clearCalls()
  for (let n = 0; n < SWITCHES; n++) {
    await pause(STEADY_MS)
    const from = performance.now()
    await cluster.deploy({ cutOverAfterMs: 150 })
    windows.push({ from, to: performance.now() })
  }
  stopped = true
  await Promise.all(working)
  const logins = cluster.calls().filter(({ method, grpcStatus }) => method === 'authenticate' && grpcStatus === 0)
  await Promise.all(connections.map((connection) => connection.close()))
  const during = ({ from, to }: { from: number; to: number }) => windows.some((it) => from <= it.to && to >= it.from)
  const measured = runs.filter(({ from }) => from >= measuredFrom)
  const steadyP99Ms = p99(measured.filter((run) => !during(run)))
  const switchP99Ms = p99(measured.filter(during))
  return {
    addedP99Ms: switchP99Ms - steadyP99Ms,
    steadyP99Ms,
    switchP99Ms,
    queries: measured.length,
    failed,
    switches: SWITCHES,
    authenticateCalls: logins.length / SWITCHES / CONNECTIONS,
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
  connections[0]!.strategy.boundary()
  const movedAt = performance.now()
  const wrong = connections.filter((connection) => connection.strategy.boundary()?.strategy !== 'green')
  const convergenceMs = performance.now() - movedAt
  if (wrong.length > 0) throw new Error(`${wrong.length} connections did not move`)
  await Promise.all(connections.map((connection) => connection.close()))
  return convergenceMs
}

async function openMany(url: string, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => connect({ url, strategyStore: 'process' })))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function p99(runs: readonly { from: number; to: number }[]): number {
  const sorted = runs.map(({ from, to }) => to - from).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
}
