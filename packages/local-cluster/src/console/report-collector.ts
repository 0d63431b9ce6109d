import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { hostname } from 'node:os'
import type { Connection, ConnectionEvents, QueryTraceContext } from 'e6data-connector'
import type { Strategy } from '../deployment/strategy.ts'
import type { ProgramFailure, ProgramMoment, ProgramQuery, ProgramReport } from './program-report.ts'

/** Maximum number of latencies in a report; later ones are left out. */
const MOST_LATENCIES = 5000

/** Maximum number of ended queries in a report. */
const MOST_ENDED = 20

/** Maximum number of running queries in a report. */
const MOST_RUNNING = 60

/** Maximum number of failures in a report, and of characters in each message. */
const MOST_FAILURES = 20
const LONGEST_WORDS = 200

/** The connector's tracing channel of failed queries, by name, so that nothing is loaded for it. */
const QUERY_ERRORS = 'tracing:e6data:query:error'

/** Codes of queries that their program ended. */
const OWN_WILL: ReadonlySet<string> = new Set(['E6_ABORTED', 'E6_CLOSED'])

type Listeners = { [Name in keyof ConnectionEvents]?: (...facts: ConnectionEvents[Name]) => void }

/** Listens to connections of this process and turns their events into reports. */
export class ReportCollector {
  readonly #connections = new Set<Connection>()
  readonly #running = new Map<string, ProgramQuery>()
  readonly #totals = { ended: { blue: 0, green: 0 }, failed: 0, restarted: 0, authenticate: 0, refused: 0 }
  readonly #stops: (() => void)[] = []
  #ended: ProgramQuery[] = []
  #latenciesMs: number[] = []
  #happened: ProgramMoment[] = []
  #failures: ProgramFailure[] = []
  /** The messages of the latest errors, by query id, or by code when no query was prepared. */
  readonly #words = new Map<string, string>()

  constructor(private readonly name: string) {
    // Events carry no messages; the tracing channel does.
    subscribe(QUERY_ERRORS, this.#onError)
    this.#stops.push(() => unsubscribe(QUERY_ERRORS, this.#onError))
  }

  add(connection: Connection): void {
    this.#listen(connection, this.#own)
    // Every connection that shares a cluster's state emits the cluster's events: one listener is enough.
    const known = [...this.#connections].some(({ strategy }) => strategy === connection.strategy)
    if (!known) this.#listen(connection, this.#shared)
    this.#connections.add(connection)
  }

  /** Returns the current state and the events since the last report. */
  take(): ProgramReport {
    const [first] = this.#connections
    const { activeStrategy, pendingStrategy, pendingReady, epoch, waitingCalls } =
      first?.strategy.inspect() ?? NOTHING_KNOWN
    const inFlight = { blue: 0, green: 0 }
    for (const { strategy } of this.#running.values()) inFlight[strategy] += 1
    const report: ProgramReport = {
      name: this.name,
      host: hostname(),
      pid: process.pid,
      ...(activeStrategy === undefined ? {} : { active: activeStrategy }),
      ...(pendingStrategy === undefined ? {} : { pending: pendingStrategy }),
      pendingReady,
      epoch,
      inFlight,
      held: waitingCalls,
      totals: { ...this.#totals, ended: { ...this.#totals.ended } },
      latenciesMs: this.#latenciesMs,
      happened: this.#happened,
      queries: [...[...this.#running.values()].slice(0, MOST_RUNNING), ...this.#ended],
      failures: this.#failures.map((failure) => ({ ...failure, message: this.#wordsOf(failure) })),
    }
    this.#failures = []
    this.#words.clear()
    this.#latenciesMs = []
    this.#happened = []
    this.#ended = []
    return report
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  readonly #own: Listeners = {
    'session:opened': () => {
      this.#totals.authenticate += 1
    },
    'session:renewed': () => {
      this.#totals.authenticate += 1
    },
    'query:started': ({ queryId, strategy }) => {
      this.#running.set(queryId, { id: queryId, strategy, state: 'running', startedAt: Date.now() })
    },
    'query:restarted': ({ queryId }) => {
      this.#running.delete(queryId)
      this.#totals.restarted += 1
    },
    'query:finished': ({ queryId, strategy, outcome, rows, durationMs, timeToFirstRowMs }) => {
      if (outcome === 'failed') return // counted by query:failed
      const startedAt = this.#running.get(queryId)?.startedAt ?? Date.now() - durationMs
      this.#running.delete(queryId)
      this.#totals.ended[strategy] += 1
      if (this.#latenciesMs.length < MOST_LATENCIES) this.#latenciesMs.push(timeToFirstRowMs ?? durationMs)
      this.#keep({ id: queryId, strategy, state: 'finished', startedAt, rows, durationMs })
    },
    'query:failed': ({ queryId, strategy, code }) => {
      const isFailure = !OWN_WILL.has(code)
      if (isFailure) {
        this.#totals.failed += 1
        if (this.#failures.length < MOST_FAILURES) this.#failures.push(failureOf(queryId, strategy, code))
      }
      if (queryId === undefined || strategy === undefined) return
      const startedAt = this.#running.get(queryId)?.startedAt ?? Date.now()
      this.#running.delete(queryId)
      const state = isFailure ? 'failed' : 'cancelled'
      this.#keep({ id: queryId, strategy, state, startedAt, durationMs: Date.now() - startedAt })
    },
  }

  readonly #shared: Listeners = {
    'strategy:transition': ({ from, to }) => {
      if (from !== undefined) this.#happened.push({ at: Date.now(), kind: 'moved', strategy: to })
    },
    'strategy:mismatch': () => {
      this.#totals.refused += 1
    },
    'strategy:held': () => {
      this.#happened.push({ at: Date.now(), kind: 'held' })
    },
    'strategy:released': ({ strategy }) => {
      this.#happened.push({ at: Date.now(), kind: 'released', strategy })
    },
  }

  readonly #onError = (message: unknown) => {
    const { error, queryId } = message as QueryTraceContext
    if (!(error instanceof Error)) return
    const key = queryId ?? ('code' in error ? String(error.code) : '')
    if (this.#words.size < MOST_FAILURES) this.#words.set(key, error.message.slice(0, LONGEST_WORDS))
  }

  #wordsOf({ queryId, code }: ProgramFailure): string {
    return this.#words.get(queryId ?? code) ?? code
  }

  #keep(query: ProgramQuery): void {
    this.#ended.push(query)
    if (this.#ended.length > MOST_ENDED) this.#ended.shift()
  }

  #listen(connection: Connection, listeners: Listeners): void {
    for (const name of Object.keys(listeners) as (keyof Listeners)[]) {
      const listener = listeners[name] as (...facts: unknown[]) => void
      connection.on(name, listener)
      this.#stops.push(() => connection.off(name, listener))
    }
  }
}

function failureOf(queryId: string | undefined, strategy: Strategy | undefined, code: string): ProgramFailure {
  return {
    at: Date.now(),
    code,
    message: code,
    ...(strategy === undefined ? {} : { strategy }),
    ...(queryId === undefined ? {} : { queryId }),
  }
}

const NOTHING_KNOWN = {
  activeStrategy: undefined,
  pendingStrategy: undefined,
  pendingReady: false,
  epoch: 0,
  waitingCalls: 0,
}
