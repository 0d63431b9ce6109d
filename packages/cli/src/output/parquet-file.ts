import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api'
import type { QueryStream } from 'e6data-connector'
import type { ResultBatch } from 'e6data-connector/wire'
import { CommandError } from '../command-error.ts'
import type { Delivered } from './deliver.ts'
import { type DuckDb, ParquetColumn } from './parquet-column.ts'
import type { ProgressFacts } from './progress.ts'
import { draftPath } from './sink.ts'

/** DuckDB takes so many rows at once. */
const CHUNK_ROWS = 2048

/** What DuckDB may take of the memory; the rest of a large result waits on disk. */
const MEMORY_LIMIT = '512MB'

const TABLE = 'result'

/**
 * Writes a result as a Parquet file: through a table on disk, which DuckDB then copies, so that a result of any size takes
 * the same memory.
 * @throws CommandError when DuckDB is not installed
 */
export async function deliverParquet(
  stream: QueryStream<unknown>,
  path: string,
  onProgress: (facts: ProgressFacts) => void,
): Promise<Delivered> {
  const duckDb = await loadDuckDb()
  const folder = await mkdtemp(join(tmpdir(), 'e6data-parquet-'))
  const draft = draftPath(path)
  try {
    const instance = await duckDb.DuckDBInstance.create(join(folder, 'result.duckdb'), { memory_limit: MEMORY_LIMIT })
    try {
      const delivered = await copyResult(duckDb, await instance.connect(), { stream, draft, onProgress })
      await rename(draft, path)
      return delivered
    } finally {
      instance.closeSync()
    }
  } finally {
    await rm(draft, { force: true })
    await rm(folder, { recursive: true, force: true })
  }
}

async function loadDuckDb(): Promise<DuckDb> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    throw new CommandError(
      'parquet needs DuckDB, which is not installed: run `npm install @duckdb/node-api`',
      'usage',
      { cause },
    )
  }
}

interface CopyRequest {
  readonly stream: QueryStream<unknown>
  readonly draft: string
  readonly onProgress: (facts: ProgressFacts) => void
}

async function copyResult(
  duckDb: DuckDb,
  connection: DuckDBConnection,
  { stream, draft, onProgress }: CopyRequest,
): Promise<Delivered> {
  const table = new ResultTable(duckDb, connection)
  let rows = 0
  let bytes = 0
  for await (const batch of stream.batches()) {
    await table.append(batch)
    rows += batch.rowCount
    bytes += batch.byteLength
    onProgress({ rows, bytes, totalRows: stream.rowCount, strategy: stream.strategy })
  }
  await table.finish(stream)
  await connection.run(`COPY ${TABLE} TO ${literal(draft)} (FORMAT parquet, COMPRESSION zstd)`)
  return { rows, bytes }
}

/** The result as a table of DuckDB's. It is made with the first batch, which knows the scale of its decimals. */
class ResultTable {
  #columns: readonly ParquetColumn[] | undefined
  #appendChunk: ((columns: DuckDBValue[][], rowCount: number) => void) | undefined
  #close: () => void = () => undefined

  constructor(
    private readonly duckDb: DuckDb,
    private readonly connection: DuckDBConnection,
  ) {}

  async append(batch: ResultBatch): Promise<void> {
    this.#columns ??= await this.#make(
      batch.names,
      batch.fields.map(({ type }, index) => ParquetColumn.of(this.duckDb, type, batch.vectors[index])),
    )
    for (let from = 0; from < batch.rowCount; from += CHUNK_ROWS) {
      const to = Math.min(from + CHUNK_ROWS, batch.rowCount)
      const rows = batch.toRows({
        rowShape: 'array',
        types: ParquetColumn.types,
        from,
        to,
      }) as readonly (readonly unknown[])[]
      this.#appendChunk?.(
        this.#columns.map((column, index) => rows.map((row) => column.value(row[index] ?? null))),
        to - from,
      )
    }
  }

  /** A result without rows is a file with its columns all the same. */
  async finish({ fields = [] }: QueryStream<unknown>): Promise<void> {
    this.#columns ??= await this.#make(
      uniqueNames(fields.map(({ name }) => name)),
      fields.map(({ type }) => ParquetColumn.of(this.duckDb, type, undefined)),
    )
    this.#close()
  }

  async #make(names: readonly string[], columns: readonly ParquetColumn[]): Promise<readonly ParquetColumn[]> {
    if (columns.length === 0) throw new CommandError('the statement has no result to write', 'failed')
    const described = columns.map(({ type }, index) => `${identifier(names[index]!)} ${type}`)
    await this.connection.run(`CREATE TABLE ${TABLE} (${described.join(', ')})`)
    const appender = await this.connection.createAppender(TABLE)
    const types: DuckDBType[] = columns.map(({ type }) => type)
    this.#appendChunk = (values, rowCount) => {
      const chunk = this.duckDb.DuckDBDataChunk.create(types, rowCount)
      chunk.setColumns(values)
      appender.appendDataChunk(chunk)
    }
    this.#close = () => appender.closeSync()
    return columns
  }
}

/** DuckDB tells names apart without regard to case. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let number = 2; taken.has(unique.toLowerCase()); number += 1) unique = `${name}_${number}`
    taken.add(unique.toLowerCase())
    return unique
  })
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
