import { otherStrategy, STRATEGIES, type Strategy } from '../deployment/strategy.ts'
import type { ConsoleSource } from './console-source.ts'
import { FailureLog } from './failure-log.ts'
import type { Hello, Picture, ProgramFacts, QueryRow, Sample, Totals, WatchedState } from './feed.ts'
import { MetricsPoll } from './metrics-poll.ts'
import { ProgramRegistry } from './program-registry.ts'
import type { ProgramReport } from './program-report.ts'
import { RollingTraffic } from './rolling-traffic.ts'

/** The shared state of a host: the part of `StrategyManager.inspect()` that the console shows. */
export interface HostInspection {
  readonly activeStrategy: Strategy | undefined
  readonly pendingStrategy: Strategy | undefined
  readonly pendingReady: boolean
  readonly epoch: number
  readonly inFlight: Readonly<Record<Strategy, number>>
  readonly queries: readonly { queryId: string; strategy: Strategy; pid: number | undefined }[]
}

export interface ProgramsSourceOptions {
  title: string
  /** Addresses of programs' metrics. */
  metrics: readonly string[]
  /** Returns the state that programs of this host share. */
  inspectHost?: () => HostInspection
  editor?: Hello['editor']
  cancelQuery?: (id: string) => Promise<void>
}

type Listener = Parameters<ConsoleSource['listen']>[0]

/** The state of a switch as programs know it. */
interface Standing {
  readonly active: Strategy | undefined
  readonly pending: Strategy | undefined
  readonly pendingReady: boolean
  readonly inFlight: Readonly<Record<Strategy, number>>
}

/** Programs that use a cluster without a console of its own: their reports, metrics and shared state. */
export class ProgramsSource implements ConsoleSource {
  readonly about: ConsoleSource['about']
  readonly #programs = new ProgramRegistry((moment) => this.#tell({ ...moment }))
  readonly #poll: MetricsPoll
  readonly #rolling = new RollingTraffic()
  readonly #failures = new FailureLog()
  readonly #listeners = new Set<Listener>()
  readonly #totals: Totals = { queries: 0, failed: 0, refused: 0, authenticate: 0, switches: 0 }
  /** When each query of this host was first seen. */
  #seen = new Map<string, number>()
  #before: Standing | undefined
  #draining: Strategy | undefined

  constructor(private readonly options: ProgramsSourceOptions) {
    this.about = { title: options.title, watches: 'programs', editor: options.editor }
    this.#poll = new MetricsPoll(options.metrics, (report) => this.take(report))
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  take(report: ProgramReport): void {
    this.#programs.take(report)
    for (const failure of report.failures) this.#failures.note({ ...failure, program: report.name })
  }

  async cancelQuery(id: string): Promise<boolean> {
    const { cancelQuery } = this.options
    if (cancelQuery === undefined) return false
    await cancelQuery(id)
    return true
  }

  takeSample(): Sample {
    const standing = this.#standing()
    this.#notice(standing)
    const { ended, latenciesMs, failed, restarted, refused, authenticate } = this.#programs.takeWindow()
    this.#rolling.add(ended, latenciesMs)
    const { perSecond, latency } = this.#rolling
    this.#totals.queries += ended.blue + ended.green
    this.#totals.failed += failed
    this.#totals.refused += refused
    this.#totals.authenticate += authenticate
    const lane = (strategy: Strategy) => ({
      ended: ended[strategy],
      inFlight: standing.inFlight[strategy],
      perSecond: perSecond[strategy],
    })
    return {
      at: Date.now(),
      active: standing.active,
      blue: lane('blue'),
      green: lane('green'),
      ...latency,
      failed,
      restarted,
      refused,
      authenticate,
      held: this.#programs.held(),
    }
  }

  async picture(): Promise<Omit<Picture, 'lastSwitch'>> {
    const host = this.options.inspectHost?.()
    return {
      at: Date.now(),
      state: stateOf(this.#standing()),
      availability: undefined,
      engines: undefined,
      totals: this.#totals,
      told: { failed: 'queries', latency: 'programs' },
      programs: this.#programFacts(host),
      queries: this.#queries(host),
      faults: [],
      failures: this.#failures.rows(),
      load: false,
      notices: this.#poll.problems,
    }
  }

  close(): void {
    this.#poll.close()
  }

  /** The shared state of the host is newer than any report. */
  #standing(): Standing {
    const host = this.options.inspectHost?.()
    const reports = this.#programs.reports()
    const told = this.#programs.inFlight()
    if (host?.activeStrategy !== undefined) {
      const inFlight = { blue: 0, green: 0 }
      // Programs of other hosts report queries that this host does not share.
      for (const strategy of STRATEGIES) inFlight[strategy] = Math.max(host.inFlight[strategy], told[strategy])
      return { active: host.activeStrategy, pending: host.pendingStrategy, pendingReady: host.pendingReady, inFlight }
    }
    const active = mostOf(reports.flatMap((report) => report.active ?? []))
    const pending = reports.filter((report) => report.pending !== undefined && report.pending !== active)
    return {
      active,
      pending: pending[0]?.pending,
      pendingReady: pending.some(({ pendingReady }) => pendingReady),
      inFlight: told,
    }
  }

  /** Turns changes since the last sample into moments. */
  #notice(after: Standing): void {
    const before = this.#before
    this.#before = after
    if (before === undefined) return
    const at = Date.now()
    if (after.pending !== undefined && before.pending !== after.pending)
      this.#tell({ at, kind: 'announced', strategy: after.pending })
    if (after.pending !== undefined && after.pendingReady && !(before.pendingReady && before.pending === after.pending))
      this.#tell({ at, kind: 'accepting', strategy: after.pending })
    if (before.active !== undefined && after.active !== undefined && before.active !== after.active) {
      this.#totals.switches += 1
      this.#draining = before.active
      this.#tell({ at, kind: 'cut over', strategy: after.active })
    } else if (before.pending !== undefined && after.pending === undefined && after.active !== undefined) {
      this.#tell({ at, kind: 'rolled back', strategy: after.active })
    }
    if (this.#draining !== undefined && after.inFlight[this.#draining] === 0) {
      this.#tell({ at, kind: 'drained', strategy: this.#draining })
      this.#draining = undefined
    }
  }

