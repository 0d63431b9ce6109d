import { isStrategy, STRATEGIES, type Strategy } from '../deployment/strategy.ts'
import { BARE_STATUS } from '../router/bare-answers.ts'
import type { CallRecord } from '../router/call-record.ts'
import type { Failure } from './failure-log.ts'
import { EDITOR_AGENT } from './query-runner.ts'

/** A query, derived from the calls about it. */
export interface MeteredQuery {
  readonly id: string
  readonly strategy: Strategy
  readonly startedAt: number
  /** The `plannerip` of its engine. */
  engine?: string
  /** The time of its first rows. */
  answeredAt?: number
  endedAt?: number
  failed?: boolean
}

/** The measurements since the last call of `take`. */
export interface MeterWindow {
  ended: Record<Strategy, number>
  /** Times from prepare to the first rows, or to the end for queries without rows. */
  latenciesMs: number[]
  failedCalls: number
  failures: Failure[]
  refused: number
  authenticate: number
}

const ENDING_METHODS: ReadonlySet<string> = new Set(['clear', 'clearOrCancelQuery', 'cancelQuery'])

const QUERY_SERVICE = /QueryEngineService$/

/** Maximum number of failed calls listed in one sample. */
const MOST_FAILURES = 100

/** Number of ended queries that are kept. */
const REMEMBERED = 300

/** HTTP statuses that are not failures: clients recover from them. */
const EXPECTED_STATUSES: readonly number[] = [200, BARE_STATUS['wrong strategy'], BARE_STATUS['not available']]
const SESSION_UNKNOWN = /^Access denied/

/** Calls of the console's editor: a mistyped statement is no failure of the cluster. */
const EDITOR = new RegExp(`^${EDITOR_AGENT} `)

/** Derives queries from calls: a query starts with prepare and ends with clear or cancel. */
export class QueryMeter {
  readonly #running = new Map<string, MeteredQuery>()
  readonly #ended = new Map<string, MeteredQuery>()
  #window = emptyWindow()

  /** Running queries, by strategy. */
  get inFlight(): Record<Strategy, number> {
    const counts = { blue: 0, green: 0 }
    for (const { strategy } of this.#running.values()) counts[strategy] += 1
    return counts
  }

  find(id: string): MeteredQuery | undefined {
    return this.#running.get(id) ?? this.#ended.get(id)
  }

  /** Running queries, then ended ones, the latest first. */
  list(): MeteredQuery[] {
    return [...this.#running.values(), ...[...this.#ended.values()].reverse()]
  }

  /** Takes a call that has ended. */
  call(record: CallRecord): void {
    if (record.outcome === 'under way' || !QUERY_SERVICE.test(record.service)) return
    if (record.httpStatus === BARE_STATUS['wrong strategy']) this.#window.refused += 1
    if (record.method === 'authenticate' && succeeded(record)) this.#window.authenticate += 1
    const failed = hasFailed(record)
    if (failed) this.#noteFailure(record)
    const { queryId, method, servedBy } = record
    if (queryId === undefined) return
    if (method.startsWith('prepareStatement')) {
      if (succeeded(record) && isStrategy(servedBy))
        this.#running.set(queryId, { id: queryId, strategy: servedBy, startedAt: record.at })
      return
    }
    const query = this.#running.get(queryId)
    if (query === undefined) return
    if (record.plannerIp !== undefined) query.engine = record.plannerIp
    if (failed) query.failed = true
    const now = record.at + (record.durationMs ?? 0)
    if (method === 'getNextResultBatch' && succeeded(record)) this.#answered(query, now)
    if (ENDING_METHODS.has(method)) this.#end(query, now)
  }

  /** Ends all queries on a deployment whose engine is gone or has cancelled them. */
  cutOff(strategy: Strategy, at: number): void {
    for (const query of [...this.#running.values()]) if (query.strategy === strategy) this.#end(query, at)
  }

  /** Drops queries that their engine does not run any more: clients that die never clear. */
  keepOnly(isThere: (query: MeteredQuery) => boolean): void {
    for (const query of [...this.#running.values()]) if (!isThere(query)) this.#running.delete(query.id)
  }

  take(): MeterWindow {
    const window = this.#window
    this.#window = emptyWindow()
    return window
  }

  #noteFailure(record: CallRecord): void {
    const { at, method, outcome, grpcStatus, httpStatus, grpcMessage, queryId, servedBy, userAgent } = record
    this.#window.failedCalls += 1
    if (this.#window.failures.length >= MOST_FAILURES) return
    const code = outcome === 'reset' ? 'reset' : grpcStatus ? `gRPC ${grpcStatus}` : `HTTP ${httpStatus}`
    this.#window.failures.push({
      at,
      code,
      message: grpcMessage || `${method} failed`,
      ...(userAgent === undefined ? {} : { program: userAgent }),
      ...(queryId === undefined ? {} : { queryId }),
      ...(isStrategy(servedBy) ? { strategy: servedBy } : {}),
    })
  }

  #end(query: MeteredQuery, at: number): void {
    this.#running.delete(query.id)
    query.endedAt = at
    this.#ended.set(query.id, query)
    if (this.#ended.size > REMEMBERED) {
      const [oldest] = this.#ended.keys()
      this.#ended.delete(oldest!)
    }
    this.#window.ended[query.strategy] += 1
    this.#answered(query, at)
  }

  #answered(query: MeteredQuery, at: number): void {
    if (query.answeredAt !== undefined) return
    query.answeredAt = at
    this.#window.latenciesMs.push(at - query.startedAt)
  }
}

function emptyWindow(): MeterWindow {
  const ended = Object.fromEntries(STRATEGIES.map((strategy) => [strategy, 0])) as Record<Strategy, number>
  return { ended, latenciesMs: [], failedCalls: 0, failures: [], refused: 0, authenticate: 0 }
}

function succeeded({ outcome, httpStatus, grpcStatus }: CallRecord): boolean {
  return outcome === 'answered' && httpStatus === 200 && grpcStatus === 0
}

function hasFailed(record: CallRecord): boolean {
  if (record.outcome === 'abandoned by the client' || succeeded(record)) return false
  if (EDITOR.test(record.userAgent ?? '')) return false
  if (record.outcome === 'reset') return true
  if (SESSION_UNKNOWN.test(record.grpcMessage ?? '')) return false
  return (record.grpcStatus ?? 0) !== 0 || !EXPECTED_STATUSES.includes(record.httpStatus ?? 0)
}
