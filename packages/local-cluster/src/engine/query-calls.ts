import { create, toBinary } from '@bufbuild/protobuf'
import { queryEngine } from 'e6data-connector/wire'
import { RpcError } from '../grpc/rpc-error.ts'
import { EncodedReply } from '../grpc/service-handlers.ts'
import type { UnaryCall } from '../grpc/unary-server.ts'
import type { EngineParts, QueryEngineHandlers } from './engine.ts'
import { answerTo, requireQuery, requireThisEngine } from './engine-access.ts'
import { bindParameters, describeParameters } from './parameters.ts'
import { Query } from './query.ts'
import type { Session } from './sessions.ts'
import type { WriteParameter } from './write-order.ts'

type QueryCalls = Pick<
  QueryEngineHandlers,
  | 'prepareStatement'
  | 'prepareStatementV2'
  | 'executeStatement'
  | 'executeStatementV2'
  | 'getResultMetadata'
  | 'getNextResultBatch'
  | 'getNextResultBatchV2'
  | 'getDynamicParams'
  | 'explain'
  | 'explainAnalyze'
  | 'status'
  | 'clear'
  | 'cancelQuery'
  | 'clearOrCancelQuery'
  | 'dryRun'
  | 'dryRunV2'
  | 'analyzeQuery'
  | 'getNextRemoteCachedChunk'
>

/** Maximum number of batches in an answer of `getNextResultBatchV2`. */
const MOST_BATCHES_AT_ONCE = 4

interface QueryRequest {
  sessionId: string
  queryId: string
}

