import type { StrategyEvents } from '../../src/observability/events.ts'
import { DEFAULT_STRATEGY_LIMITS } from '../../src/strategy/strategy-state.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import type { Exchange } from './exchange.ts'
import { isAboutRunningQuery } from './faults.ts'
import type { Schedule, Settings } from './schedule.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { SimulatedTime } from './simulated-time.ts'
import type { Watch } from './watch.ts'

/** What is known of one process's view of one cluster. */
interface View {
  /** The strategy it knows to be ready. */
  ready: Strategy | undefined
  /** Announced switches that may still follow, by rule 10. */
  tokens: number
  refilledAt: number
  /** Detections since the cluster last switched. */
  detections: number
  switches: number
}

type Inspect<Name extends keyof StrategyEvents> = (
  process: SimulatedProcess,
  cluster: SimulatedCluster,
  facts: StrategyEvents[Name][0],
) => void

/** Detections a process may need for one switch. */
const MOST_DETECTIONS = 2

/** Rounding may cost this much of a token. */
const TOKEN_SLACK = 0.001

/** Judges what strategy managers do, by what the servers have told their processes. */
export class StrategyInspection {
  readonly #inspections: { readonly [Name in keyof StrategyEvents]?: Inspect<Name> } = {
    'strategy:ready': (...heard) => this.#ready(...heard),
    'strategy:transition': (...heard) => this.#transition(...heard),
    'strategy:cleared': (...heard) => this.#cleared(...heard),
    'strategy:detected': (process, cluster) => this.#detected(process, cluster),
  }
  readonly #time: SimulatedTime
  readonly #watch: Watch
  readonly #settings: Settings
  readonly #views = new Map<SimulatedProcess, Map<SimulatedCluster, View>>()
  /** When each colour last told a process of the host that it takes clients. */
  readonly #accepted = new Map<SimulatedCluster, Record<Strategy, number>>()
  /** Epochs that began by forgetting a strategy for a good reason. */
  readonly #clearedEpochs = new Map<SimulatedCluster, Set<number>>()
  readonly #storesAreLost: boolean
  #lastEnded: Exchange | undefined

  constructor(time: SimulatedTime, watch: Watch, { settings, decisions }: Schedule) {
    this.#time = time
    this.#watch = watch
    this.#settings = settings
    this.#storesAreLost = decisions.some(({ kind }) => kind === 'lose store')
  }

  /** Another step of the simulation begins. */
  stepBegins(): void {
    this.#lastEnded = undefined
  }

  ended(call: Exchange, cluster: SimulatedCluster): void {
    this.#lastEnded = call
    if (call.step !== 'login' || call.end !== 'answered') return
    const accepted = this.#accepted.get(cluster) ?? { blue: -1, green: -1 }
    this.#accepted.set(cluster, accepted)
    accepted[call.headers.get('strategy') as Strategy] = this.#time.now
  }

  /** A manager of a process has said something. */
  heard<Name extends keyof StrategyEvents>(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    name: Name,
    facts: StrategyEvents[Name][0],
  ): void {
    const inspect = this.#inspections[name] as Inspect<Name> | undefined
    inspect?.(process, cluster, facts)
  }

  /** A strategy that was announced is said to be ready: it must have accepted a session. */
  #ready(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    { strategy }: StrategyEvents['strategy:ready'][0],
  ): void {
    this.#requireAccepted(process, cluster, strategy, 'ready')
    this.#view(process, cluster).ready = strategy
  }

  #transition(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    facts: StrategyEvents['strategy:transition'][0],
  ): void {
    const view = this.#view(process, cluster)
    if (view.ready !== facts.to) this.#requireAccepted(process, cluster, facts.to, facts.cause)
    view.ready = undefined
    if (facts.cause === 'announced') this.#spendToken(process, cluster)
  }

  /**
   * A strategy is forgotten only because a call that was no running query's was turned away: one of this process, in this
   * step, or one of another that shares what it knows.
   */
  #cleared(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    { epoch }: StrategyEvents['strategy:cleared'][0],
  ): void {
    const known = this.#clearedEpochs.get(cluster) ?? new Set()
    this.#clearedEpochs.set(cluster, known)
    const call = this.#lastEnded
    const isRefusal = call?.end === 'refused by the proxy' || call?.end === 'refused by the engine'
    if (isRefusal && call.process === process && !isAboutRunningQuery(call.step)) known.add(epoch)
    // Who went on alone for a while comes back with epochs of its own.
    else if (this.#settings.store === 'process' || (!known.has(epoch) && !this.#storesAreLost)) {
      this.#watch.report(
        'a strategy was forgotten without reason',
        `${process.name} after ${call?.method.name} ${call?.end}`,
      )
    }
  }

  #detected(process: SimulatedProcess, cluster: SimulatedCluster): void {
    const view = this.#view(process, cluster)
    if (view.switches !== cluster.switches) {
      view.switches = cluster.switches
      view.detections = 0
    }
    view.detections += 1
    if (this.#settings.faults || view.detections <= MOST_DETECTIONS) return
    this.#watch.report('too many detections', `${process.name} has made ${view.detections} since the last switch`)
  }

  #requireAccepted(process: SimulatedProcess, cluster: SimulatedCluster, strategy: Strategy, cause: string): void {
    const acceptedAt = this.#accepted.get(cluster)?.[strategy] ?? -1
    if (acceptedAt >= 0 && acceptedAt >= cluster.lastServedAt(strategy)) return
    this.#watch.report('a move to a strategy that had not accepted', `${process.name} to ${strategy} (${cause})`)
  }

  #spendToken(process: SimulatedProcess, cluster: SimulatedCluster): void {
    const { switchBurst, switchRefillMs } = DEFAULT_STRATEGY_LIMITS
    const view = this.#view(process, cluster)
    const now = this.#time.now
    view.tokens = Math.min(view.tokens + (now - view.refilledAt) / switchRefillMs, switchBurst) - 1
    view.refilledAt = now
    if (view.tokens >= -TOKEN_SLACK) return
    this.#watch.report('announced switches flapped', `${process.name} has moved too often`)
  }

  #view(process: SimulatedProcess, cluster: SimulatedCluster): View {
    const views = this.#views.get(process) ?? new Map<SimulatedCluster, View>()
    this.#views.set(process, views)
    const view: View = views.get(cluster) ?? {
      tokens: DEFAULT_STRATEGY_LIMITS.switchBurst,
      refilledAt: this.#time.now,
      ...{ ready: undefined, detections: 0, switches: cluster.switches },
    }
    views.set(cluster, view)
    return view
  }
}