  /** Programs that report, then processes of this host that are known by their queries only. */
  #programFacts(host: HostInspection | undefined): ProgramFacts[] {
    const told = this.#programs.facts()
    if (host === undefined) return told
    const { activeStrategy: active, pendingStrategy: pending, pendingReady, epoch } = host
    const known = new Set(told.map(({ pid }) => pid))
    const silent = [...new Set(host.queries.flatMap(({ pid }) => (pid === undefined || known.has(pid) ? [] : [pid])))]
    const unknown = { held: 0, queries: 0, failed: 0, restarted: 0, authenticate: 0, agoMs: 0, hasJustFailed: false }
    const found = silent.map((pid) => {
      const inFlight = { blue: 0, green: 0 }
      for (const query of host.queries) if (query.pid === pid) inFlight[query.strategy] += 1
      const who = { name: `process ${pid}`, host: 'this host', pid }
      return { ...who, active, pending, pendingReady, epoch, inFlight, ...unknown }
    })
    return [...told, ...found]
  }

  #queries(host: HostInspection | undefined): QueryRow[] {
    const told = this.#programs.queries()
    const known = new Set(told.map(({ id }) => id))
    const seen = new Map<string, number>()
    const found = (host?.queries ?? []).flatMap(({ queryId: id, strategy, pid }): QueryRow[] => {
      const startedAt = this.#seen.get(id) ?? Date.now()
      seen.set(id, startedAt)
      const owner = pid === undefined ? {} : { owner: `process ${pid}` }
      return known.has(id) ? [] : [{ id, strategy, state: 'running', startedAt, ...owner }]
    })
    this.#seen = seen
    return [...found, ...told]
  }

  #tell(moment: Parameters<Listener['moment']>[0]): void {
    for (const listener of this.#listeners) {
      listener.moment(moment)
      listener.change()
    }
  }
}

function stateOf({ active, pending, pendingReady, inFlight }: Standing): WatchedState {
  if (active === undefined) return { kind: 'unknown' }
  const other = otherStrategy(active)
  if (pending === other) return { kind: 'announced', active, next: other, accepting: pendingReady }
  return inFlight[other] > 0
    ? { kind: 'cut-over', active, draining: other, accepting: true }
    : { kind: 'stable', active }
}

function mostOf(strategies: readonly Strategy[]): Strategy | undefined {
  const count = (wanted: Strategy) => strategies.filter((strategy) => strategy === wanted).length
  if (strategies.length === 0) return undefined
  return count('green') > count('blue') ? 'green' : 'blue'
}
