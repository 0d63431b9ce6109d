import {
  bool,
  bytes,
  explicit,
  int32,
  int64,
  map,
  message,
  messages,
  optional,
  repeated,
  sint32,
  sint64,
  string,
} from './field.ts'
import { messageOf } from './message-codec.ts'
import { serviceOf } from './unary-method.ts'

/** The messages and calls of `proto/query_engine.proto`, field by field. */

const EXISTING_QUERY = messageOf({ queryId: string(1), elapsedTimeMillis: int64(2) })
const PARAMETER = messageOf({ index: sint32(1), type: string(2), value: string(3) })
const COLUMN = messageOf({ fieldName: string(1), fieldType: string(2) })
const CATALOG = messageOf({ name: string(1), isDefault: bool(2) })
const FAILED_SCHEMA = messageOf({ name: string(1), type: string(2), reason: string(3) })
const STATEMENT_TO_PLAN = messageOf({ schema: string(1), catalog: string(2), queryString: string(3) })
/** A map entry whose value is an enum number. */
const ENUM_BY_NAME = messageOf({ key: explicit(string(1)), value: explicit(int32(2)) })

const NOTHING = messageOf({})
const ABOUT_QUERY = messageOf({ engineIP: string(1), sessionId: string(2), queryId: string(3) })
const SESSION = messageOf({ sessionId: string(1) })
const SESSION_AND_NEWS = messageOf({ sessionId: string(1), newStrategy: optional(string(2)) })
const PREPARE_STATEMENT_RESPONSE = messageOf({
  engineIP: string(1),
  queryId: string(2),
  sessionId: string(3),
  newStrategy: optional(string(4)),
})
const GET_SCHEMA_NAMES_RESPONSE = messageOf({
  schemas: repeated(string(1)),
  sessionId: string(2),
  newStrategy: optional(string(3)),
})
const GET_TABLES_RESPONSE = messageOf({
  tables: repeated(string(1)),
  sessionId: string(2),
  newStrategy: optional(string(3)),
})
const GET_COLUMNS_RESPONSE = messageOf({
  fieldInfo: messages(1, COLUMN),
  sessionId: string(2),
  newStrategy: optional(string(3)),
})
const DRY_RUN_RESPONSE = messageOf({ dryrunValue: string(1) })

