import {
  type DuckDBConnection,
  type DuckDBMaterializedResult,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBType,
  StatementType,
} from '@duckdb/node-api'
import { RpcError } from '../grpc/rpc-error.ts'
import type { ChunkSource } from '../result/batch-stream.ts'

/** A statement to run on its own connection. */
export interface RunnableStatement {
  connection: DuckDBConnection
  prepared: DuckDBPreparedStatement
  /** The SQL of `prepared`. */
  sql: string
  /** Binds this query's parameters to a prepared statement. */
  bind: (prepared: DuckDBPreparedStatement) => void
  /** Whether the statement is nondeterministic, so that it must run only once. */
  volatile: boolean
}

/** The rows of a statement, whose number is known before the first is read. */
export interface StatementResult {
  names: readonly string[]
  types: readonly DuckDBType[]
  rowCount: bigint
  /** @throws RpcError when the statement fails midway. */
  nextChunk: ChunkSource
  /** Resolves when the statement's connection is idle. */
  settled(): Promise<void>
}

/** Results up to this many rows are run once and kept; larger ones are counted, then streamed. */
const KEPT_RESULT_ROWS = 10_240

/**
 * Runs a statement. DuckDB's streams don't know their number of rows, and the binding ends a failed stream as if it
 * were complete. The protocol sends the number first, so a large result is counted in the same snapshot. A count needs
 * no columns and costs little, and it reveals a stream that ended early.
 */
export async function runStatement(statement: RunnableStatement): Promise<StatementResult> {
  try {
    return await run(statement)
  } catch (error) {
    throw engineError(error)
  }
}

async function run(statement: RunnableStatement): Promise<StatementResult> {
  if (statement.prepared.statementType !== StatementType.SELECT) return runWhole(statement)
  const probe = await prepareAround(statement, (sql) => `SELECT * FROM (${sql}) LIMIT ${KEPT_RESULT_ROWS + 1}`)
  if (probe === undefined) return runWhole(statement)
  if (statement.volatile) return spool(statement)
  await statement.connection.run('BEGIN TRANSACTION')
  const head = await inWrittenLines(probe.run())
  if (head.rowCount <= KEPT_RESULT_ROWS) {
    await statement.connection.run('COMMIT')
    return kept(statement, head)
  }
  return countAndStream(statement)
}

/** Wraps this statement in another and prepares it; `undefined` when it cannot be wrapped, such as PRAGMA. */
async function prepareAround(
  { connection, sql, bind }: RunnableStatement,
  around: (sql: string) => string,
): Promise<DuckDBPreparedStatement | undefined> {
  try {
    // The statement is on its own lines: a comment at its end does not hide what follows, and line numbers in DuckDB's
    // messages can be corrected.
    const prepared = await connection.prepare(around(`\n${sql}\n`))
    bind(prepared)
    return prepared
  } catch {
    return undefined
  }
}

async function runWhole(statement: RunnableStatement): Promise<StatementResult> {
  statement.bind(statement.prepared)
  return kept(statement, await statement.prepared.run())
}

function kept(statement: RunnableStatement, result: DuckDBMaterializedResult): StatementResult {
  const chunks = result.chunkCount
  let next = 0
  return {
    ...describe(statement, result),
    rowCount: BigInt(result.rowCount),
    async nextChunk() {
      if (next === chunks) return undefined
      const chunk = result.getChunk(next)
      next += 1
      return chunk
    },
    settled: async () => undefined,
  }
}

/**
 * Runs the statement once into a temporary table, which DuckDB moves to disk when memory is short, and streams that.
 */
async function spool(statement: RunnableStatement): Promise<StatementResult> {
  const { connection } = statement
  const store = await prepareAround(statement, (sql) => `CREATE TEMP TABLE e6_spooled AS SELECT * FROM (${sql})`)
  if (store === undefined) return runWhole(statement)
  await inWrittenLines(store.run())
  const sql = 'SELECT * FROM temp.e6_spooled'
  const spooled = { ...statement, sql, prepared: await connection.prepare(sql), bind: () => undefined }
  await connection.run('BEGIN TRANSACTION')
  const result = await countAndStream(spooled)
  return { ...result, names: writtenNames(statement, result.names) }
}

/** Read-ahead of DuckDB's threads; wide scans are a fifth faster than with DuckDB's default of 1 MB. */
const STREAM_BUFFER = '8MB'

async function countAndStream(statement: RunnableStatement): Promise<StatementResult> {
  const counter = await prepareAround(statement, (sql) => `SELECT count(*) FROM (${sql})`)
  if (counter === undefined) return runWhole(statement)
  const [[total] = []] = await (await inWrittenLines(counter.run())).getRows()
  await statement.connection.run(`SET streaming_buffer_size = '${STREAM_BUFFER}'`)
  statement.bind(statement.prepared)
  const result = await statement.prepared.stream()
  const rowCount = BigInt(total as bigint)
  let delivered = 0n
  let over = false
  // One chunk is fetched ahead, so that DuckDB works while the current one is encoded.
  let ahead = result.fetchChunk()
  return {
    ...describe(statement, result),
    rowCount,
    async nextChunk() {
      if (over) return undefined
      const chunk = await ahead
      if (chunk !== null && chunk.rowCount > 0) {
        delivered += BigInt(chunk.rowCount)
        ahead = result.fetchChunk()
        return chunk
      }
      over = true
      if (delivered < rowCount) throw await failureOf(statement, delivered, rowCount)
      await statement.connection.run('COMMIT')
      return undefined
    },
    async settled() {
      await ahead
    },
  }
}

/** Runs the statement again, without keeping rows, for the error of a stream that ended early. */
async function failureOf(statement: RunnableStatement, delivered: bigint, rowCount: bigint): Promise<RpcError> {
  const ended = `the result ended after ${delivered} of ${rowCount} rows`
  try {
    await statement.connection.run('ROLLBACK')
    const again = await prepareAround(statement, (sql) => `EXPLAIN ANALYZE ${sql}`)
    if (again !== undefined) await inWrittenLines(again.run())
    return new RpcError('internal', ended)
  } catch (cause) {
    return engineError(cause)
  }
}

function describe(
  statement: RunnableStatement,
  result: DuckDBResult,
): { names: readonly string[]; types: readonly DuckDBType[] } {
  return { names: writtenNames(statement, result.columnNames()), types: result.columnTypes() }
}

/** Column names of the original statement: wrapping renames duplicates. */
function writtenNames({ prepared }: RunnableStatement, names: readonly string[]): readonly string[] {
  if (prepared.columnCount !== names.length) return names
  return names.map((name, index) => {
    const written = prepared.columnName(index)
    return written === UNRESOLVED_NAME ? name : written
  })
}

/** DuckDB's type name for a column that depends on an unbound parameter. */
const UNRESOLVED_NAME = 'unknown'

/** Runs a wrapped statement, and corrects the line numbers in its errors. */
async function inWrittenLines<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (cause) {
    const { message } = engineError(cause)
    const corrected = message.replace(/^LINE (\d+): /m, (_, line: string) => `LINE ${Math.max(1, Number(line) - 1)}: `)
    throw new RpcError('internal', corrected, { cause })
  }
}

function engineError(cause: unknown): RpcError {
  if (cause instanceof RpcError) return cause
  return new RpcError('internal', cause instanceof Error ? cause.message : String(cause), { cause })
}
