import type { StrategyEvents } from '../../src/observability/events.ts'
import { DEFAULT_STRATEGY_LIMITS } from '../../src/strategy/strategy-state.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import { AnnouncementInspection } from './announcement-inspection.ts'
import type { Exchange } from './exchange.ts'
import { isAboutRunningQuery } from './faults.ts'
import { FreshnessInspection } from './freshness-inspection.ts'
import type { Schedule, Settings } from './schedule.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import { PROBE_ID } from './simulated-engine.ts'
import type { SimulatedHost } from './simulated-host.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { SimulatedTime } from './simulated-time.ts'
import { Views } from './views.ts'
import type { Watch } from './watch.ts'

/** What is known of one process's view of one cluster. */
interface View {
  /** The strategy it knows to be ready. */
  ready: Strategy | undefined
  /** Detections since the cluster last cut over or rolled back. */
  detections: number
  /** Statements that were queued or prepared since then: where proxies disagree, each may need a search (rule 4). */
  prepares: number
  turns: number
}

/** Announced switches that may still follow each other, by rule 10. */
interface Budget {
  tokens: number
  at: number
  /** How long one more takes: twice as long with each that follows another within five minutes. */
  refillMs: number
  lastSwitchAt: number
}

/** A switch so long after the one before it is the first of its kind again; no refill takes longer. */
const FORGOTTEN_AFTER_MS = 300_000

const fullBudget = (): Budget => ({
  ...{ tokens: switchBurst, at: 0, refillMs: switchRefillMs, lastSwitchAt: Number.NEGATIVE_INFINITY },
})

type Facts<Name extends keyof StrategyEvents> = StrategyEvents[Name][0]

type Inspect<Name extends keyof StrategyEvents> = (
  process: SimulatedProcess,
  cluster: SimulatedCluster,
  facts: Facts<Name>,
) => void

/** Detections a process may need for one turn of its cluster. */
const MOST_DETECTIONS = 2

/** For so long a strategy that was ready when it was withdrawn counts as ready, and the slack of late news. */
const READINESS_KEPT_MS = 3500

/**
 * A strategy that has taken all work for so long, in milliseconds, has refused nothing that is still to be answered.
 */
const LONG_SERVED_MS = 15_000

/** How long a search keeps an answer before it uses it, in milliseconds. */
const ANSWER_KEPT_MS = 1500

/** Rounding may cost this much of a token. */
const TOKEN_SLACK = 0.001

const { switchBurst, switchRefillMs } = DEFAULT_STRATEGY_LIMITS

