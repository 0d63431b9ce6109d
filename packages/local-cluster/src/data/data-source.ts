import { readdir } from 'node:fs/promises'
import { extname, join, parse, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { duckDbIdentifier, duckDbLiteral } from '../dialect/to-duckdb.ts'
import { retailStatements } from './retail-schema.ts'

/** The source of an engine's tables. */
export type DataSource =
  /** The built-in retail data, with this many orders. */
  | { kind: 'retail'; orderRows: number }
  /** The Parquet, CSV and JSON files of a folder, one table per file. */
  | { kind: 'folder'; folder: string }

/** The DuckDB function that reads each kind of file. */
const READERS: Readonly<Record<string, string>> = {
  '.parquet': 'read_parquet',
  '.csv': 'read_csv',
  '.tsv': 'read_csv',
  '.json': 'read_json',
  '.ndjson': 'read_json',
  '.jsonl': 'read_json',
}

/** Thrown for an unusable data folder. */
export class DataFolderError extends Error {
  readonly code = 'E6_LOCAL_DATA_FOLDER'
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DataFolderError'
  }
}

/**
 * Returns the statements that create the tables of a source in the current schema.
 * @throws DataFolderError for a folder that cannot be read, has no such file, or has two files for one table.
 */
export async function tableStatements(source: DataSource): Promise<readonly string[]> {
  return source.kind === 'retail' ? retailStatements(source.orderRows) : folderStatements(source.folder)
}

async function folderStatements(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch((cause: unknown) => {
    throw new DataFolderError(`the data folder ${folder} can't be read`, cause)
  })
  const readable = files.filter((file) => READERS[extname(file).toLowerCase()] !== undefined).sort()
  if (readable.length === 0) {
    throw new DataFolderError(`the data folder ${folder} has no ${Object.keys(READERS).join(', ')} file`)
  }
  const tables = new Map<string, string>()
  for (const file of readable) {
    const table = parse(file).name
    const other = tables.get(table)
    if (other !== undefined) throw new DataFolderError(`${other} and ${file} would both be the table ${table}`)
    tables.set(table, file)
  }
  return [...tables].map(([table, file]) => {
    const reader = READERS[extname(file).toLowerCase()]!
    const path = duckDbLiteral(join(resolve(folder), file))
    return `CREATE VIEW ${duckDbIdentifier(table)} AS SELECT * FROM ${reader}(${path})`
  })
}

/** Creates the tables of a source in the connection's schema. */
export async function loadData(connection: DuckDBConnection, source: DataSource): Promise<void> {
  for (const statement of await tableStatements(source)) await connection.run(statement)
}