/** The protocol's calls, for `Connection.call`. */
export const engineMethods = serviceOf('QueryEngineService', {
  authenticate: [
    messageOf({
      user: string(1),
      password: string(2),
      userNameForImpersonation: optional(string(3)),
      customIdentityClaim: optional(string(4)),
    }),
    messageOf({ sessionId: string(1), newStrategy: optional(string(2)), engineIP: optional(string(3)) }),
  ],
  identifyPlanner: [
    messageOf({
      sessionId: string(1),
      firstTimeRequestPayload: message(2, STATEMENT_TO_PLAN),
      existingQuery: message(3, EXISTING_QUERY),
    }),
    messageOf({
      existingQuery: message(1, EXISTING_QUERY),
      plannerIp: optional(string(2)),
      queueMessage: int32(3),
      sessionId: string(4),
    }),
  ],
  prepareStatement: [
    messageOf({
      sessionId: string(1),
      schema: string(2),
      queryString: string(3),
      quoting: string(4),
      plannerIp: optional(string(5)),
      existingQuery: message(6, EXISTING_QUERY),
    }),
    PREPARE_STATEMENT_RESPONSE,
  ],
  prepareStatementV2: [
    messageOf({
      sessionId: string(1),
      schema: string(2),
      catalog: string(3),
      queryString: string(4),
      quoting: string(5),
      plannerIp: optional(string(6)),
      existingQuery: message(7, EXISTING_QUERY),
    }),
    PREPARE_STATEMENT_RESPONSE,
  ],
  executeStatement: [
    messageOf({ engineIP: string(1), sessionId: string(2), queryId: string(3), shouldNotCache: bool(4) }),
    SESSION_AND_NEWS,
  ],
  executeStatementV2: [
    messageOf({
      engineIP: string(1),
      sessionId: string(2),
      queryId: string(3),
      shouldNotCache: bool(4),
      params: messages(5, PARAMETER),
    }),
    SESSION_AND_NEWS,
  ],
  getResultMetadata: [
    ABOUT_QUERY,
    messageOf({ resultMetaData: bytes(1), sessionId: string(2), newStrategy: optional(string(3)) }),
  ],
  getDynamicParams: [ABOUT_QUERY, messageOf({ params: messages(1, PARAMETER), sessionId: string(2) })],
  getNextResultBatch: [
    ABOUT_QUERY,
    messageOf({ resultBatch: bytes(2), sessionId: string(3), newStrategy: optional(string(4)) }),
  ],
  getNextResultBatchV2: [
    ABOUT_QUERY,
    messageOf({
      resultBatches: repeated(bytes(1)),
      sessionId: string(2),
      newStrategy: optional(string(3)),
      endOfStream: bool(4),
    }),
  ],
  explainAnalyze: [
    ABOUT_QUERY,
    messageOf({
      explainAnalyze: string(1),
      isCached: bool(2),
      parsingTime: sint64(3),
      queueingTime: sint64(4),
      sessionId: string(5),
      newStrategy: optional(string(6)),
    }),
  ],
  clear: [ABOUT_QUERY, SESSION_AND_NEWS],
  cancelQuery: [ABOUT_QUERY, SESSION_AND_NEWS],
  clearOrCancelQuery: [
    messageOf({ engineIP: string(1), sessionId: string(2), queryId: string(3), isDone: optional(bool(4)) }),
    SESSION_AND_NEWS,
  ],
  syncSchemas: [
    messageOf({ catalog: string(1), database: string(2), queryId: string(3), isReplace: bool(4) }),
    NOTHING,
  ],
  healthCheck: [NOTHING, NOTHING],
  analyzeQuery: [messageOf({ query: string(1), catalog: string(2), schema: string(3) }), NOTHING],
  explain: [ABOUT_QUERY, messageOf({ explain: string(1), sessionId: string(2), newStrategy: optional(string(3)) })],
  status: [
    ABOUT_QUERY,
    messageOf({ status: bool(2), rowCount: sint64(3), sessionId: string(4), newStrategy: optional(string(5)) }),
  ],
  addCatalogs: [messageOf({ sessionId: string(1), json: string(2) }), SESSION],
  refreshCatalogs: [SESSION, SESSION],
  getAddCatalogsResponse: [
    SESSION,
    messageOf({ status: string(1), failures: messages(2, FAILED_SCHEMA), sessionId: string(3) }),
  ],
  getCataloges: [NOTHING, messageOf({ catalogResponses: messages(1, CATALOG) })],
  getSchemaNames: [SESSION, GET_SCHEMA_NAMES_RESPONSE],
  getSchemaNamesV2: [messageOf({ sessionId: string(1), catalog: string(2) }), GET_SCHEMA_NAMES_RESPONSE],
  getTables: [messageOf({ sessionId: string(1), schema: string(2) }), GET_TABLES_RESPONSE],
  getTablesV2: [messageOf({ sessionId: string(1), schema: string(2), catalog: string(3) }), GET_TABLES_RESPONSE],
  getColumns: [messageOf({ sessionId: string(1), schema: string(2), table: string(3) }), GET_COLUMNS_RESPONSE],
  getColumnsV2: [
    messageOf({ sessionId: string(1), schema: string(2), table: string(3), catalog: string(4) }),
    GET_COLUMNS_RESPONSE,
  ],
  updateUsers: [messageOf({ users: bytes(1) }), NOTHING],
  setProps: [messageOf({ sessionId: string(1), props: string(2) }), NOTHING],
  dryRun: [
    messageOf({ engineIP: string(1), sessionId: string(2), schema: string(3), queryString: string(4) }),
    DRY_RUN_RESPONSE,
  ],
  dryRunV2: [
    messageOf({
      engineIP: string(1),
      sessionId: string(2),
      schema: string(3),
      queryString: string(4),
      catalog: string(5),
    }),
    DRY_RUN_RESPONSE,
  ],
  getNextRemoteCachedChunk: [
    messageOf({ originalQueryId: string(1), remoteQueryId: string(2), sQueryHash: string(3) }),
    messageOf({ error: string(1), chunk: bytes(2) }),
  ],
  createDataFrame: [
    messageOf({
      parquetFilePath: string(1),
      catalog: string(2),
      schema: string(3),
      table: string(4),
      sessionId: string(5),
      engineIP: string(6),
      dataframeNumber: int32(7),
      createFromParquet: bool(8),
    }),
    messageOf({ queryId: string(1) }),
  ],
  projectionOnDataFrame: [
    messageOf({
      queryId: string(1),
      dataframeNumber: int32(2),
      sessionId: string(3),
      engineIP: string(4),
      field: repeated(string(5)),
    }),
    NOTHING,
  ],
  aggregateOnDataFrame: [
    messageOf({
      queryId: string(1),
      dataframeNumber: int32(2),
      sessionId: string(3),
      engineIP: string(4),
      aggregateFunctionMap: map(5, ENUM_BY_NAME),
      groupBy: repeated(string(6)),
    }),
    NOTHING,
  ],
  filterOnDataFrame: [
    messageOf({
      queryId: string(1),
      dataframeNumber: int32(2),
      sessionId: string(3),
      engineIP: string(4),
      whereClause: string(5),
    }),
    NOTHING,
  ],
  orderByOnDataFrame: [
    messageOf({
      queryId: string(1),
      dataframeNumber: int32(2),
      sessionId: string(3),
      engineIP: string(4),
      orderByFieldMap: map(5, ENUM_BY_NAME),
    }),
    NOTHING,
  ],
  limitOnDataFrame: [
    messageOf({
      queryId: string(1),
      dataframeNumber: int32(2),
      sessionId: string(3),
      engineIP: string(4),
      fetchLimit: int32(5),
    }),
    NOTHING,
  ],
  executeDataFrame: [
    messageOf({ queryId: string(1), dataframeNumber: int32(2), sessionId: string(3), engineIP: string(4) }),
    NOTHING,
  ],
  dropUserContext: [messageOf({ sessionId: string(1), engineIP: string(2) }), NOTHING],
})

/** The states of the planner queue. */
export const QUEUE_MESSAGE = { goAhead: 0, waitingOnPlannerScaleUp: 1, rateLimit: 2 } as const
