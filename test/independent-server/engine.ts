import type { Call, Strategy } from './call.ts'
import { ORACLE_FIELDS, oracleChunk } from './oracle.ts'
import { boolField, bytesField, type Fields, message, sint64Field } from './protobuf.ts'
import type { Query } from './query.ts'
import { resultMetadata } from './result-metadata.ts'
import { type Session, Sessions } from './sessions.ts'
import { readStatement } from './statement-text.ts'

/** An answer of the engine: a message, or a gRPC status other than OK. */
export type EngineAnswer = { readonly message: Buffer } | { readonly code: number; readonly text: string }

const NOT_FOUND = 5
const UNIMPLEMENTED = 12
const INTERNAL = 13

const EXPIRED: EngineAnswer = { code: INTERNAL, text: 'Access denied' }

/** The field number of the session id in a request. */
const SESSION_FIELD: Readonly<Record<string, number>> = {
  executeStatement: 2,
  executeStatementV2: 2,
  getResultMetadata: 2,
  getNextResultBatch: 2,
  clear: 2,
  clearOrCancelQuery: 2,
  cancelQuery: 2,
  status: 2,
  explain: 2,
  explainAnalyze: 2,
}

export const sessionIdOf = (method: string, fields: Fields): string => fields.string(SESSION_FIELD[method] ?? 1)

export interface EngineOptions {
  /** Rows of a batch, unless the statement says otherwise. @default 10 */
  readonly batchRows?: number
  /** Whether ended queries are kept; turn it off for long loads. @default true */
  readonly keepHistory?: boolean
  /** The id of a query, if it is not to be one of its own. */
  readonly queryId?: (statement: { tag: string; deployment: Strategy }) => string | undefined
}

/** The well-behaved engines of both deployments. They keep records for tests. */
export class Engine {
  readonly sessions = new Sessions()
  /** Queries in the order in which they were prepared: every one there was, unless history is not kept. */
  readonly queries = new Set<Query>()
  /** Violations: actions that no client may take. */
  readonly violations: string[] = []
  /** The announcement of each deployment. */
  readonly announcements: Partial<Record<Strategy, string>> = {}
  readonly #byId = new Map<string, Query>()
  readonly #options: EngineOptions
  #runs = 0

  constructor(options: EngineOptions) {
    this.#options = options
  }

  /** The query that a call is about, on the deployment that it asks. */
  find(strategy: Strategy | undefined, queryId: string): Query | undefined {
    return this.#byId.get(`${strategy}/${queryId}`)
  }

