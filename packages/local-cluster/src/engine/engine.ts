import { randomBytes } from 'node:crypto'
import { queryEngine } from 'e6data-connector/wire'
import type { Strategy } from '../deployment/strategy.ts'
import { type ServiceHandlers, serviceHandler } from '../grpc/service-handlers.ts'
import { singleHeader, type UnaryHandler } from '../grpc/unary-server.ts'
import type { BatchOptions } from '../result/batch-stream.ts'
import { AccessTokens, type TokensByUser } from './access-tokens.ts'
import { Announcement } from './announcement.ts'
import { catalogCalls } from './catalog-calls.ts'
import { DataFrames, dataFrameCalls } from './data-frame-calls.ts'
import type { EngineControl, PlannerQueueAnswer } from './engine-control.ts'
import { PlannerQueue } from './planner-queue.ts'
import { Queries } from './queries.ts'
import { queryCalls } from './query-calls.ts'
import { sessionCalls } from './session-calls.ts'
import { Sessions } from './sessions.ts'
import { Users, type WrongCredentials } from './users.ts'
import type { Warehouse } from './warehouse.ts'
import type { WriteOrder } from './write-order.ts'

/** The options of an engine: plain data, so that they can be sent to another process. */
export interface EngineOptions {
  strategy: Strategy
  /** User names and their tokens. */
  users: Readonly<Record<string, string>>
  wrongCredentials: WrongCredentials
  /** Access tokens, by user. */
  accessTokens: TokensByUser
  /** Milliseconds after which an unused session expires. */
  sessionTtlMs: number
  /** Milliseconds after which a query that no call has used is freed. */
  queryIdleTimeoutMs: number
  batches: BatchOptions
}

/** The parts of an engine that its calls share. */
export interface EngineParts {
  strategy: Strategy
  /** The address that prepare returns, and that later calls about a query must carry as `plannerip`. */
  engineIp: string
  users: Users
  sessions: Sessions
  queries: Queries
  announcement: Announcement
  plannerQueue: PlannerQueue
  warehouse: Warehouse
  writes: WriteOrder
  dataFrames: DataFrames
  batches: BatchOptions
}

export type QueryEngineHandlers = ServiceHandlers<typeof queryEngine.QueryEngineService.method>

/** The query engine of one deployment: all of `QueryEngineService`, over DuckDB. */
export class Engine implements EngineControl {
  readonly handle: UnaryHandler
  readonly #parts: EngineParts
  readonly #accessTokens: AccessTokens

  constructor(options: EngineOptions, warehouse: Warehouse, writes: WriteOrder) {
    const parts: EngineParts = {
      strategy: options.strategy,
      engineIp: `${options.strategy}-${randomBytes(3).toString('hex')}.engine`,
      users: new Users(options.users, options.wrongCredentials),
      sessions: new Sessions(options.sessionTtlMs),
      queries: new Queries(options.queryIdleTimeoutMs),
      announcement: new Announcement(),
      plannerQueue: new PlannerQueue(),
      warehouse,
      writes,
      dataFrames: new DataFrames(),
      batches: options.batches,
    }
    this.#parts = parts
    this.#accessTokens = new AccessTokens(options.accessTokens)
    const handlers: QueryEngineHandlers = {
      ...sessionCalls(parts),
      ...queryCalls(parts),
      ...catalogCalls(parts),
      ...dataFrameCalls(parts),
    }
    const { method } = queryEngine.QueryEngineService
    this.handle = serviceHandler(queryEngine.QueryEngineService.typeName, method, handlers, (request, { headers }) => {
      const user = this.#accessTokens.userOf(singleHeader(headers.authorization))
      if (user !== undefined && 'sessionId' in request && request.sessionId === '')
        request.sessionId = parts.sessions.handleOf(user)
    })
  }

  async announce(newStrategy: string | undefined): Promise<void> {
    this.#parts.announcement.newStrategy = newStrategy
  }

  async sessions() {
    return this.#parts.sessions.list()
  }

  async revokeSession(id: string): Promise<boolean> {
    return this.#parts.sessions.revoke(id)
  }

  async renewSession(id: string): Promise<boolean> {
    return this.#parts.sessions.renew(id)
  }

  async expireSessions(): Promise<void> {
    this.#parts.sessions.revokeAll()
  }

  async queries() {
    return this.#parts.queries.list()
  }

  async cancelQuery(id: string): Promise<boolean> {
    return this.#parts.queries.end(id, 'cancelled')
  }

  async cancelQueries(): Promise<void> {
    await this.#parts.queries.endAll()
  }

  async setUsers(users: Readonly<Record<string, string>>): Promise<void> {
    this.#parts.users.replace(users)
  }

  async setAccessTokens(tokens: TokensByUser): Promise<void> {
    this.#accessTokens.replace(tokens)
  }

  async setPlannerQueue(answers: readonly PlannerQueueAnswer[]): Promise<void> {
    this.#parts.plannerQueue.answers = [...answers]
  }

  async stop(): Promise<void> {
    this.#parts.sessions.revokeAll()
    await this.#parts.queries.endAll()
  }
}
