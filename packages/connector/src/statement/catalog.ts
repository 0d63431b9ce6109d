import type { CallOptions } from '../time/deadline.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import type { StatementContext } from './statement-context.ts'
import type { NameScope } from './statement-options.ts'
import { stripTrailingSemicolons } from './trailing-semicolons.ts'

const method = engineMethods

export interface CatalogInfo {
  name: string
  isDefault: boolean
}

export interface ColumnInfo {
  name: string
  /** The catalog's name for the type, which differs from result metadata: `long`, `decimal(7,2)`, `array<int>`. */
  type: string
}

/** Lists the engine's catalogs, schemas, tables and columns. The scope defaults to the connection's. */
export class Catalog {
  readonly #context: StatementContext

  constructor(context: StatementContext) {
    this.#context = context
  }

  async catalogs(limits: CallOptions = {}): Promise<CatalogInfo[]> {
    const answer = await this.#ask(method.getCataloges, () => ({}), limits)
    return answer.catalogResponses.map(({ name, isDefault }) => ({ name, isDefault }))
  }

  async schemaNames(scope: NameScope & CallOptions = {}): Promise<string[]> {
    const { catalog } = this.#scope(scope)
    const { schemas } =
      catalog === undefined
        ? await this.#ask(method.getSchemaNames, (sessionId) => ({ sessionId }), scope)
        : await this.#ask(method.getSchemaNamesV2, (sessionId) => ({ sessionId, catalog }), scope)
    return schemas
  }

  async tables(scope: NameScope & CallOptions = {}): Promise<string[]> {
    const { catalog, schema } = this.#scope(scope)
    const { tables } =
      catalog === undefined
        ? await this.#ask(method.getTables, (sessionId) => ({ sessionId, schema }), scope)
        : await this.#ask(method.getTablesV2, (sessionId) => ({ sessionId, schema, catalog }), scope)
    return tables
  }

  async columns({ table, ...scope }: { table: string } & NameScope & CallOptions): Promise<ColumnInfo[]> {
    const { catalog, schema } = this.#scope(scope)
    const { fieldInfo } =
      catalog === undefined
        ? await this.#ask(method.getColumns, (sessionId) => ({ sessionId, schema, table }), scope)
        : await this.#ask(method.getColumnsV2, (sessionId) => ({ sessionId, schema, table, catalog }), scope)
    return fieldInfo.map(({ fieldName, fieldType }) => ({ name: fieldName, type: fieldType }))
  }

  /** Validates a statement without running it; returns the engine's message. */
  async dryRun(sql: string, scope: NameScope & CallOptions = {}): Promise<string> {
    const { catalog, schema } = this.#scope(scope)
    const queryString = stripTrailingSemicolons(sql)
    const { dryrunValue } =
      catalog === undefined
        ? await this.#ask(method.dryRun, (sessionId) => ({ sessionId, schema, queryString }), scope)
        : await this.#ask(method.dryRunV2, (sessionId) => ({ sessionId, schema, queryString, catalog }), scope)
    return dryrunValue
  }

  #scope({ catalog, database }: NameScope): { catalog: string | undefined; schema: string } {
    const { defaults } = this.#context
    return { catalog: catalog ?? defaults.catalog, schema: database ?? defaults.database ?? '' }
  }

  async #ask<Request extends object, Response extends object>(
    callMethod: UnaryMethod<Request, Response>,
    request: (sessionId: string) => Request,
    limits: NameScope & CallOptions,
  ): Promise<Response> {
    const { recovery, instruments, defaults } = this.#context
    const deadline = this.#context.deadline(limits, callMethod.name).within(defaults.callTimeoutMs, callMethod.name)
    const { catalog, schema: database } = this.#scope(limits)
    const watch = instruments.watch({ kind: 'catalog', name: callMethod.name, catalog, database })
    const call = { method: callMethod, request, kind: 'new-work' as const, deadline, watch }
    try {
      const { message } = await watch.within(() => recovery.callActive(call))
      watch.end('finished')
      return message
    } catch (error) {
      watch.failed(error)
      watch.end('failed')
      throw error
    }
  }
}
