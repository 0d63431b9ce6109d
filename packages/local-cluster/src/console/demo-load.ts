import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'e6data-connector'
import { type DemoStatements, demoStatements } from './demo-statements.ts'
import type { ProgramReport } from './program-report.ts'
import { ReportCollector } from './report-collector.ts'

const QUICK_WORKERS = 4
const SLOW_WORKERS = 5

/** A worker rests about this long between two queries, and up to as much longer, in milliseconds. */
const REST_MS = 40

/** A slow worker reads this many batches, and rests after each, in milliseconds. */
const SLOW_BATCHES = 20
const SLOW_REST_MS = 250

/** Slow workers begin one after the other, so that at any time some are near their end, in milliseconds. */
const SLOW_APART_MS = 1100

/** Little is read ahead of a slow worker, so that its query is under way on the engine as long as it is read. */
const SLOW_BUFFER_BYTES = 64 * 1024

const REPORT_MS = 250

const STOP_TIMEOUT_MS = 2000

interface RunningLoad {
  readonly stop: AbortController
  readonly ended: Promise<void>
}

interface Ready {
  readonly connection: Connection
  readonly statements: DemoStatements
}

/**
 * A few programs' worth of queries, through the connector, so that somebody who looks at a cluster nobody uses sees what
 * a deployment is like for those who do: quick lookups, and slow readers whose queries outlive a cut-over.
 */
export class DemoLoad {
  #running: RunningLoad | undefined

  constructor(
    private readonly open: () => Promise<Connection>,
    private readonly data: 'retail' | 'own',
    private readonly report: (report: ProgramReport) => void,
  ) {}

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** @throws E6dataError when the cluster can't be connected to */
  async start(): Promise<void> {
    if (this.#running !== undefined) return
    const stop = new AbortController()
    const getReady = this.#getReady()
    const failed = () => undefined // told to whoever starts it
    this.#running = { stop, ended: getReady.then((ready) => this.#run(ready, stop.signal), failed) }
    try {
      await getReady
    } catch (error) {
      this.#running = undefined
      throw error
    }
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    running?.stop.abort()
    await running?.ended
  }

  async #getReady(): Promise<Ready> {
    const connection = await this.open()
    try {
      return { connection, statements: await demoStatements(connection, this.data) }
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  async #run({ connection, statements: { quick, slow } }: Ready, signal: AbortSignal): Promise<void> {
    const collector = new ReportCollector('demo load')
    collector.add(connection)
    const timer = setInterval(() => this.report(collector.take()), REPORT_MS)
    const workers = [
      ...Array.from({ length: QUICK_WORKERS }, () => repeat(signal, () => connection.query(oneOf(quick)))),
      ...Array.from({ length: SLOW_WORKERS }, async (_, index) => {
        await rest(index * SLOW_APART_MS, signal)
        await repeat(signal, () => readSlowly(connection, oneOf(slow), signal))
      }),
    ]
    await aborted(signal)
    // Queries that run may end by themselves, unless something keeps them.
    await connection.close({ running: 'drain', timeoutMs: STOP_TIMEOUT_MS })
    await Promise.all(workers)
    clearInterval(timer)
    this.report(collector.take())
    collector.stop()
  }
}

/** Works until told to stop. A query that fails is counted by the collector; the next one follows. */
async function repeat(signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await work().catch(() => undefined)
    await rest(REST_MS * (1 + Math.random()), signal)
  }
}

async function readSlowly(connection: Connection, sql: string, signal: AbortSignal): Promise<void> {
  let batches = 0
  for await (const _ of connection.stream(sql, { maxBufferedBytes: SLOW_BUFFER_BYTES }).batches()) {
    batches += 1
    if (batches === SLOW_BATCHES || signal.aborted) return
    await rest(SLOW_REST_MS, signal)
  }
}

function oneOf(values: readonly string[]): string {
  return values[Math.floor(Math.random() * values.length)]!
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined) // to be told to stop is to wake up
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })
}
