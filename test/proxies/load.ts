import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, type ConnectOptions, connect, E6dataError, QueryInterruptedError } from 'e6data-connector'
import { BATCH_ROWS, type OrderRow, ResultOracle, SELECT_ORDERS, type Verdict } from './oracle.ts'
import { emptyTally, noteFailure, type Tally } from './tally.ts'
import { waitFor } from './waiting.ts'

const WORKERS = 16
const CONNECTIONS = 4
/** How long a reader of a stream works on a batch, so that streams are open whenever something happens. */
const READER_PAUSE_MS = 10

type Kind = 'select' | 'stream' | 'insert'

/** The work that workers repeat. */
const ROUND: readonly Kind[] = ['select', 'insert', 'select', 'stream', 'select', 'insert']

/** Sixteen workers on four connections, which check every result. */
export class Load {
  readonly #tally = emptyTally()
  readonly #connections: readonly Connection[]
  readonly #stop = new AbortController()
  readonly #working: Promise<void>[]
  /** INSERTs by their ids, and whether they may be in the table. */
  readonly #inserts = new Map<number, 'done' | 'not done' | 'unknown'>()
  #nextId = 0

  private constructor(connections: readonly Connection[]) {
    this.#connections = connections
    this.#working = Array.from({ length: WORKERS }, (_, n) => this.#work(connections[n % CONNECTIONS]!, n))
  }

  /** Creates the table of the INSERTs, and begins. */
  static async start(options: ConnectOptions): Promise<Load> {
    const connections = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => connect({ strategyStore: 'process', ...options })),
    )
    await connections[0]!.query('CREATE TABLE written (id BIGINT)')
    return new Load(connections)
  }

  /** Waits until so many more statements have ended. */
  async ended(statements: number): Promise<void> {
    const goal = this.#tally.queries + statements
    await waitFor(`${statements} statements`, () => this.#tally.queries >= goal, 300_000)
  }

  /** Lets every worker finish its statement, and looks for the INSERTs in their table. */
  async stop(): Promise<Tally> {
    this.#stop.abort()
    await Promise.all(this.#working)
    await this.#judgeInserts()
    await Promise.all(this.#connections.map((connection) => connection.close()))
    return this.#tally
  }

  async #work(connection: Connection, offset: number): Promise<void> {
    for (let n = offset; !this.#stop.signal.aborted; n++) {
      const begun = performance.now()
      await this.#run(ROUND[n % ROUND.length]!, connection)
      this.#tally.queries += 1
      this.#tally.slowestMs = Math.max(this.#tally.slowestMs, Math.round(performance.now() - begun))
    }
  }

  #run(kind: Kind, connection: Connection): Promise<void> {
    switch (kind) {
      case 'select':
        return this.#select(connection)
      case 'stream':
        return this.#stream(connection)
      case 'insert':
        return this.#insert(connection)
      default:
        return kind satisfies never
    }
  }

  async #select(connection: Connection): Promise<void> {
    try {
      const { rows, strategy } = await connection.query<OrderRow>(SELECT_ORDERS)
      const oracle = new ResultOracle()
      for (const row of rows) oracle.add(row)
      this.#judge('select', oracle.verdict(strategy))
    } catch (error) {
      this.#fail('select', error)
    }
  }

  async #stream(connection: Connection): Promise<void> {
    const oracle = new ResultOracle()
    try {
      const stream = connection.stream<OrderRow>(SELECT_ORDERS, { maxBufferedBytes: 1 })
      for await (const row of stream) {
        oracle.add(row)
        if (oracle.rows % BATCH_ROWS === 0) await sleep(READER_PAUSE_MS)
      }
      this.#judge('stream', oracle.verdict(String(stream.strategy)))
    } catch (error) {
      this.#judge('stream', oracle.verdictSoFar)
      const wasInterrupted = error instanceof QueryInterruptedError && oracle.rows > 0
      if (wasInterrupted && error.rowsDelivered === oracle.rows) this.#tally.interrupted += 1
      else this.#fail(`stream after ${oracle.rows} rows`, error)
    }
  }

  async #insert(connection: Connection): Promise<void> {
    const id = this.#nextId
    this.#nextId += 1
    try {
      await connection.query(`INSERT INTO written VALUES (${id})`)
      this.#inserts.set(id, 'done')
    } catch (error) {
      const isUnknown = error instanceof E6dataError && error.outcome === 'unknown'
      this.#inserts.set(id, isUnknown ? 'unknown' : 'not done')
      if (error instanceof QueryInterruptedError && isUnknown) this.#tally.interrupted += 1
      else this.#fail('insert', error)
    }
  }

  async #judgeInserts(): Promise<void> {
    const { rows } = await this.#connections[0]!.query<{ id: bigint; times: bigint }>(
      'SELECT id, count(*) AS times FROM written GROUP BY id',
    )
    const times = new Map(rows.map((row) => [Number(row.id), Number(row.times)]))
    for (const [id, fate] of this.#inserts) {
      const found = times.get(id) ?? 0
      if (found > 1) this.#tally.doubled += 1
      if (found === 0 && fate === 'done') this.#tally.lost += 1
      if (found > 0 && fate === 'not done') this.#tally.misreported += 1
    }
  }

  #judge(kind: Kind, verdict: Verdict): void {
    if (verdict === 'right') return
    this.#tally[verdict] += 1
    noteFailure(this.#tally, `${kind}: rows ${verdict}`)
  }

  #fail(what: string, error: unknown): void {
    this.#tally.failed += 1
    const facts = error instanceof E6dataError ? ` (${error.code}, ${error.outcome})` : ''
    noteFailure(this.#tally, `${what}: ${error instanceof Error ? error.message : String(error)}${facts}`)
  }
}