/** The calls of a statement: prepare, execute, read, and end. */
export function queryCalls(parts: EngineParts): QueryCalls {
  const { sessions, queries, warehouse, batches, engineIp } = parts

  async function prepare(session: Session, sql: string, catalog: string | undefined, schema: string) {
    const owner = { sessionId: session.id, user: session.user }
    const query = await Query.prepare(owner, sql, { catalog, schema }, warehouse, batches)
    queries.add(query)
    return { engineIP: engineIp, queryId: query.id, ...answerTo(parts, session) }
  }

  async function execute(request: QueryRequest, call: UnaryCall, params: readonly WriteParameter[]) {
    const { session, query } = requireQuery(parts, request, call)
    const bind = await bindParameters(warehouse, params)
    const work = () => query.execute(bind)
    await (query.writes ? parts.writes.run({ ...query.place, sql: query.sql, params }, work) : work())
    return answerTo(parts, session)
  }

  async function end(request: QueryRequest, call: UnaryCall, how: 'cancelled' | 'cleared') {
    const session = sessions.require(request.sessionId)
    // The Python connector clears even after a failed prepare, without a query id and an engine.
    if (request.queryId === '') return answerTo(parts, session)
    requireThisEngine(parts, call)
    // Ending an ended query succeeds.
    if (!queries.wasEnded(request.queryId)) {
      requireQuery(parts, request, call)
      await queries.end(request.queryId, how)
    }
    return answerTo(parts, session)
  }

  async function dryRun(session: Session, sql: string, catalog: string | undefined, schema: string) {
    const owner = { sessionId: session.id, user: session.user }
    const query = await Query.prepare(owner, sql, { catalog, schema }, warehouse, batches)
    try {
      return { dryrunValue: await query.explain('text') }
    } finally {
      await query.end('cleared')
    }
  }

  return {
    prepareStatement: async ({ sessionId, schema, queryString }) =>
      prepare(sessions.require(sessionId), queryString, undefined, schema),

    prepareStatementV2: async ({ sessionId, schema, catalog, queryString }) =>
      prepare(sessions.require(sessionId), queryString, catalog, schema),

    executeStatement: async (request, call) => execute(request, call, []),

    executeStatementV2: async (request, call) => execute(request, call, request.params),

    async getResultMetadata(request, call) {
      const { session, query } = requireQuery(parts, request, call)
      return { resultMetaData: query.metadata(), ...answerTo(parts, session) }
    },

    async getNextResultBatch(request, call) {
      const { session, query } = requireQuery(parts, request, call)
      return encodeBatch(await query.nextBatch(), answerTo(parts, session))
    },

    /** Several batches in one answer, with an explicit end: an option of the Python connector, off by default. */
    async getNextResultBatchV2(request, call) {
      const { session, query } = requireQuery(parts, request, call)
      const fetched: Uint8Array[] = []
      let endOfStream = false
      while (!endOfStream && fetched.length < MOST_BATCHES_AT_ONCE) {
        const batch = await query.nextBatch()
        if (batch.byteLength > 0) fetched.push(batch)
        else endOfStream = true
      }
      return encodeBatches(fetched, { endOfStream, ...answerTo(parts, session) })
    },

    async getDynamicParams(request, call) {
      const { session, query } = requireQuery(parts, request, call)
      return { params: describeParameters(query.prepared), sessionId: sessions.idToAnswer(session) }
    },

    async explain(request, call) {
      const { session, query } = requireQuery(parts, request, call)
      return { explain: await query.explain('text'), ...answerTo(parts, session) }
    },

    async explainAnalyze(request, call) {
      const { session, query } = requireQuery(parts, request, call)
      if (query.rowCount === undefined) {
        throw new RpcError('failedPrecondition', `query ${query.id} has not been executed`)
      }
      const { parsing, queueing, execution } = query.times
      const report = {
        total_query_time: parsing + queueing + execution,
        executionQueueingTime: queueing,
        parsingTime: parsing,
        row_count: Number(query.rowCount),
        plan: JSON.parse(await query.explain('json')) as unknown,
      }
      return {
        explainAnalyze: JSON.stringify(report),
        isCached: false,
        parsingTime: BigInt(Math.round(parsing)),
        queueingTime: BigInt(Math.round(queueing)),
        ...answerTo(parts, session),
      }
    },

    async status(request, call) {
      const { session, query } = requireQuery(parts, request, call)
      const done = query.state === 'running' || query.state === 'finished'
      return { status: done, rowCount: query.rowCount ?? 0n, ...answerTo(parts, session) }
    },

    clear: async (request, call) => end(request, call, 'cleared'),
    cancelQuery: async (request, call) => end(request, call, 'cancelled'),
    clearOrCancelQuery: async (request, call) => end(request, call, 'cleared'),

    dryRun: async ({ sessionId, schema, queryString }) =>
      dryRun(sessions.require(sessionId), queryString, undefined, schema),

    dryRunV2: async ({ sessionId, schema, queryString, catalog }) =>
      dryRun(sessions.require(sessionId), queryString, catalog, schema),

    async analyzeQuery({ query: sql, catalog, schema }) {
      const query = await Query.prepare({ sessionId: '', user: '' }, sql, { catalog, schema }, warehouse, batches)
      await query.end('cleared')
      return {}
    },

    async getNextRemoteCachedChunk() {
      throw new RpcError('unimplemented', 'this engine keeps no remote cache of results')
    },
  }
}

/** The tags of the batch fields: number and wire type. */
const FIELD_TAG = { resultBatch: (2 << 3) | 2, resultBatches: (1 << 3) | 2 } as const

/** Encodes the answer around the batch, without copying the batch. */
function encodeBatch(batch: Uint8Array, rest: { sessionId: string; newStrategy?: string }): EncodedReply {
  const schema = queryEngine.GetNextResultBatchResponseSchema
  const head = batch.byteLength === 0 ? [] : [bytesFieldHead(FIELD_TAG.resultBatch, batch.byteLength), batch]
  return new EncodedReply([...head, toBinary(schema, create(schema, rest))])
}

/** Encodes an answer with any number of batches in the same way. */
function encodeBatches(
  batches: readonly Uint8Array[],
  rest: { endOfStream: boolean; sessionId: string; newStrategy?: string },
): EncodedReply {
  const schema = queryEngine.GetNextResultBatchV2ResponseSchema
  const heads = batches.flatMap((batch) => [bytesFieldHead(FIELD_TAG.resultBatches, batch.byteLength), batch])
  return new EncodedReply([...heads, toBinary(schema, create(schema, rest))])
}

function bytesFieldHead(tag: number, byteLength: number): Uint8Array {
  const head = [tag]
  let rest = byteLength
  while (rest > 0x7f) {
    head.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  head.push(rest)
  return Uint8Array.from(head)
}
