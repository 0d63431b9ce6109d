/** A client process of the soak: connections, a worker on each, until a message stops it or it is killed. */
import { getEventListeners, setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, connect, E6dataError } from 'e6data-connector'
import type { WorkItem } from '../main-job/workload.ts'
import { Counts } from './counts.ts'
import { accessTo, type Defect, leakIfSeeded, Turns, withDefect } from './defects.ts'
import { HistoryFile } from './history-file.ts'
import { numberedStatement } from './numbered-rows.ts'
import { countAs, reportFigures } from './report-figures.mjs'
import { STATEMENT_LIMIT_MS, Worker } from './worker.ts'

export interface ClientOrder {
  readonly url: string
  /** The names of its workers, and of all of the run. */
  readonly workers: readonly string[]
  readonly peers: readonly string[]
  readonly seed: number
  readonly historyPath: string
  readonly items: readonly WorkItem[]
  readonly defect: Defect | undefined
  /** How long the whole run takes, in milliseconds. */
  readonly runMs: number
}

/** What a client tells the run. */
export type ClientMessage = { readonly kind: 'ready' } | { readonly kind: 'counts'; readonly counts: Counts }

const TELL_EVERY_MS = 500
const WARM_UP_ROUNDS = 10

/** From one connection to the next, in milliseconds. */
const CONNECT_EVERY_MS = 40

process.once('disconnect', () => process.exit()) // of no use once the run has ended
process.once('message', (order: ClientOrder) => void run(order))

async function run(order: ClientOrder): Promise<void> {
  using history = new HistoryFile(order.historyPath)
  const counts = new Counts()
  const stop = new AbortController()
  process.on('message', () => stop.abort())
  // One signal for all statements of the process: what they leave listening to it would pile up.
  const statements = new AbortController()
  setMaxListeners(0, statements.signal, stop.signal)
  countAs('listeners', () => getEventListeners(statements.signal, 'abort').length)
  const telling = setInterval(() => process.send?.({ kind: 'counts', counts }), TELL_EVERY_MS)
  const connections = await connectAll(order, stop.signal)
  if (connections[0]) await warmUp(connections[0])
  process.send?.({ kind: 'ready' })
  reportFigures()
  leakIfSeeded(order.defect, order.runMs)
  const limits = { signal: statements.signal, timeoutMs: STATEMENT_LIMIT_MS }
  const turns = new Turns()
  await Promise.all(
    connections.map((connection, index) => {
      const access = withDefect(accessTo(connection, limits), connection, order.defect, turns)
      const { peers, items, workers } = order
      const draw = drawFrom(order.seed + index)
      return new Worker({ name: workers[index]!, peers, access, history, items, draw, counts }).run(stop.signal)
    }),
  )
  await Promise.all(connections.map((connection) => connection.close()))
  clearInterval(telling)
  process.removeAllListeners('disconnect')
  process.send?.({ kind: 'counts', counts }, () => process.disconnect()) // and the process ends by itself
}

/** A connection for each worker, one after the other. */
async function connectAll({ workers, url }: ClientOrder, stop: AbortSignal): Promise<Connection[]> {
  const opened = await Promise.all(
    workers.map(async (_, index) => {
      await sleep(index * CONNECT_EVERY_MS)
      return connectAtLast(url, stop)
    }),
  )
  return opened.filter((connection) => connection !== undefined)
}

/** Runs what workers run until its code is compiled, so that what grows afterwards does not grow for that. */
async function warmUp(connection: Connection): Promise<void> {
  const access = accessTo(connection, { signal: new AbortController().signal, timeoutMs: STATEMENT_LIMIT_MS })
  // The first stack of an error reads the source maps, which stay: 20 MB.
  await access.read('SELECT * FROM no_such_table', [], 'query').catch((error: Error) => error.stack)
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    for (const how of ['query', 'stream', 'cursor'] as const) {
      const sql = numberedStatement({ from: 0, to: 1000 })
      await access.read(sql, [], how).catch((error: unknown) => {
        if (!(error instanceof E6dataError)) throw error
      })
    }
  }
}

/** Connects as a program does that is started while the cluster is in trouble. */
async function connectAtLast(url: string, stop: AbortSignal): Promise<Connection | undefined> {
  while (!stop.aborted) {
    try {
      return await connect(url)
    } catch (error) {
      if (!(error instanceof E6dataError)) throw error
    }
  }
  return undefined
}

/** Whole numbers from 0, the same for the same seed. */
function drawFrom(seed: number): (upTo: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1
  return (upTo) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % upTo
  }
}
