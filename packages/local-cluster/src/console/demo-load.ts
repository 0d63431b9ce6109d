import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'e6data-connector'
import { type DemoStatements, demoStatements } from './demo-statements.ts'
import type { ProgramReport } from './program-report.ts'
import { ReportCollector } from './report-collector.ts'

const QUICK_WORKERS = 4
const SLOW_WORKERS = 5

/** Minimum pause of a worker between two queries, in milliseconds. The maximum is twice as long. */
const REST_MS = 40

/** A slow worker reads this many batches, and pauses after each, in milliseconds. */
const SLOW_BATCHES = 20
const SLOW_REST_MS = 250

/** Delay between the starts of slow workers, in milliseconds, so that some are always near their end. */
const SLOW_APART_MS = 1100

/** Read-ahead of a slow worker: little, so that its query runs on the engine as long as it is read. */
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
 * Queries of a few programs through the connector, so that the console of an unused cluster shows how a switch looks to
 * clients: quick lookups, and slow readers whose queries outlive a cut-over.
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

  /** @throws E6dataError when connecting to the cluster fails */
  async start(): Promise<void> {
    if (this.#running !== undefined) return
    const stop = new AbortController()
    const getReady = this.#getReady()
    const failed = () => undefined // the caller of start() gets it
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
    // Running queries may finish within the time limit.
    await connection.close({ running: 'drain', timeoutMs: STOP_TIMEOUT_MS })
    await Promise.all(workers)
    clearInterval(timer)
    this.report(collector.take())
    collector.stop()
  }
}

/** Runs until it is stopped. The collector counts queries that fail; the next one follows. */
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
  await sleep(ms, undefined, { signal }).catch(() => undefined) // an abort ends the pause
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })
}
