import { randomUUID } from 'node:crypto'
import { queryEngine } from 'e6data-connector/wire'
import { duckDbIdentifier } from '../dialect/to-duckdb.ts'
import { RpcError } from '../grpc/rpc-error.ts'
import type { UnaryCall } from '../grpc/unary-server.ts'
import type { EngineParts, QueryEngineHandlers } from './engine.ts'
import { requireThisEngine } from './engine-access.ts'
import { Query } from './query.ts'

type DataFrameCalls = Pick<
  QueryEngineHandlers,
  | 'createDataFrame'
  | 'projectionOnDataFrame'
  | 'aggregateOnDataFrame'
  | 'filterOnDataFrame'
  | 'orderByOnDataFrame'
  | 'limitOnDataFrame'
  | 'executeDataFrame'
>

interface DataFrame {
  user: string
  place: { catalog: string; schema: string }
  /** The statement so far; each step wraps it. */
  sql: string
}

/** Data frames that are being built, by query id and number. */
export class DataFrames {
  readonly #frames = new Map<string, DataFrame>()

  create(queryId: string, number: number, frame: DataFrame): void {
    this.#frames.set(`${queryId}/${number}`, frame)
  }

  require(queryId: string, number: number): DataFrame {
    const frame = this.#frames.get(`${queryId}/${number}`)
    if (frame !== undefined) return frame
    throw new RpcError('notFound', `data frame ${number} of query ${queryId} is not known to this engine`)
  }

  delete(queryId: string, number: number): void {
    this.#frames.delete(`${queryId}/${number}`)
  }
}

interface FrameRequest {
  queryId: string
  dataframeNumber: number
  sessionId: string
}

const AGGREGATES: Readonly<Record<queryEngine.AggregateFunction, (column: string) => string>> = {
  [queryEngine.AggregateFunction.SUM]: (column) => `sum(${column})`,
  [queryEngine.AggregateFunction.COUNT]: (column) => `count(${column})`,
  [queryEngine.AggregateFunction.COUNT_STAR]: () => 'count(*)',
  [queryEngine.AggregateFunction.COUNT_DISTINCT]: (column) => `count(DISTINCT ${column})`,
}

/** Statements that are built call by call, then read like any other query. */
export function dataFrameCalls(parts: EngineParts): DataFrameCalls {
  const { sessions, queries, warehouse, batches, dataFrames } = parts

  function frameOf(request: FrameRequest, call: UnaryCall): DataFrame {
    const session = sessions.require(request.sessionId)
    requireThisEngine(parts, call)
    const frame = dataFrames.require(request.queryId, request.dataframeNumber)
    if (frame.user !== session.user)
      throw new RpcError('internal', 'Access denied: the data frame belongs to another user')
    return frame
  }

  function step(request: FrameRequest, call: UnaryCall, wrap: (sql: string) => string): Record<string, never> {
    const frame = frameOf(request, call)
    frame.sql = wrap(`(${frame.sql})`)
    return {}
  }

  return {
    async createDataFrame({ sessionId, catalog, schema, table, parquetFilePath, createFromParquet, dataframeNumber }) {
      const session = sessions.require(sessionId)
      const place = { catalog: catalog || warehouse.catalog, schema: schema || warehouse.database }
      const from = createFromParquet
        ? `read_parquet(${engineLiteral(parquetFilePath)})`
        : [place.catalog, place.schema, table].map(duckDbIdentifier).join('.')
      const queryId = randomUUID()
      dataFrames.create(queryId, dataframeNumber, { user: session.user, place, sql: `SELECT * FROM ${from}` })
      return { queryId }
    },

    projectionOnDataFrame: async (request, call) =>
      step(request, call, (sql) => `SELECT ${request.field.map(duckDbIdentifier).join(', ') || '*'} FROM ${sql}`),

    async aggregateOnDataFrame(request, call) {
      const keys = request.groupBy.map(duckDbIdentifier)
      const values = Object.entries(request.aggregateFunctionMap).map(([column, aggregate]) => {
        const name = `${queryEngine.AggregateFunction[aggregate].toLowerCase()}_${column}`
        return `${AGGREGATES[aggregate](duckDbIdentifier(column))} AS ${duckDbIdentifier(name)}`
      })
      const groupBy = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`
      return step(request, call, (sql) => `SELECT ${[...keys, ...values].join(', ')} FROM ${sql}${groupBy}`)
    },

    filterOnDataFrame: async (request, call) =>
      step(request, call, (sql) => `SELECT * FROM ${sql} WHERE ${request.whereClause}`),

    async orderByOnDataFrame(request, call) {
      const order = Object.entries(request.orderByFieldMap)
        .map(([column, direction]) => `${duckDbIdentifier(column)} ${queryEngine.SortDirection[direction]}`)
        .join(', ')
      return step(request, call, (sql) => `SELECT * FROM ${sql} ORDER BY ${order}`)
    },

    limitOnDataFrame: async (request, call) =>
      step(request, call, (sql) => `SELECT * FROM ${sql} LIMIT ${request.fetchLimit}`),

    async executeDataFrame(request, call) {
      const { sql, place, user } = frameOf(request, call)
      const owner = { sessionId: request.sessionId, user, queryId: request.queryId }
      const query = await Query.prepare(owner, sql, place, warehouse, batches)
      queries.add(query)
      dataFrames.delete(request.queryId, request.dataframeNumber)
      await query.execute(() => undefined)
      return {}
    },
  }
}

/** A string as a literal of the engine's dialect. */
function engineLiteral(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
