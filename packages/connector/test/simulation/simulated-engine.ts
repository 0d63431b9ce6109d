import { create, type DescMessage, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf'
import { IdentifyPlannerResponse_QueueMessage, type QueryEngineService } from '../../src/gen/query_engine_pb.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import type { Exchange, Reply } from './exchange.ts'
import { batchBounds, encodeRows, MetadataCache } from './result-rows.ts'
import type { OperationDecision } from './schedule.ts'
import { badStatement, queryCancelled, queryUnknown, WORDINGS, type Wording, wrongEngine } from './wordings.ts'

type Methods = typeof QueryEngineService.method

/** What an engine answers, and after how long. */
interface Answer<Message extends DescMessage> {
  readonly answer: MessageInitShape<Message>
  readonly rows?: number
  readonly afterMs?: number
}

type Handlers = {
  readonly [Name in keyof Methods]?: (
    request: MessageShape<Methods[Name]['input']>,
    call: Exchange,
  ) => Answer<Methods[Name]['output']> | Wording
}

type Handle = (request: MessageShape<DescMessage>, call: Exchange) => Answer<DescMessage> | Wording

/** A query from prepare to clear, as its engine holds it. */
export interface EngineQuery {
  readonly id: string
  readonly operation: OperationDecision
  readonly writes: boolean
  readonly preparedBy: Exchange
  executedBy: Exchange | undefined
  nextBatch: number
  lastFetch: Exchange | undefined
  /** The call that ended it. */
  endedBy: Exchange | undefined
}

/** What an engine is part of. */
export interface EngineEnvironment {
  /** What the part of a statement stands for. */
  operation(id: number): OperationDecision | undefined
  /** A statement that writes is carried out. */
  wrote(operation: number): void
  announced(strategy: Strategy): Strategy | undefined
  /** A session was opened, or renewed, by a call. */
  sessionOpened(id: string, engine: SimulatedEngine, call: Exchange): void
  /** A query, or a place in the planner queue, was given an id. */
  idGiven(id: string, engine: SimulatedEngine, call: Exchange): void
  repeated(query: EngineQuery, call: Exchange): void
  calledAfterEnd(query: EngineQuery, call: Exchange): void
}

/** What the connector runs to prove that a deployment takes work (rule 18). */
export const PROBE_STATEMENT = 'SELECT 1'

/** The number of the operation that probe statements are. */
export const PROBE_ID = -1

const PROBE: OperationDecision = {
  ...{ kind: 'operation', at: 0, id: PROBE_ID, process: 0, connection: 0, form: 'query' },
  ...{ rows: 1, batches: 1, executeMs: 0, pauseMs: 0 },
}

/** The fields that most answers carry next to their payload. */
interface Extras {
  readonly sessionId: string
  readonly newStrategy?: string
}

interface QueryRequest {
  readonly sessionId: string
  readonly queryId: string
  readonly engineIP: string
}

/** One deployment's engine. It knows the sessions and queries that were opened on it, and no others. */
export class SimulatedEngine {
  readonly ip: string
  readonly sessions = new Set<string>()
  readonly queries = new Map<string, EngineQuery>()
  readonly #environment: EngineEnvironment
  readonly #handlers: Handlers
  readonly #metadata = new MetadataCache()
  /** How often, since it was started, a deployment gave clients a reason to ask it for a session. */
  occasions = 1
  #issued = 0
  #held = 0

  constructor(
    readonly strategy: Strategy,
    name: string,
    environment: EngineEnvironment,
  ) {
    this.ip = name
    this.#environment = environment
    this.#handlers = this.#makeHandlers()
  }

  /** How many queries it holds that have not ended. */
  get held(): number {
    return this.#held
  }

  handle(call: Exchange): { reply: Reply; afterMs: number } {
    const handle = this.#handlers[call.method.localName as keyof Methods] as Handle | undefined
    if (!handle) throw new Error(`the simulated engine does not know ${call.method.name}`)
    const outcome = handle(call.request, call)
    if ('end' in outcome) return { reply: { kind: 'status', status: outcome }, afterMs: 0 }
    const { answer, rows = 0, afterMs = 0 } = outcome
    call.announced = 'newStrategy' in answer ? (answer.newStrategy as Strategy | undefined) : undefined
    const bytes = toBinary(call.method.output, create(call.method.output, answer))
    return { reply: { kind: 'message', bytes, rows }, afterMs }
  }

  /** Gives a session another id; the old one is understood as well. */
  renewSession(call: Exchange): string {
    return this.#openSession(call)
  }

  #openSession(call: Exchange): string {
    this.#issued += 1
    const id = `session-${this.ip}-${this.#issued}`
    this.sessions.add(id)
    this.#environment.sessionOpened(id, this, call)
    return id
  }

  #extras(sessionId: string): Extras {
    const newStrategy = this.#environment.announced(this.strategy)
    return newStrategy === undefined ? { sessionId } : { sessionId, newStrategy }
  }

  #makeHandlers(): Handlers {
    const prepare = ({ sessionId, queryString }: { sessionId: string; queryString: string }, call: Exchange) =>
      this.#prepare(sessionId, queryString, call)
    const execute = (request: QueryRequest, call: Exchange) => this.#execute(request, call)
    const end = (request: QueryRequest, call: Exchange) => this.#end(request, call)
    const extras = (request: { sessionId: string }) => this.#extras(request.sessionId)
    const tables = (request: { sessionId: string; schema: string }) =>
      this.#withSession(request.sessionId, () => ({ answer: { tables: [request.schema], ...extras(request) } }))
    const dryRun = ({ sessionId, queryString }: { sessionId: string; queryString: string }) =>
      this.#withSession(sessionId, () => ({ answer: { dryrunValue: queryString } }))
    return {
      authenticate: (_, call) => ({ answer: { ...this.#extras(this.#openSession(call)), engineIP: this.ip } }),
      identifyPlanner: ({ sessionId, existingQuery }, call) =>
        this.#withSession(sessionId, () => ({ answer: this.#queue(sessionId, existingQuery?.queryId, call) })),
      prepareStatement: prepare,
      prepareStatementV2: prepare,
      executeStatement: execute,
      executeStatementV2: execute,
      getResultMetadata: (request, call) =>
        this.#withQuery(request, call, ({ operation, writes }) => ({
          answer: { resultMetaData: this.#metadata.of(writes ? 1 : operation.rows), ...extras(request) },
        })),
      getNextResultBatch: (request, call) =>
        this.#withQuery(request, call, (query) => this.#fetch(query, request, call)),
      status: (request, call) =>
        this.#withQuery(request, call, ({ operation, executedBy }) => ({
          answer: { status: executedBy !== undefined, rowCount: BigInt(operation.rows), ...extras(request) },
        })),
      explain: (request, call) =>
        this.#withQuery(request, call, ({ id }) => ({ answer: { explain: `plan of ${id}`, ...extras(request) } })),
      clear: end,
      cancelQuery: end,
      clearOrCancelQuery: end,
      ...{ getTables: tables, getTablesV2: tables, dryRun, dryRunV2: dryRun },
    }
  }

  #withSession<Given>(sessionId: string, work: () => Given | Wording): Given | Wording {
    return this.sessions.has(sessionId) ? work() : WORDINGS.accessDenied
  }

  #withQuery<Given>(
    { sessionId, queryId }: QueryRequest,
    call: Exchange,
    work: (query: EngineQuery) => Given | Wording,
  ): Given | Wording {
    return this.#withSession(sessionId, () => {
      const named = call.headers.get('plannerip') ?? '(none)'
      if (named !== this.ip) return wrongEngine(named)
      const query = this.queries.get(queryId)
      if (!query) return queryUnknown(queryId)
      if (query.endedBy) {
        this.#environment.calledAfterEnd(query, call)
        return queryCancelled(queryId)
      }
      return work(query)
    })
  }

  /** Each statement waits once, and then goes ahead. */
  #queue(sessionId: string, knownId: string | undefined, call: Exchange) {
    const { GO_AHEAD, WAITING_ON_PLANNER_SCALEUP } = IdentifyPlannerResponse_QueueMessage
    this.#issued += 1
    const queryId = knownId || `place-${this.ip}-${this.#issued}`
    this.#environment.idGiven(queryId, this, call)
    const queueMessage = knownId ? GO_AHEAD : WAITING_ON_PLANNER_SCALEUP
    return { sessionId, existingQuery: { queryId, elapsedTimeMillis: 10n }, plannerIp: this.ip, queueMessage }
  }

  #prepare(sessionId: string, sql: string, call: Exchange): Answer<Methods['prepareStatement']['output']> | Wording {
    return this.#withSession(sessionId, () => {
      const operation = sql === PROBE_STATEMENT ? PROBE : this.#environment.operation(call.operation ?? -1)
      if (!operation) throw new Error(`no operation runs ${sql}`)
      if (operation.form === 'bad statement') return badStatement(operation.id)
      this.#issued += 1
      const query: EngineQuery = {
        id: `query-${this.ip}-${this.#issued}`,
        operation,
        writes: sql.startsWith('INSERT'),
        preparedBy: call,
        ...{ executedBy: undefined, nextBatch: 0, lastFetch: undefined, endedBy: undefined },
      }
      this.queries.set(query.id, query)
      this.#held += 1
      this.#environment.idGiven(query.id, this, call)
      return { answer: { queryId: query.id, engineIP: this.ip, ...this.#extras(sessionId) } }
    })
  }

  #execute(request: QueryRequest, call: Exchange): Answer<Methods['executeStatement']['output']> | Wording {
    return this.#withQuery(request, call, (query) => {
      if (query.executedBy) this.#environment.repeated(query, call)
      query.executedBy = call
      if (query.writes) this.#environment.wrote(query.operation.id)
      return { answer: this.#extras(request.sessionId), afterMs: query.operation.executeMs }
    })
  }

  #fetch(query: EngineQuery, request: QueryRequest, call: Exchange): Answer<Methods['getNextResultBatch']['output']> {
    // A batch that did not arrive is lost: the next fetch gets the one after it.
    if (query.lastFetch && query.lastFetch.end !== 'answered') this.#environment.repeated(query, call)
    query.lastFetch = call
    const { id, operation, writes } = query
    const { rows, batches } = writes ? { rows: 1, batches: 1 } : operation
    const index = query.nextBatch
    if (rows === 0 || index >= batches) {
      return { answer: { resultBatch: new Uint8Array(0), ...this.#extras(request.sessionId) } }
    }
    query.nextBatch += 1
    const { from, count } = batchBounds(rows, batches, index)
    const resultBatch = encodeRows({ operation: operation.id, run: id, strategy: this.strategy }, from, count)
    return { answer: { resultBatch, ...this.#extras(request.sessionId) }, rows: count }
  }

  #end(request: QueryRequest, call: Exchange): { answer: Extras } | Wording {
    return this.#withSession(request.sessionId, () => {
      const named = call.headers.get('plannerip') ?? '(none)'
      if (named !== this.ip) return wrongEngine(named)
      const query = this.queries.get(request.queryId)
      if (!query) return queryUnknown(request.queryId)
      if (!query.endedBy) this.#held -= 1
      query.endedBy ??= call
      return { answer: this.#extras(request.sessionId) }
    })
  }
}