  answer(call: Call): EngineAnswer {
    const { method, strategy = 'blue', fields } = call
    if (call.step === 'login') return this.#login(fields.string(1), strategy)
    if (call.step === 'health') return { message: message() }
    const session = this.#sessionOf(call, strategy)
    if (session === undefined) return EXPIRED
    switch (call.step) {
      case 'prepare':
        return this.#prepare(fields.string(method === 'prepareStatementV2' ? 4 : 3), strategy, session)
      case 'catalog':
        return { message: message(bytesField(1, `name_on_${strategy}`), this.#announcement(3, strategy)) }
      case 'properties':
        session.properties = fields.string(2)
        return { message: message() }
      case 'planner':
      case 'other':
      case 'cluster':
        return { code: UNIMPLEMENTED, text: `${method} is not known here` }
      case 'clear':
      case 'cancel':
        return this.#end(call, strategy)
      case 'execute':
      case 'metadata':
      case 'fetch':
      case 'status':
      case 'explain':
        return this.#continue(call, strategy)
      default:
        return call.step satisfies never
    }
  }

  #login(user: string, strategy: Strategy): EngineAnswer {
    const id = this.sessions.open(user, strategy)
    return { message: message(bytesField(1, id), this.#announcement(2, strategy)) }
  }

  #sessionOf({ method, fields, step }: Call, strategy: Strategy): Session | undefined {
    const session = this.sessions.get(sessionIdOf(method, fields))
    if (session === undefined || session.strategy === strategy) return session
    this.violations.push(`${step}: a session of ${session.strategy} was used on ${strategy}`)
    return undefined
  }

  #prepare(sql: string, deployment: Strategy, session: Session): EngineAnswer {
    const facts = readStatement(sql, this.#options.batchRows ?? 10)
    const run = ++this.#runs
    const id = this.#options.queryId?.({ tag: facts.tag, deployment }) ?? `q${run}`
    const { user, properties } = session
    const query: Query = {
      ...facts,
      id,
      sql,
      deployment,
      user,
      run,
      properties,
      executions: 0,
      fetches: 0,
      state: 'open',
    }
    this.queries.add(query)
    this.#byId.set(`${deployment}/${id}`, query)
    const address = engineAddress(deployment)
    return { message: message(bytesField(1, address), bytesField(2, id), this.#announcement(4, deployment)) }
  }

  /** Clearing is idempotent: an unknown query counts as cleared. */
  #end({ step, fields }: Call, strategy: Strategy): EngineAnswer {
    const query = this.find(strategy, fields.string(3))
    if (query === undefined && this.#isElsewhere(fields.string(3), strategy)) {
      this.violations.push(`${step}: ${fields.string(3)} is not a query of ${strategy}`)
    }
    if (query?.state === 'open') {
      query.state = step === 'clear' ? 'cleared' : 'cancelled'
      if (this.#options.keepHistory === false) this.#forget(query)
    }
    return { message: message(this.#announcement(2, strategy)) }
  }

  #forget(query: Query): void {
    this.queries.delete(query)
    this.#byId.delete(`${query.deployment}/${query.id}`)
  }

  #isElsewhere(queryId: string, strategy: Strategy): boolean {
    return this.find(strategy === 'blue' ? 'green' : 'blue', queryId) !== undefined
  }

  #continue({ method, step, fields, headers }: Call, strategy: Strategy): EngineAnswer {
    const query = this.find(strategy, fields.string(3))
    if (query === undefined || query.state !== 'open') {
      if (this.#isElsewhere(fields.string(3), strategy)) {
        this.violations.push(`${step}: ${fields.string(3)} is not a query of ${strategy}`)
      }
      return { code: NOT_FOUND, text: `query ${fields.string(3)} is not known` }
    }
    if (headers.plannerip !== engineAddress(strategy)) {
      this.violations.push(`${step}: the engine address of ${query.id} was sent as ${headers.plannerip}`)
    }
    switch (method) {
      case 'executeStatement':
      case 'executeStatementV2':
        query.executions += 1
        if (query.executions > 1) this.violations.push(`execute: ${query.id} of ${query.tag} was executed again`)
        return { message: message(this.#announcement(2, strategy)) }
      case 'getResultMetadata': {
        const metadata = resultMetadata(query.promisedRows, ORACLE_FIELDS)
        return { message: message(bytesField(1, metadata), this.#announcement(3, strategy)) }
      }
      case 'getNextResultBatch':
        return { message: message(bytesField(2, nextBatch(query)), this.#announcement(4, strategy)) }
      case 'status': {
        const rows = sint64Field(3, BigInt(query.rows))
        return { message: message(boolField(2, true), rows, this.#announcement(5, strategy)) }
      }
      default:
        return { message: message(bytesField(1, '{}'), this.#announcement(method === 'explain' ? 3 : 6, strategy)) }
    }
  }

  #announcement(field: number, strategy: Strategy): Buffer {
    return bytesField(field, this.announcements[strategy])
  }
}

/** A deployment has one engine, and this is its address. */
export const engineAddress = (strategy: Strategy): string => (strategy === 'blue' ? '10.0.0.1' : '10.0.0.2')

/** Taking a batch moves the engine's cursor: the same batch never comes again. */
function nextBatch(query: Query): Buffer {
  const number = query.fetches
  query.fetches += 1
  const size = query.batches[number]
  if (size === undefined) return Buffer.alloc(0)
  const first = query.batches.slice(0, number).reduce((sum, rows) => sum + rows, 0)
  return oracleChunk(query, first, size)
}
