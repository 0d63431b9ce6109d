import { readdir } from 'node:fs/promises'
import { extname, join, parse, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { duckDbIdentifier, duckDbLiteral } from '../dialect/to-duckdb.ts'
import { retailStatements } from './retail-schema.ts'

/** Where an engine's tables come from. */
export type DataSource =
  /** The built-in retail company, with this many orders. */
  | { kind: 'retail'; orderRows: number }
  /** The Parquet, CSV and JSON files of a folder, a table each. */
  | { kind: 'folder'; folder: string }

/** How the files of each kind are read. */
const READERS: Readonly<Record<string, string>> = {
  '.parquet': 'read_parquet',
  '.csv': 'read_csv',
  '.tsv': 'read_csv',
  '.json': 'read_json',
  '.ndjson': 'read_json',
  '.jsonl': 'read_json',
}

/** The folder given as data has nothing to show. */
export class DataFolderError extends Error {
  readonly code = 'E6_LOCAL_DATA_FOLDER'
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DataFolderError'
  }
}

/**
 * The statements that make the tables of a source in the current schema.
 * @throws DataFolderError for a folder that can't be read, holds no such file, or two of one name.
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
    throw new DataFolderError(`the data folder ${folder} holds no ${Object.keys(READERS).join(', ')} file`)
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

/** Makes the tables of a source in the schema the connection is in. */
export async function loadData(connection: DuckDBConnection, source: DataSource): Promise<void> {
  for (const statement of await tableStatements(source)) await connection.run(statement)
}