/** Judges what strategy managers do, by what the servers have told their processes. */
export class StrategyInspection {
  readonly #inspections: { readonly [Name in keyof StrategyEvents]?: Inspect<Name> } = {
    'strategy:announced': (...heard) => this.#announcements.announced(...heard),
    'strategy:withdrawn': (...heard) => this.#withdrew(...heard),
    'strategy:ready': (...heard) => this.#ready(...heard),
    'strategy:transition': (...heard) => this.#transition(...heard),
    'strategy:cleared': (...heard) => this.#cleared(...heard),
    'strategy:detected': (process, cluster) => this.#detected(process, cluster),
    'strategy:swept': (process, _, { queryId }) => this.#freshness.swept(process, queryId),
  }
  readonly #time: SimulatedTime
  readonly #watch: Watch
  readonly #settings: Settings
  readonly #announcements: AnnouncementInspection
  readonly #freshness: FreshnessInspection
  readonly #storesAreLost: boolean
  /**
   * Where proxies disagree, or the first statement on a deployment is slow, each that is refused searches for itself.
   */
  readonly #searchesRepeat: boolean
  readonly #views = new Views<View>((_, { turns }) => ({ ready: undefined, detections: 0, prepares: 0, turns }))
  readonly #ownBudgets = new Views<Budget>(fullBudget)
  readonly #sharedBudgets = new Views<Budget, SimulatedHost>(fullBudget)
  /** The last withdrawal of a strategy that was ready. */
  readonly #withdrawn = new Map<SimulatedCluster, { readonly wasReady: Strategy; readonly at: number }>()
  /** When each deployment last told a process of the host that it takes clients. */
  readonly #accepted = new Map<SimulatedCluster, Record<Strategy, number>>()
  /** What the first process that knew it has said of each epoch. */
  readonly #said = new Views<Set<string>, SimulatedHost>(() => new Set())

  constructor(time: SimulatedTime, watch: Watch, { settings, decisions }: Schedule) {
    this.#time = time
    this.#watch = watch
    this.#settings = settings
    this.#announcements = new AnnouncementInspection(time, watch, settings)
    this.#freshness = new FreshnessInspection(time, watch, settings)
    this.#searchesRepeat = searchesRepeat({ settings, decisions })
    this.#storesAreLost = decisions.some(({ kind }) => kind === 'lose store')
  }

  /** Another step of the simulation begins. */
  stepBegins(): void {
    this.#announcements.stepBegins()
  }

  sent(call: Exchange, cluster: SimulatedCluster): void {
    this.#announcements.sent(call, cluster)
    if (call.step === 'prepare' || call.step === 'queue') this.#turnOf(call.process, cluster).prepares += 1
  }

  ended(call: Exchange, cluster: SimulatedCluster): void {
    this.#announcements.ended(call, cluster)
    this.#freshness.ended(call)
    // A deployment that drains answers a probe statement to its end: that it runs there is what makes it ready (rule
    // 18).
    const isAcceptance = !isAboutRunningQuery(call.step) || isAboutProbe(call, cluster)
    if (!isAcceptance || call.step === 'cluster' || call.end !== 'answered') return
    const accepted = this.#accepted.get(cluster) ?? { blue: -1, green: -1 }
    this.#accepted.set(cluster, accepted)
    accepted[call.headers.get('strategy') as Strategy] = this.#time.now
  }

  /** New work is about to move to another deployment. */
  beforeSwitch(cluster: SimulatedCluster, processes: readonly SimulatedProcess[], next: Strategy): void {
    const rich = processes.filter((process) => this.#budgetNow(process, cluster).tokens >= 1 + TOKEN_SLACK)
    this.#announcements.beforeSwitch(cluster, rich, next)
  }

  /** A manager of a process has said something. */
  heard<Name extends keyof StrategyEvents>(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    name: Name,
    facts: Facts<Name>,
  ): void {
    const inspect = this.#inspections[name] as Inspect<Name> | undefined
    inspect?.(process, cluster, facts)
  }

  /** A strategy that was announced is said to be ready: it must have accepted a session. */
  #ready(process: SimulatedProcess, cluster: SimulatedCluster, { strategy, epoch }: Facts<'strategy:ready'>): void {
    // A process may learn of it late from another process.
    if (this.#isFirstToSay(process, cluster, `${strategy} is ready in ${epoch}`)) {
      this.#requireAccepted(process, cluster, strategy, 'ready')
    }
    this.#views.of(process, cluster).ready = strategy
  }

  #withdrew(process: SimulatedProcess, cluster: SimulatedCluster, facts: Facts<'strategy:withdrawn'>): void {
    const { ready } = this.#views.of(process, cluster)
    if (ready === facts.strategy) this.#withdrawn.set(cluster, { wasReady: ready, at: this.#time.now })
    this.#announcements.withdrawn(process, cluster, facts)
  }

  #transition(process: SimulatedProcess, cluster: SimulatedCluster, facts: Facts<'strategy:transition'>): void {
    const { to, cause, epoch } = facts
    const view = this.#views.of(process, cluster)
    const isFirst = this.#isFirstToSay(process, cluster, `${to} is active in ${epoch}`)
    if (cause !== 'shared' && view.ready !== to) this.#requireAccepted(process, cluster, to, cause)
    // Who went on alone for a while comes back with epochs of its own.
    if (cause === 'shared' && isFirst && !this.#storesAreLost) {
      this.#watch.report('a move that no other process made was followed', `${process.name} to ${to}`)
    }
    view.ready = undefined
    this.#requireReason(process, cluster, facts)
    this.#announcements.moved(process, cluster, to, cause)
    if (cause === 'announced') this.#spendToken(process, cluster)
  }

  /**
   * Rules 4, 5 and 16: a strategy that takes all work is left for an announcement and for nothing else, however slow it
   * is.
   */
  #requireReason(process: SimulatedProcess, cluster: SimulatedCluster, facts: Facts<'strategy:transition'>): void {
    const { from, to, cause } = facts
    const { now } = this.#time
    if (this.#settings.faults || from === undefined || cause === 'announced' || cause === 'shared') return
    if (from !== cluster.active || !cluster.servedThroughout(from, now - LONG_SERVED_MS, now)) return
    this.#watch.report(
      'a strategy was left that took all work',
      `${process.name} went from ${from} to ${to} (${cause})`,
    )
  }

  /** No refusal makes a process forget a strategy (rule 4), and no program of the simulation asks for that. */
  #cleared(process: SimulatedProcess, cluster: SimulatedCluster, { epoch }: Facts<'strategy:cleared'>): void {
    this.#announcements.moved(process, cluster, undefined, 'cleared')
    // Who went on alone for a while comes back with epochs of its own.
    if (!this.#storesAreLost) this.#watch.report('a strategy was forgotten without reason', `${process.name}, ${epoch}`)
  }

  #detected(process: SimulatedProcess, cluster: SimulatedCluster): void {
    const view = this.#turnOf(process, cluster)
    view.detections += 1
    // Those whose login was refused search before anything of them is prepared.
    const most = MOST_DETECTIONS + (this.#searchesRepeat ? view.prepares + process.operationsRunning : 0)
    if (this.#settings.faults || view.detections <= most) return
    this.#watch.report('too many detections', `${process.name} has made ${view.detections} since the last turn`)
  }

  #turnOf(process: SimulatedProcess, cluster: SimulatedCluster): View {
    const view = this.#views.of(process, cluster)
    if (view.turns !== cluster.turns) Object.assign(view, { turns: cluster.turns, detections: 0, prepares: 0 })
    return view
  }

  /** Whether no other process that shares what it knows has said so before. */
  #isFirstToSay({ host }: SimulatedProcess, cluster: SimulatedCluster, news: string): boolean {
    if (this.#settings.store === 'process') return true
    const said = this.#said.of(host, cluster)
    const isFirst = !said.has(news)
    said.add(news)
    return isFirst
  }

  #requireAccepted(process: SimulatedProcess, cluster: SimulatedCluster, strategy: Strategy, cause: string): void {
    const acceptedAt = this.#accepted.get(cluster)?.[strategy] ?? -1
    // What is known of readiness is kept through a withdrawal (rule 3).
    const kept = this.#withdrawn.get(cluster)
    if (kept?.wasReady === strategy && this.#time.now - kept.at <= READINESS_KEPT_MS) return
    // A search uses the second strategy's answer only once the first has been silent for a while (rule 5).
    const ageMs = cause === 'detected' ? ANSWER_KEPT_MS : 0
    if (acceptedAt >= 0 && acceptedAt + ageMs >= cluster.lastServedAt(strategy)) return
    this.#watch.report('a move to a strategy that had not accepted', `${process.name} to ${strategy} (${cause})`)
  }

  #spendToken(process: SimulatedProcess, cluster: SimulatedCluster): void {
    const budget = this.#budgetNow(process, cluster)
    const { now } = this.#time
    const isSoon = now - budget.lastSwitchAt < FORGOTTEN_AFTER_MS
    budget.tokens -= 1
    budget.refillMs = isSoon ? Math.min(budget.refillMs * 2, FORGOTTEN_AFTER_MS) : switchRefillMs
    budget.lastSwitchAt = now
    if (budget.tokens >= -TOKEN_SLACK || this.#storesAreLost) return
    this.#watch.report('announced switches flapped', `${process.name} has moved too often`)
  }

  /** Of a process that shares what it knows, the budget of all who do. */
  #budgetNow(process: SimulatedProcess, cluster: SimulatedCluster): Budget {
    const { now } = this.#time
    const isShared = this.#settings.store === 'shared'
    const budget = isShared ? this.#sharedBudgets.of(process.host, cluster) : this.#ownBudgets.of(process, cluster)
    budget.tokens = Math.min(budget.tokens + (now - budget.at) / budget.refillMs, switchBurst)
    budget.at = now
    return budget
  }
}

/** Whether several statements may each need to search for the strategy that takes them. */
export function searchesRepeat({ settings, decisions }: Pick<Schedule, 'settings' | 'decisions'>): boolean {
  return settings.proxies !== undefined || decisions.some(({ kind }) => kind === 'slow down' || kind === 'misbehave')
}

/** Whether a call is about a probe statement that runs. */
function isAboutProbe({ queryId, headers }: Exchange, { engines }: SimulatedCluster): boolean {
  const query = engines[headers.get('strategy') as Strategy]?.queries.get(queryId ?? '')
  return query?.operation.id === PROBE_ID
}
