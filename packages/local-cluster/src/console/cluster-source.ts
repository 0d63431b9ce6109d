import type { EngineState } from '../fleet/engine-slot.ts'
import type { ClusterQuery, LocalCluster } from '../local-cluster.ts'
import { endsQueriesOf, listenForMoments } from './cluster-moments.ts'
import type { ConsoleSource } from './console-source.ts'
import type { DemoLoad } from './demo-load.ts'
import { FailureLog } from './failure-log.ts'
import { faultText } from './fault-text.ts'
import type { EngineFacts, FailureRow, Moment, Picture, QueryRow, Sample, Totals } from './feed.ts'
import { ProgramRegistry } from './program-registry.ts'
import type { ProgramReport } from './program-report.ts'
import { type MeteredQuery, QueryMeter } from './query-meter.ts'
import { RollingTraffic } from './rolling-traffic.ts'

type Listener = Parameters<ConsoleSource['listen']>[0]

/** Number of queries in a picture; running queries come first. */
const MOST_QUERIES = 60

/** Characters of a statement that a picture shows. */
const MOST_CHARACTERS = 1000

const JUST_BEGUN_MS = 2000

const ROW_STATES: Readonly<Record<ClusterQuery['state'], QueryRow['state']>> = {
  prepared: 'running',
  executing: 'running',
  running: 'running',
  finished: 'running',
  failed: 'failed',
  cancelled: 'cancelled',
  cleared: 'finished',
}

/** A local cluster: what its servers see, and what programs that use it report. */
export class ClusterSource implements ConsoleSource {
  readonly about: ConsoleSource['about']
  readonly #meter = new QueryMeter()
  readonly #rolling = new RollingTraffic()
  /** Failed calls as the servers saw them, and failed queries as programs reported them. */
  readonly #failures = { calls: new FailureLog(), queries: new FailureLog() }
  readonly #programs = new ProgramRegistry((moment) => this.#tell(moment))
  readonly #listeners = new Set<Listener>()
  readonly #stops: (() => void)[]
  readonly #totals: Omit<Totals, 'failed'> = { queries: 0, refused: 0, authenticate: 0, switches: 0 }
  readonly #failed = { calls: 0, queries: 0 }
  /** Once a program has reported failed queries, those count. Failed calls may have been repeated. */
  #failedMeans: Picture['told']['failed'] = 'calls'

