import type { Connection, NameScope } from 'e6data-connector'

/** How long names are believed, in milliseconds: others make tables too. */
const BELIEVED_MS = 60_000

/** How long somebody who pressed Tab waits, in milliseconds. */
const PATIENCE_MS = 2000

interface Known {
  readonly names: Promise<readonly string[]>
  readonly at: number
}

type CatalogReader = Pick<Connection, 'getCatalogs' | 'getSchemaNames' | 'getTables' | 'getColumns'>

/** Names of catalogs, schemas, tables and columns, read when they are first needed. What can't be read is not there. */
export class KnownNames {
  readonly #known = new Map<string, Known>()

  constructor(private connection: CatalogReader) {}

  catalogs(): Promise<readonly string[]> {
    return this.#names(['catalogs'], async (limits) =>
      (await this.connection.getCatalogs(limits)).map(({ name }) => name),
    )
  }

  schemas(scope: Pick<NameScope, 'catalog'>): Promise<readonly string[]> {
    return this.#names(['schemas', scope.catalog], (limits) => this.connection.getSchemaNames({ ...scope, ...limits }))
  }

  tables(scope: NameScope): Promise<readonly string[]> {
    return this.#names(['tables', scope.catalog, scope.database], (limits) =>
      this.connection.getTables({ ...scope, ...limits }),
    )
  }

  columns(scope: NameScope & { table: string }): Promise<readonly string[]> {
    return this.#names(['columns', scope.catalog, scope.database, scope.table], async (limits) =>
      (await this.connection.getColumns({ ...scope, ...limits })).map(({ name }) => name),
    )
  }

  /** Reads from another cluster from now on. */
  readFrom(connection: CatalogReader): void {
    this.connection = connection
    this.forget()
  }

  /** What was read is read anew when it is needed again. */
  forget(): void {
    this.#known.clear()
  }

  #names(
    key: readonly (string | undefined)[],
    read: (limits: { signal: AbortSignal }) => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const id = JSON.stringify(key)
    const known = this.#known.get(id)
    if (known && performance.now() - known.at < BELIEVED_MS) return known.names
    const names = read({ signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => {
      this.#known.delete(id)
      return []
    })
    this.#known.set(id, { names, at: performance.now() })
    return names
  }
}
