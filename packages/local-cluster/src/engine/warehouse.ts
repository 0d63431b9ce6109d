import { availableParallelism } from 'node:os'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { type DuckDbStatement, duckDbIdentifier, duckDbLiteral } from '../dialect/to-duckdb.ts'

/** DuckDB's initial catalog, which contains only temporary tables. */
const SCRATCH_CATALOG = 'memory'

export interface WarehouseOptions {
  /** The database file, or `:memory:`. */
  path: string
  /** The folder for data that exceeds DuckDB's memory. */
  temporaryFolder: string
  /** The default catalog and schema of statements. */
  catalog: string
  database: string
  /** The IANA name of the zone of times without one. */
  timeZone: string
  /** Threads a statement may use. @default the machine's, at most 4 */
  threads?: number
  /** Files that statements may read and write. @default those of `dataFolder` */
  readFiles?: 'anywhere'
  /** The folder whose files are tables, if any. */
  dataFolder?: string
  /** Memory limit before DuckDB uses the disk, in DuckDB's notation. @default '2GB' */
  memoryLimit?: string
}

/** A DuckDB instance with the data of one engine, or of both when they share a process. */
export class Warehouse {
  private constructor(
    private readonly instance: DuckDBInstance,
    readonly catalog: string,
    readonly database: string,
    /** Nondeterministic functions, in lower case. */
    private readonly volatileFunctions: ReadonlySet<string>,
  ) {}

  static async open(options: WarehouseOptions): Promise<Warehouse> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(options.threads ?? Math.min(availableParallelism(), 4)),
      memory_limit: options.memoryLimit ?? '2GB',
      temp_directory: options.temporaryFolder,
    })
    const connection = await instance.connect()
    // Overrides the machine's zone, so that statements mean the same everywhere.
    await connection.run(`SET GLOBAL TimeZone = ${duckDbLiteral(options.timeZone)}`)
    await connection.run(`ATTACH ${duckDbLiteral(options.path)} AS ${duckDbIdentifier(options.catalog)}`)
    await connection.run(
      `CREATE SCHEMA IF NOT EXISTS ${duckDbIdentifier(options.catalog)}.${duckDbIdentifier(options.database)}`,
    )
    const rows = await connection.run(
      "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE stability = 'VOLATILE'",
    )
    const volatile = new Set((await rows.getRows()).map(([name]) => String(name)))
    if (options.readFiles !== 'anywhere') {
      // Users may run any SQL, but must not read the machine's files with it.
      const folder = options.dataFolder
      if (folder !== undefined) await connection.run(`SET allowed_directories = [${duckDbLiteral(folder)}]`)
      await connection.run('SET enable_external_access = false')
    }
    connection.disconnectSync()
    return new Warehouse(instance, options.catalog, options.database, volatile)
  }

  /** Opens a connection with the given default schema. */
  async connect(catalog: string = this.catalog, schema: string = this.database): Promise<DuckDBConnection> {
    const connection = await this.instance.connect()
    try {
      await connection.run(`USE ${duckDbIdentifier(catalog)}.${duckDbIdentifier(schema)}`)
      return connection
    } catch (error) {
      connection.disconnectSync()
      throw error
    }
  }

  /** Whether a statement is nondeterministic. */
  isVolatile({ words, calledWords }: Pick<DuckDbStatement, 'words' | 'calledWords'>): boolean {
    if (words.has('tablesample') || words.has('sample')) return true
    for (const word of calledWords) if (this.volatileFunctions.has(word)) return true
    return false
  }

  async catalogNames(): Promise<string[]> {
    return this.#column('SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY 1', []).then(
      (names) => names.filter((name) => name !== SCRATCH_CATALOG),
    )
  }

  /** @returns `undefined` when there is no such catalog. */
  async schemaNames(catalog: string): Promise<string[] | undefined> {
    if (!(await this.catalogNames()).includes(catalog)) return undefined
    return this.#column(
      `SELECT schema_name FROM duckdb_schemas() WHERE database_name = $1 AND NOT (internal AND schema_name <> 'main')
       AND (schema_name <> 'main' OR EXISTS (SELECT 1 FROM duckdb_tables() WHERE database_name = $1 AND schema_name = 'main'))
       ORDER BY 1`,
      [catalog],
    )
  }

  /** Tables and views. @returns `undefined` when there is no such schema. */
  async tableNames(catalog: string, schema: string): Promise<string[] | undefined> {
    const found = await this.#column(
      'SELECT schema_name FROM duckdb_schemas() WHERE database_name = $1 AND schema_name = $2',
      [catalog, schema],
    )
    if (found.length === 0) return undefined
    return this.#column(
      `SELECT table_name FROM duckdb_tables() WHERE database_name = $1 AND schema_name = $2
       UNION ALL SELECT view_name FROM duckdb_views() WHERE database_name = $1 AND schema_name = $2 ORDER BY 1`,
      [catalog, schema],
    )
  }

  /** Runs a statement in DuckDB's dialect. */
  async run(sql: string): Promise<void> {
    const connection = await this.connect()
    try {
      await connection.run(sql)
    } finally {
      connection.disconnectSync()
    }
  }

  async #column(sql: string, values: string[]): Promise<string[]> {
    const connection = await this.connect()
    try {
      const rows = await (await connection.run(sql, values)).getRows()
      return rows.map(([value]) => String(value))
    } finally {
      connection.disconnectSync()
    }
  }

  /** Writes everything to the database file and closes it. */
  async detach(): Promise<void> {
    const connection = await this.instance.connect()
    await connection.run(`DETACH ${duckDbIdentifier(this.catalog)}`)
    connection.disconnectSync()
    this.close()
  }

  close(): void {
    this.instance.closeSync()
  }
}
