import type { Connection, NameScope } from 'e6data-connector'

/** Maximum age of cached names, in milliseconds. */
const BELIEVED_MS = 60_000

/** Time limit of a completion, in milliseconds. */
const PATIENCE_MS = 2000

interface Known {
  readonly names: Promise<readonly string[]>
  readonly at: number
}

type CatalogReader = Pick<Connection, 'getCatalogs' | 'getSchemaNames' | 'getTables' | 'getColumns'>

/** A cache of the names of catalogs, schemas, tables and columns. Names that cannot be read are left out. */
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

  /** Drops all cached names. */
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
