import { duckDbIdentifier } from '../dialect/to-duckdb.ts'
import { RpcError } from '../grpc/rpc-error.ts'
import { catalogTypeName } from '../result/catalog-types.ts'
import type { EngineParts, QueryEngineHandlers } from './engine.ts'
import { answerTo } from './engine-access.ts'
import type { Session } from './sessions.ts'

type CatalogCalls = Pick<
  QueryEngineHandlers,
  | 'getCataloges'
  | 'addCatalogs'
  | 'refreshCatalogs'
  | 'getAddCatalogsResponse'
  | 'syncSchemas'
  | 'getSchemaNames'
  | 'getSchemaNamesV2'
  | 'getTables'
  | 'getTablesV2'
  | 'getColumns'
  | 'getColumnsV2'
>

interface FailedCatalog {
  name: string
  type: string
  reason: string
}

/** The calls about catalogs, schemas, tables and columns. */
export function catalogCalls(parts: EngineParts): CatalogCalls {
  const { sessions, warehouse } = parts
  /** The failures of each user's last `addCatalogs`, until they are read. */
  const lastAdded = new Map<string, FailedCatalog[]>()

  async function attach(name: string): Promise<void> {
    const { catalog, database } = warehouse
    const sql = `ATTACH ':memory:' AS ${duckDbIdentifier(name)}`
    await parts.writes.run({ sql, catalog, schema: database, params: [] }, () => warehouse.run(sql))
  }

  async function schemas(session: Session, catalog: string) {
    const names = await warehouse.schemaNames(catalog || warehouse.catalog)
    if (names === undefined) throw new RpcError('invalidArgument', `Catalog Error: catalog "${catalog}" does not exist`)
    return { schemas: names, ...answerTo(parts, session) }
  }

  async function tables(session: Session, catalog: string, schema: string) {
    const names = await warehouse.tableNames(catalog || warehouse.catalog, schema || warehouse.database)
    if (names === undefined) throw new RpcError('invalidArgument', `Catalog Error: schema "${schema}" does not exist`)
    return { tables: names, ...answerTo(parts, session) }
  }

  async function columns(session: Session, catalog: string, schema: string, table: string) {
    const place = [catalog || warehouse.catalog, schema || warehouse.database, table]
    const connection = await warehouse.connect()
    try {
      const prepared = await connection.prepare(`SELECT * FROM ${place.map(duckDbIdentifier).join('.')}`)
      const fieldInfo = Array.from({ length: prepared.columnCount }, (_, index) => ({
        fieldName: prepared.columnName(index),
        fieldType: catalogTypeName(prepared.columnType(index)),
      }))
      return { fieldInfo, ...answerTo(parts, session) }
    } catch (cause) {
      throw new RpcError('invalidArgument', cause instanceof Error ? cause.message : String(cause), { cause })
    } finally {
      connection.disconnectSync()
    }
  }

  return {
    async getCataloges() {
      const names = await warehouse.catalogNames()
      return { catalogResponses: names.map((name) => ({ name, isDefault: name === warehouse.catalog })) }
    },

    /** Takes `[{ "name": "sales" }, …]` and creates an empty catalog for each name. */
    async addCatalogs({ sessionId, json }) {
      const session = sessions.require(sessionId)
      const failures: FailedCatalog[] = []
      for (const name of readCatalogNames(json)) {
        try {
          await attach(name)
        } catch (error) {
          failures.push({ name, type: 'CATALOG', reason: error instanceof Error ? error.message : String(error) })
        }
      }
      lastAdded.set(session.user, failures)
      return { sessionId: sessions.idToAnswer(session) }
    },

    async getAddCatalogsResponse({ sessionId }) {
      const session = sessions.require(sessionId)
      const failures = lastAdded.get(session.user) ?? []
      const status = failures.length === 0 ? 'SUCCESS' : 'PARTIAL_SUCCESS'
      return { status, failures, sessionId: sessions.idToAnswer(session) }
    },

    /** DuckDB reads its catalog for each statement, so that there is nothing to refresh. */
    async refreshCatalogs({ sessionId }) {
      return { sessionId: sessions.idToAnswer(sessions.require(sessionId)) }
    },

    async syncSchemas({ catalog, database }) {
      const names = await warehouse.schemaNames(catalog || warehouse.catalog)
      if (names?.includes(database || warehouse.database)) return {}
      throw new RpcError('invalidArgument', `Catalog Error: schema "${catalog}.${database}" does not exist`)
    },

    getSchemaNames: async ({ sessionId }) => schemas(sessions.require(sessionId), ''),
    getSchemaNamesV2: async ({ sessionId, catalog }) => schemas(sessions.require(sessionId), catalog),
    getTables: async ({ sessionId, schema }) => tables(sessions.require(sessionId), '', schema),
    getTablesV2: async ({ sessionId, schema, catalog }) => tables(sessions.require(sessionId), catalog, schema),
    getColumns: async ({ sessionId, schema, table }) => columns(sessions.require(sessionId), '', schema, table),
    getColumnsV2: async ({ sessionId, schema, table, catalog }) =>
      columns(sessions.require(sessionId), catalog, schema, table),
  }
}

function readCatalogNames(json: string): string[] {
  const refuse = () => new RpcError('invalidArgument', 'addCatalogs takes a JSON list of objects with a name each')
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    throw refuse()
  }
  if (!Array.isArray(parsed)) throw refuse()
  return parsed.map((entry: unknown) => {
    const name = typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : undefined
    if (typeof name !== 'string' || name === '') throw refuse()
    return name
  })
}
