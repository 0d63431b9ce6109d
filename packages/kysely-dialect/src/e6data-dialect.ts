import type { Connection, ConnectOptions, Pool } from 'e6data-connector'
import type { DatabaseIntrospector, Dialect, DialectAdapter, Driver, Kysely, QueryCompiler } from 'kysely'
import { type ConnectionSource, PooledConnections, SharedConnection } from './connection-source.ts'
import { E6dataAdapter } from './e6data-adapter.ts'
import type { E6dataQueryOptions } from './e6data-connection.ts'
import { E6dataDriver } from './e6data-driver.ts'
import { E6dataIntrospector } from './e6data-introspector.ts'
import { E6dataQueryCompiler } from './e6data-query-compiler.ts'

interface E6dataDialectQueries {
  /** Options for every query: types of values (`types`), time limits, tags. @default those of the connection */
  query?: E6dataQueryOptions
}

/** Opens a connection, as `connect()` does: with options or a URL, and the environment for missing ones. */
export interface E6dataConnectConfig extends E6dataDialectQueries {
  connect?: ConnectOptions | string
}

/** Runs on the program's connection, which runs any number of queries at once. */
export interface E6dataConnectionConfig extends E6dataDialectQueries {
  connection: Connection
}

/** Runs on a pool, each query on its own connection. */
export interface E6dataPoolConfig extends E6dataDialectQueries {
  pool: Pool
}

/** The source of connections: one of three. `db.destroy()` closes it. */
export type E6dataDialectConfig = E6dataConnectConfig | E6dataConnectionConfig | E6dataPoolConfig

/**
 * The Kysely dialect for e6data.
 *
 * ```ts
 * const db = new Kysely<Database>({ dialect: new E6dataDialect({ connect: 'e6data://…' }) })
 * ```
 */
export class E6dataDialect implements Dialect {
  readonly #source: ConnectionSource
  readonly #query: E6dataQueryOptions

  constructor(config: E6dataDialectConfig = {}) {
    this.#source = sourceOf(config)
    this.#query = config.query ?? {}
  }

  createDriver(): Driver {
    return new E6dataDriver(this.#source, this.#query)
  }

  createQueryCompiler(): QueryCompiler {
    return new E6dataQueryCompiler()
  }

  createAdapter(): DialectAdapter {
    return new E6dataAdapter()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new E6dataIntrospector(db, this.#source)
  }
}

function sourceOf(config: E6dataDialectConfig): ConnectionSource {
  if ('pool' in config) return new PooledConnections(config.pool)
  if ('connection' in config) return new SharedConnection(async () => config.connection)
  return SharedConnection.to(config.connect)
}
