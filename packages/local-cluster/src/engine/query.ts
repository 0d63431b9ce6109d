import { randomUUID } from 'node:crypto'
import { type DuckDBConnection, type DuckDBPreparedStatement, StatementType } from '@duckdb/node-api'
import { encodeResultMetadata } from 'e6data-connector/wire'
import { SqlTextError } from '../dialect/sql-tokens.ts'
import type { DuckDbStatement } from '../dialect/to-duckdb.ts'
import { RpcError } from '../grpc/rpc-error.ts'
import { type Batch, type BatchOptions, BatchStream } from '../result/batch-stream.ts'
import { engineTypeName } from '../result/engine-types.ts'
import { type PreparedStatement, prepareStatement } from './prepare-statement.ts'
import { runStatement, type StatementResult } from './statement-result.ts'
import type { Warehouse } from './warehouse.ts'

/** The state of a query. */
export type QueryState = 'prepared' | 'executing' | 'running' | 'finished' | 'failed' | 'cancelled' | 'cleared'

/** The reported facts of a query. */
export interface QueryFacts {
  id: string
  sessionId: string
  user: string
  sql: string
  state: QueryState
  /** Number of rows in the complete result, once known. */
  rowCount?: number
  rowsDelivered: number
  batchesDelivered: number
  /** Time of the prepare, in milliseconds since 1970. */
  preparedAt: number
}

/** Time spent on a query so far, in milliseconds. */
export interface QueryTimes {
  parsing: number
  queueing: number
  execution: number
}

export interface QueryOwner {
  sessionId: string
  user: string
  /** The query id, if one was assigned before. */
  queryId?: string
}

