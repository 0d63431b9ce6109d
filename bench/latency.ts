import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Connection, type ConnectOptions, connect, createPool, type QueryOptions } from 'e6data-connector'
import { ServerProcess } from '../test/independent-server/server-process.ts'
import { pythonConnector } from '../test/python-compatibility/python-connector.ts'
import { DelayingRelay } from './delaying-relay.ts'
import { median } from './median.ts'

/** A query over a slow link: its duration, and its number of round trips. */
export interface QueryLatency {
  /** Until the last row is there, in milliseconds. */
  readonly wholeMs: number
  /** Until the first row is there, in milliseconds. */
  readonly firstRowMs: number
  /** Number of round trips, counted on the link. */
  readonly roundTrips: number
}

export interface LatencyFigures {
  readonly connectMs: number
  readonly connectRoundTrips: number
  /** Of a query of one row, with the default options. */
  readonly queryRoundTrips: number
  readonly firstRowMs: number
  readonly oneRow: QueryLatency
  readonly oneRowOverlapMetadata: QueryLatency
  readonly oneRowRowCount: QueryLatency
  readonly oneRowBoth: QueryLatency
  readonly manyRows: QueryLatency
  readonly manyRowsBoth: QueryLatency
  /** The first query of a pool, the connection included, and one after it, in milliseconds. */
  readonly poolColdMs: number
  readonly poolWarmMs: number
  readonly python?: PythonLatency | { readonly unavailable: string }
}

export interface PythonLatency {
  readonly version: string
  readonly connectRoundTrips: number
  readonly oneRow: QueryLatency
  readonly manyRows: QueryLatency
}

/** Delay in one direction, in milliseconds. */
const ONE_WAY_MS = 20
const ROUND_TRIP_MS = 2 * ONE_WAY_MS
const ROUNDS = 11
/** The first of a connection's waits, which the relay does not see. */
const TCP_HANDSHAKE = 1
/** Time after which background work has ended, in milliseconds. */
const SETTLED_MS = 3 * ROUND_TRIP_MS
const MANY = 100_000
const BATCH_ROWS = 10_000
const MOST_PYTHON_MS = 120_000

const ONE_ROW = 'SELECT tag=one n=1'
const MANY_ROWS = `SELECT tag=many n=${MANY}`
const BOTH: QueryOptions = { overlapMetadata: true, resultEnd: 'row-count' }

/** Waits for answers over a link of 20 ms each way, next to the Python connector where `withPython`. */
export async function measureLatency({ withPython = false } = {}): Promise<LatencyFigures> {
  await using server = await ServerProcess.start(['--batch-rows', String(BATCH_ROWS)])
  await using relay = await DelayingRelay.to(server.port, ONE_WAY_MS)
  const options = { host: '127.0.0.1', port: relay.port, username: 'bench', password: 'bench' } as const
  const own = { ...options, strategyStore: 'process' } as const
  const connecting = await times(relay, async () => {
    const connection = await connect(own)
    return () => connection.close()
  })
  await using connection = await connect(own)
  const oneRow = await measureQuery(relay, connection, ONE_ROW)
  const figures = {
    connectMs: connecting.ms,
    connectRoundTrips: connecting.waits + TCP_HANDSHAKE,
    queryRoundTrips: oneRow.roundTrips,
    firstRowMs: oneRow.firstRowMs,
    oneRow,
    oneRowOverlapMetadata: await measureQuery(relay, connection, ONE_ROW, { overlapMetadata: true }),
    oneRowRowCount: await measureQuery(relay, connection, ONE_ROW, { resultEnd: 'row-count' }),
    oneRowBoth: await measureQuery(relay, connection, ONE_ROW, BOTH),
    manyRows: await measureQuery(relay, connection, MANY_ROWS),
    manyRowsBoth: await measureQuery(relay, connection, MANY_ROWS, BOTH),
    ...(await measurePool(relay, own)),
  }
  return withPython ? { ...figures, python: await measurePythonLatency(relay.port) } : figures
}

async function measureQuery(
  relay: DelayingRelay,
  connection: Connection,
  sql: string,
  options: QueryOptions = {},
): Promise<QueryLatency> {
  await connection.query(sql, options)
  const whole = await times(relay, async () => void (await connection.query(sql, options)))
  const firstRow = await times(relay, async () => {
    const rows = connection.stream(sql, options)[Symbol.asyncIterator]()
    await rows.next()
    return () => rows.return?.()
  })
  return { wholeMs: whole.ms, firstRowMs: firstRow.ms, roundTrips: whole.waits }
}

async function measurePool(
  relay: DelayingRelay,
  options: ConnectOptions,
): Promise<{ poolColdMs: number; poolWarmMs: number }> {
  const warm: number[] = []
  const cold = await times(relay, async () => {
    const pool = createPool(options)
    await pool.query(ONE_ROW)
    return async () => {
      warm.push(await timeMs(() => pool.query(ONE_ROW)))
      await pool.close()
    }
  })
  return { poolColdMs: cold.ms, poolWarmMs: median(warm) }
}

async function measurePythonLatency(port: number): Promise<PythonLatency | { readonly unavailable: string }> {
  const connector = await pythonConnector()
  if (connector.kind === 'unavailable') return { unavailable: connector.reason }
  const program = fileURLToPath(new URL('python_latency.py', import.meta.url))
  const args = [program, String(port), ONE_ROW, MANY_ROWS]
  const { stdout } = await promisify(execFile)(connector.python, args, { timeout: MOST_PYTHON_MS })
  const { connecting, oneRow, manyRows } = JSON.parse(stdout) as PythonTimes
  const latencyOf = ({ whole, firstRow }: QueryTimes) => ({
    wholeMs: median(whole),
    firstRowMs: median(firstRow),
    roundTrips: roundTrips(whole),
  })
  return {
    version: connector.version,
    connectRoundTrips: roundTrips(connecting),
    oneRow: latencyOf(oneRow),
    manyRows: latencyOf(manyRows),
  }
}

/** Milliseconds of each round. */
interface QueryTimes {
  readonly whole: readonly number[]
  readonly firstRow: readonly number[]
}

interface PythonTimes {
  readonly connecting: readonly number[]
  readonly oneRow: QueryTimes
  readonly manyRows: QueryTimes
}

/**
 * Medians of how long something takes and how often it waits. What `work` returns is done afterwards, and does not
 * count.
 */
async function times(relay: DelayingRelay, work: () => Promise<unknown>): Promise<{ ms: number; waits: number }> {
  const taken: number[] = []
  const waited: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = relay.waits
    let after: unknown
    taken.push(
      await timeMs(async () => {
        after = await work()
      }),
    )
    waited.push(relay.waits - before)
    if (typeof after === 'function') await after()
    await pause(SETTLED_MS)
  }
  return { ms: median(taken), waits: median(waited) }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const begunAt = performance.now()
  await work()
  return performance.now() - begunAt
}

/** The fastest of several times waits for the network and for little else. */
function roundTrips(taken: readonly number[]): number {
  return Math.round((Math.min(...taken) / ROUND_TRIP_MS) * 10) / 10
}
