import type { Connection } from 'e6data-connector'
import type { DatabaseIntrospector, Kysely, SchemaMetadata, TableMetadata } from 'kysely'
import type { ConnectionSource } from './connection-source.ts'

/** Number of tables that are read at once. */
const TABLES_AT_ONCE = 8

/**
 * Reads schemas, tables and columns of the connection's catalog from the engine.
 *
 * The engine reports names and types. Other metadata are the same for all its tables: every column is nullable and none
 * has a default. The engine does not distinguish views from tables, so no table is reported as a view.
 */
export class E6dataIntrospector implements DatabaseIntrospector {
  readonly #db: Kysely<unknown>
  readonly #source: ConnectionSource

  constructor(db: Kysely<unknown>, source: ConnectionSource) {
    this.#db = db
    this.#source = source
  }

  async getSchemas(): Promise<SchemaMetadata[]> {
    return this.#read(async (connection) => (await connection.getSchemaNames()).map((name) => ({ name })))
  }

  async getTables(): Promise<TableMetadata[]> {
    return this.#read(async (connection) => {
      const names: { schema: string; table: string }[] = []
      for (const schema of await connection.getSchemaNames()) {
        for (const table of await connection.getTables({ database: schema })) names.push({ schema, table })
      }
      const tables: TableMetadata[] = []
      while (tables.length < names.length) {
        const some = names.slice(tables.length, tables.length + TABLES_AT_ONCE)
        tables.push(...(await Promise.all(some.map(({ schema, table }) => describe(connection, schema, table)))))
      }
      return tables
    })
  }

  async #read<Result>(read: (connection: Connection) => Promise<Result>): Promise<Result> {
    // Kysely destroys only a driver that it has used. Without this, `db.destroy()` would leave the connection open.
    await this.#db.connection().execute(() => Promise.resolve())
    const borrowed = await this.#source.borrow({})
    try {
      return await read(borrowed.connection)
    } catch (error) {
      borrowed.failed(error)
      throw error
    } finally {
      borrowed.release()
    }
  }
}

async function describe(connection: Connection, schema: string, name: string): Promise<TableMetadata> {
  const columns = await connection.getColumns({ database: schema, table: name })
  return {
    name,
    schema,
    isView: false,
    isForeign: false,
    columns: columns.map((column) => ({
      name: column.name,
      dataType: column.type,
      isAutoIncrementing: false,
      isNullable: true,
      hasDefaultValue: false,
    })),
  }
}