/** A statement from prepare to clear, on its own DuckDB connection. */
export class Query {
  readonly id: string
  readonly times: QueryTimes = { parsing: 0, queueing: 0, execution: 0 }
  readonly #preparedAt = Date.now()
  #state: QueryState = 'prepared'
  #result: StatementResult | undefined
  #batches: BatchStream | undefined
  #ahead: Promise<Batch | undefined> | undefined
  #rowsDelivered = 0
  #batchesDelivered = 0
  /** The last call on the DuckDB connection, which takes one at a time. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    readonly owner: QueryOwner,
    readonly sql: string,
    private readonly statement: DuckDbStatement,
    private readonly connection: DuckDBConnection,
    readonly prepared: DuckDBPreparedStatement,
    private readonly warehouse: Warehouse,
    private readonly batchOptions: BatchOptions,
    /** The catalog and schema of unqualified names. */
    readonly place: { catalog: string; schema: string },
  ) {
    this.id = owner.queryId ?? randomUUID()
  }

  /** @throws RpcError `invalidArgument` with DuckDB's message for a statement that does not parse or bind. */
  static async prepare(
    owner: QueryOwner,
    sql: string,
    place: { catalog: string | undefined; schema: string | undefined },
    warehouse: Warehouse,
    batchOptions: BatchOptions,
  ): Promise<Query> {
    const begun = performance.now()
    const catalog = place.catalog || warehouse.catalog
    const schema = place.schema || warehouse.database
    const connection = await warehouse.connect(catalog, schema).catch(refuse)
    try {
      const { statement, prepared } = await prepare(connection, sql)
      const refusal = REFUSED_STATEMENTS.get(prepared.statementType)
      if (refusal !== undefined) throw new RpcError('unimplemented', refusal)
      const query = new Query(owner, sql, statement, connection, prepared, warehouse, batchOptions, { catalog, schema })
      query.times.parsing = performance.now() - begun
      return query
    } catch (error) {
      connection.disconnectSync()
      return refuse(error)
    }
  }

  get facts(): QueryFacts {
    return {
      id: this.id,
      sessionId: this.owner.sessionId,
      user: this.owner.user,
      sql: this.sql,
      state: this.#state,
      ...(this.#result === undefined ? {} : { rowCount: Number(this.#result.rowCount) }),
      rowsDelivered: this.#rowsDelivered,
      batchesDelivered: this.#batchesDelivered,
      preparedAt: this.#preparedAt,
    }
  }

  /** Whether the statement changes data or definitions. */
  get writes(): boolean {
    return WRITING_STATEMENTS.has(this.prepared.statementType)
  }

  get state(): QueryState {
    return this.#state
  }

  /** Runs the statement, and resolves when its result can be read. */
  execute(bind: (prepared: DuckDBPreparedStatement) => void): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#state !== 'prepared')
        throw new RpcError('failedPrecondition', `query ${this.id} is ${this.#state} already`)
      this.#state = 'executing'
      const begun = performance.now()
      const { connection, prepared, statement } = this
      const result = await runStatement({
        connection,
        prepared,
        sql: statement.sql,
        bind,
        volatile: this.warehouse.isVolatile(statement),
      })
      this.#result = result
      this.#batches = new BatchStream(result.types, this.batchOptions, result.nextChunk)
      this.times.execution = performance.now() - begun
      this.#state = 'running'
    })
  }

  /** The encoded result metadata. */
  metadata(): Uint8Array {
    const { names, types, rowCount } = this.#executed()
    const fields = names.map((name, index) => ({ name, type: engineTypeName(types[index]!), zone: '', format: '' }))
    return encodeResultMetadata({ rowCount, fields })
  }

  get rowCount(): bigint | undefined {
    return this.#result?.rowCount
  }

  /** The next encoded batch; empty bytes after the last one. */
  async nextBatch(): Promise<Uint8Array> {
    const batch = await (this.#ahead ?? this.#buildBatch())
    this.#ahead = undefined
    if (batch === undefined) {
      if (!this.#ended) this.#state = 'finished'
      return NO_BYTES
    }
    this.#rowsDelivered += batch.rowCount
    this.#batchesDelivered += 1
    // Only the next batch is made while the client reads this one, so that a slow reader limits memory.
    this.#ahead = this.#buildBatch()
    // The next fetch gets the failure; this keeps the rejection handled until then.
    this.#ahead.catch(() => undefined)
    return batch.bytes
  }

  #buildBatch(): Promise<Batch | undefined> {
    return this.#exclusively(async () => {
      this.#executed()
      const begun = performance.now()
      const batch = await this.#batches?.next()
      this.times.execution += performance.now() - begun
      return batch
    })
  }

  /** The plan as DuckDB's text or as JSON. */
  explain(format: 'text' | 'json'): Promise<string> {
    return this.#beside(async (connection) => {
      const result = await connection.run(`EXPLAIN (FORMAT ${format}) ${this.statement.sql}`)
      const rows = await result.getRows()
      return rows.map(([, plan]) => String(plan)).join('\n')
    })
  }

  /** Ends the query and frees its resources. Running work is interrupted at once. */
  async end(how: 'cancelled' | 'cleared'): Promise<void> {
    if (this.#ended) return
    const wasRunning = this.#state !== 'finished'
    this.#state = wasRunning ? how : 'cleared'
    await this.#interrupt()
    this.#batches = undefined
    this.#ahead = undefined
    this.connection.disconnectSync()
  }

  /** DuckDB loses an interruption between two steps of a statement, so it is repeated until the statement ends. */
  async #interrupt(): Promise<void> {
    const interrupt = () => this.connection.interrupt()
    interrupt()
    const again = setInterval(interrupt, INTERRUPT_AGAIN_MS)
    try {
      await this.#turn
      await this.#result?.settled()
    } finally {
      clearInterval(again)
    }
  }

  get #ended(): boolean {
    return this.#state === 'cancelled' || this.#state === 'cleared'
  }

  #executed(): StatementResult {
    if (this.#ended) throw cancelled(this.id)
    if (this.#result === undefined) throw new RpcError('failedPrecondition', `query ${this.id} has not been executed`)
    return this.#result
  }

  /** Explains on another connection, so that a running stream is not disturbed. */
  async #beside<Value>(use: (connection: DuckDBConnection) => Promise<Value>): Promise<Value> {
    const connection = await this.warehouse.connect(this.place.catalog, this.place.schema)
    try {
      return await use(connection)
    } catch (error) {
      return refuse(error)
    } finally {
      connection.disconnectSync()
    }
  }

  #exclusively<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#turn.then(async () => {
      if (this.#ended) throw cancelled(this.id)
      try {
        return await work()
      } catch (error) {
        if (this.#ended) throw cancelled(this.id)
        if (error instanceof RpcError && error.status === 'failedPrecondition') throw error
        this.#state = 'failed'
        throw error instanceof RpcError ? error : new RpcError('internal', messageOf(error), { cause: error })
      }
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}

const INTERRUPT_AGAIN_MS = 5

const NO_BYTES = new Uint8Array(0)

const WRITING_STATEMENTS: ReadonlySet<StatementType> = new Set([
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.MERGE_INTO,
  StatementType.CREATE,
  StatementType.CREATE_FUNC,
  StatementType.ALTER,
  StatementType.DROP,
  StatementType.ATTACH,
  StatementType.DETACH,
])

/** Statements that change a connection's state are refused: each statement has its own, as at the hosted engine. */
const REFUSED_STATEMENTS: ReadonlyMap<StatementType, string> = new Map([
  [StatementType.TRANSACTION, 'this engine does not support transactions over several statements'],
  [StatementType.SET, 'SET and USE have no effect: statements share no session state'],
  [StatementType.VARIABLE_SET, 'SET and USE have no effect: statements share no session state'],
])

async function prepare(connection: DuckDBConnection, sql: string): Promise<PreparedStatement> {
  const made = await prepareStatement(connection, sql).catch((error: unknown) => {
    if (!(error instanceof SqlTextError)) throw error
    throw new RpcError('invalidArgument', `Parser Error: ${error.message} (at character ${error.position})`)
  })
  if (!made.statement.endsWithSemicolon) return made
  throw new RpcError(
    'invalidArgument',
    'Parser Error: syntax error at or near ";": a statement must not end with a semicolon',
  )
}

function refuse(error: unknown): never {
  if (error instanceof RpcError) throw error
  throw new RpcError('invalidArgument', messageOf(error), { cause: error })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function cancelled(id: string): RpcError {
  return new RpcError('cancelled', `query ${id} was cancelled`)
}
