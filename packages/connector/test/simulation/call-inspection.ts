import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { parseStrategy } from '../../src/types/strategy.ts'
import type { Exchange } from './exchange.ts'
import { isAboutRunningQuery } from './faults.ts'
import type { Schedule } from './schedule.ts'
import type { EngineQuery, SimulatedEngine } from './simulated-engine.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { searchesRepeat } from './strategy-inspection.ts'
import type { Watch } from './watch.ts'

/** The engine of a query, and its operation. */
interface Home {
  readonly engine: SimulatedEngine
  readonly operation: number | undefined
}

/** The fields that identify the subject of a request. */
interface RequestFacts {
  readonly queryString?: string
  readonly schema?: string
  readonly queryId?: string
  readonly sessionId?: string
  readonly engineIP?: string
  readonly existingQuery?: { readonly queryId: string }
  readonly firstTimeRequestPayload?: { readonly queryString: string }
}

/** Checks each call as it is sent: its destination, and that its session was opened there. */
export class CallInspection {
  readonly #watch: Watch
  /** Nothing happens that could make a connection log in twice, but what a deployment and its proxies do. */
  readonly #boundsLogins: boolean
  readonly #searchesRepeat: boolean
  /** Statements that each connection has queued or prepared: where proxies disagree, each may need a login (rule 4). */
  readonly #prepares = new Map<string, number>()
  readonly #homes = new Map<string, Home>()
  readonly #sessions = new Map<string, { readonly engine: SimulatedEngine; readonly connection: string }>()
  /** Queries that their clients have released, or know to be gone. */
  readonly #released = new Set<string>()
  /** Sessions that an answer has given another id. */
  readonly #outdated = new Set<string>()
  readonly #announced = new Map<SimulatedEngine, Map<SimulatedProcess, number>>()
  readonly #logins = new Map<SimulatedEngine, Map<string, number>>()

  constructor(watch: Watch, schedule: Pick<Schedule, 'settings' | 'decisions'>) {
    this.#watch = watch
    this.#searchesRepeat = searchesRepeat(schedule)
    this.#boundsLogins = !schedule.settings.faults
  }

  /** A process has taken in that an engine's strategy is announced, which is an occasion to log in on it. */
  announced(process: SimulatedProcess, engine: SimulatedEngine): void {
    const counts = this.#announced.get(engine) ?? new Map<SimulatedProcess, number>()
    this.#announced.set(engine, counts)
    counts.set(process, (counts.get(process) ?? 0) + 1)
  }

  operationOf(request: MessageShape<DescMessage>): number | undefined {
    const { queryString, schema, queryId, existingQuery, firstTimeRequestPayload } = request as RequestFacts
    const text = queryString ?? firstTimeRequestPayload?.queryString ?? schema ?? ''
    const named = /\bpart_(\d+)\b/.exec(text)?.[1]
    if (named !== undefined) return Number(named)
    return this.#homes.get(queryId ?? existingQuery?.queryId ?? '')?.operation
  }

  idGiven(id: string, engine: SimulatedEngine, { operation }: Exchange): void {
    this.#homes.set(id, { engine, operation })
  }

  sessionOpened(id: string, engine: SimulatedEngine, call: Exchange): void {
    this.#sessions.set(id, { engine, connection: call.connection })
    if (call.step !== 'login' || !this.#boundsLogins) return
    const logins = this.#logins.get(engine) ?? new Map<string, number>()
    this.#logins.set(engine, logins)
    const count = (logins.get(call.connection) ?? 0) + 1
    logins.set(call.connection, count)
    const prepares = this.#searchesRepeat ? (this.#prepares.get(call.connection) ?? 0) : 0
    if (count <= engine.occasions + (this.#announced.get(engine)?.get(call.process) ?? 0) + prepares) return
    this.#watch.report('too many logins', `${call.connection} on ${engine.ip}: ${count}`)
  }

  sent(call: Exchange): void {
    const { headers, step, method } = call
    if (!headers.has('cluster-name'))
      this.#watch.report('a call without its headers', `${method.name} has no cluster-name`)
    const strategy = headers.get('strategy')
    if (strategy === undefined || parseStrategy(strategy) !== strategy) {
      this.#watch.report('a call without its headers', `${method.name} has the strategy ${strategy}`)
    }
    if (step === 'prepare' || step === 'queue')
      this.#prepares.set(call.connection, (this.#prepares.get(call.connection) ?? 0) + 1)
    if (isAboutRunningQuery(step)) this.#inspectPinned(call)
    if (step === 'release' && call.queryId) this.#released.add(call.queryId)
    if (step !== 'login' && step !== 'cluster') this.#inspectSession(call)
  }

  ended({ queryId, end, fault, request }: Exchange): void {
    if (end === 'answered' && fault === 'session renewed') this.#outdated.add((request as RequestFacts).sessionId ?? '')
    if (queryId && (end === 'refused by the proxy' || end === 'refused by the engine')) this.#released.add(queryId)
  }

  /**
   * Whether a query is still held although its client is alive, knows of it, was not refused, could log in where
   * needed, and never released it.
   */
  isLeft({ id, endedBy, preparedBy: { process, end, sentAt } }: EngineQuery): boolean {
    if (endedBy || process.life === 'gone' || end !== 'answered' || this.#released.has(id)) return false
    return process.troubledLogins.every((login) => login.endedAt < sentAt)
  }

  /** A call repeats one that may have been carried out (rule 7). */
  repeated(query: EngineQuery, call: Exchange): void {
    this.#watch.report('a fetch or an execute was repeated', `${call.method.name} of ${query.id}`)
  }

  /** A call came for a query that has ended: an error when the client itself had ended it before. */
  calledAfterEnd({ id, endedBy, operation }: EngineQuery, call: Exchange): void {
    if (call.step === 'release' || operation.form === 'cancelled elsewhere') return
    if (endedBy?.connection !== call.connection || call.sentAt <= endedBy.sentAt) return
    this.#watch.report('a call came after its query had ended', `${call.method.name} of ${id}`)
  }

  #inspectPinned(call: Exchange): void {
    const { queryId, engineIP } = call.request as RequestFacts
    const home = this.#homes.get(queryId ?? '')
    const { strategy, ip } = home?.engine ?? {}
    const isHome =
      home && call.headers.get('strategy') === strategy && call.headers.get('plannerip') === ip && engineIP === ip
    if (isHome) return
    const went = `${call.headers.get('strategy')} ${call.headers.get('plannerip')} ${engineIP}`
    this.#watch.report('a call about a query went astray', `${call.method.name} of ${queryId} went to ${went}`)
  }

  #inspectSession({ request, connection, headers, method, step }: Exchange): void {
    const { sessionId } = request as RequestFacts
    if (sessionId === undefined) return // the message has no field for it
    if (step === 'prepare' && this.#outdated.has(sessionId)) {
      this.#watch.report('a session was used after it had been renewed', `${method.name} of ${connection}`)
    }
    const session = this.#sessions.get(sessionId)
    if (session && session.connection === connection && session.engine.strategy === headers.get('strategy')) return
    const details = `${method.name} of ${connection} on ${headers.get('strategy')} has ${sessionId}`
    this.#watch.report('a session was used where it was not opened', details)
  }
}