  constructor(
    private readonly cluster: LocalCluster,
    private readonly load: Pick<DemoLoad, 'isRunning'>,
  ) {
    const { clusterName, catalog, database } = cluster
    this.about = { title: `Cluster ${clusterName}`, watches: 'local cluster', editor: { catalog, database } }
    this.#stops = [
      cluster.on('call', (record) => this.#meter.call(record)),
      listenForMoments(cluster, (moment) => this.#happened(moment)),
      cluster.on('deployment', ({ step, from }) => {
        if (step === 'retire' && from.kind === 'cut-over') this.#totals.switches += 1
      }),
    ]
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  take(report: ProgramReport): void {
    this.#failedMeans = 'queries'
    this.#programs.take(report)
    for (const failure of report.failures) this.#failures.queries.note({ ...failure, program: report.name })
  }

  cancelQuery(id: string): Promise<boolean> {
    return this.cluster.cancelQuery(id)
  }

  takeSample(): Sample {
    const seen = this.#meter.take()
    const told = this.#programs.takeWindow()
    const latencies = told.latenciesMs.length > 0 ? told.latenciesMs : seen.latenciesMs
    this.#failed.calls += seen.failedCalls
    this.#failed.queries += told.failed
    this.#totals.queries += seen.ended.blue + seen.ended.green
    this.#totals.refused += seen.refused
    this.#totals.authenticate += seen.authenticate
    for (const failure of seen.failures) this.#failures.calls.note(failure)
    this.#rolling.add(seen.ended, latencies)
    const { inFlight } = this.#meter
    const { perSecond, latency } = this.#rolling
    return {
      at: Date.now(),
      active: this.cluster.active,
      blue: { ended: seen.ended.blue, inFlight: inFlight.blue, perSecond: perSecond.blue },
      green: { ended: seen.ended.green, inFlight: inFlight.green, perSecond: perSecond.green },
      ...latency,
      failed: this.#failedMeans === 'queries' ? told.failed : seen.failedCalls,
      restarted: told.restarted,
      refused: seen.refused,
      authenticate: seen.authenticate,
      held: this.#programs.held(),
    }
  }

  async picture(): Promise<Omit<Picture, 'lastSwitch'>> {
    const queries = await this.cluster.queries()
    const unended = new Set(queries.filter(({ state }) => ROW_STATES[state] === 'running').map(({ id }) => id))
    const { engines } = this.cluster
    // The engines' answers lack a query that was prepared meanwhile.
    const justBegun = Date.now() - JUST_BEGUN_MS
    this.#meter.keepOnly(({ id, startedAt, strategy }) => {
      return unended.has(id) || startedAt > justBegun || engines[strategy].kind !== 'running'
    })
    return {
      at: Date.now(),
      state: this.cluster.state,
      availability: this.cluster.availability,
      engines: { blue: engineFacts(engines.blue), green: engineFacts(engines.green) },
      totals: { ...this.#totals, failed: this.#failed[this.#failedMeans] },
      told: { failed: this.#failedMeans, latency: this.#programs.isEmpty ? 'servers' : 'programs' },
      programs: this.#programs.facts(),
      queries: this.#rows(queries),
      faults: this.cluster.faults().map(({ id, fault, fired, holding }) => {
        return { id, fired, holding, text: faultText(fault) }
      }),
      failures: this.#failureRows(queries),
      load: this.load.isRunning,
      notices: [],
    }
  }

  changed(): void {
    for (const listener of this.#listeners) listener.change()
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  /** The failures, with the statements that the engines still have. */
  #failureRows(queries: readonly ClusterQuery[]): FailureRow[] {
    const sqlById = new Map(queries.map(({ id, sql }) => [id, shortened(sql)]))
    return this.#failures[this.#failedMeans].rows().map((row) => {
      const sql = row.sql ?? sqlById.get(row.queryId ?? '')
      return sql === undefined ? row : { ...row, sql }
    })
  }

  #rows(queries: readonly ClusterQuery[]): QueryRow[] {
    const rows = queries.map((query) => rowOf(query, this.#meter.find(query.id)))
    const latest = (a: QueryRow, b: QueryRow) => b.startedAt - a.startedAt
    const running = rows.filter(({ state }) => state === 'running').sort(latest)
    const over = rows.filter(({ state }) => state !== 'running').sort(latest)
    return [...running, ...over].slice(0, MOST_QUERIES)
  }

  #happened(moment: Moment): void {
    for (const strategy of endsQueriesOf(moment)) this.#meter.cutOff(strategy, moment.at)
    this.#tell(moment)
    this.changed()
  }

  #tell(moment: Moment): void {
    for (const listener of this.#listeners) listener.moment(moment)
  }
}

function rowOf(facts: ClusterQuery, metered: MeteredQuery | undefined): QueryRow {
  const { id, strategy, sql, user, state, rowsDelivered, rowCount, preparedAt } = facts
  const endedAt = metered?.endedAt
  return {
    id,
    strategy,
    sql: shortened(sql),
    owner: user,
    state: metered?.failed ? 'failed' : ROW_STATES[state],
    rows: rowCount ?? rowsDelivered,
    startedAt: preparedAt,
    ...(metered?.engine === undefined ? {} : { engine: metered.engine }),
    ...(endedAt === undefined ? {} : { durationMs: endedAt - preparedAt }),
  }
}

function shortened(sql: string): string {
  return sql.length > MOST_CHARACTERS ? `${sql.slice(0, MOST_CHARACTERS)} …` : sql
}

function engineFacts(state: EngineState): EngineFacts {
  switch (state.kind) {
    case 'running':
      return { kind: 'running', pid: state.pid }
    case 'dead':
      return { kind: 'dead', reason: state.reason }
    default:
      return { kind: state.kind }
  }
}
