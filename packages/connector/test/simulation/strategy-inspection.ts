import type { StrategyEvents } from '../../src/observability/events.ts'
import { DEFAULT_STRATEGY_LIMITS } from '../../src/strategy/strategy-state.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import { AnnouncementInspection } from './announcement-inspection.ts'
import type { Exchange } from './exchange.ts'
import { isAboutRunningQuery } from './faults.ts'
import { FreshnessInspection } from './freshness-inspection.ts'
import type { Schedule, Settings } from './schedule.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
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
  /** New work that was refused since then: where proxies disagree, each refusal may need a search. */
  refusals: number
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

/** How long a login and the probe statement may take together, in milliseconds. */
const PROOF_MS = 5000

/** Rounding may cost this much of a token. */
const TOKEN_SLACK = 0.001

const { switchBurst, switchRefillMs } = DEFAULT_STRATEGY_LIMITS

/** Judges what strategy managers do, by what the servers have told their processes. */
export class StrategyInspection {
  readonly #inspections: { readonly [Name in keyof StrategyEvents]?: Inspect<Name> } = {
    'strategy:announced': (...heard) => this.#announcements.announced(...heard),
    'strategy:withdrawn': (...heard) => {
      this.#withdrawnAt.set(heard[1], this.#time.now)
      this.#announcements.withdrawn(...heard)
    },
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
  readonly #views = new Views<View>((_, { turns }) => ({ ready: undefined, detections: 0, refusals: 0, turns }))
  readonly #ownBudgets = new Views<Budget>(fullBudget)
  readonly #sharedBudgets = new Views<Budget, SimulatedHost>(fullBudget)
  /** When an announcement was last withdrawn. */
  readonly #withdrawnAt = new Map<SimulatedCluster, number>()
  /** When each colour last told a process of the host that it takes clients. */
  readonly #accepted = new Map<SimulatedCluster, Record<Strategy, number>>()
  /** What the first process that knew it has said of each epoch. */
  readonly #said = new Views<Set<string>, SimulatedHost>(() => new Set())

  constructor(time: SimulatedTime, watch: Watch, { settings, decisions }: Schedule) {
    this.#time = time
    this.#watch = watch
    this.#settings = settings
    this.#announcements = new AnnouncementInspection(time, watch, settings)
    this.#freshness = new FreshnessInspection(time, watch, settings)
    this.#storesAreLost = decisions.some(({ kind }) => kind === 'lose store')
  }

  /** Another step of the simulation begins. */
  stepBegins(): void {
    this.#announcements.stepBegins()
  }

  sent(call: Exchange, cluster: SimulatedCluster): void {
    this.#announcements.sent(call, cluster)
  }

  ended(call: Exchange, cluster: SimulatedCluster): void {
    this.#announcements.ended(call, cluster)
    this.#freshness.ended(call)
    if (call.end === 'refused by the proxy' && call.step !== 'login') this.#turnOf(call.process, cluster).refusals += 1
    if (isAboutRunningQuery(call.step) || call.step === 'cluster' || call.end !== 'answered') return
    const accepted = this.#accepted.get(cluster) ?? { blue: -1, green: -1 }
    this.#accepted.set(cluster, accepted)
    accepted[call.headers.get('strategy') as Strategy] = this.#time.now
  }

  /** New work is about to move to another colour. */
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
    // Whoever hears of it from another process may hear of it late.
    if (this.#isFirstToSay(process, cluster, `${strategy} is ready in ${epoch}`)) {
      this.#requireAccepted(process, cluster, strategy, 'ready')
    }
    this.#views.of(process, cluster).ready = strategy
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
    this.#announcements.moved(process, cluster, to, cause)
    if (cause === 'announced') this.#spendToken(process, cluster)
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
    const most = MOST_DETECTIONS + (this.#settings.proxies ? view.refusals : 0)
    if (this.#settings.faults || view.detections <= most) return
    this.#watch.report('too many detections', `${process.name} has made ${view.detections} since the last turn`)
  }

  #turnOf(process: SimulatedProcess, cluster: SimulatedCluster): View {
    const view = this.#views.of(process, cluster)
    if (view.turns !== cluster.turns) Object.assign(view, { turns: cluster.turns, detections: 0, refusals: 0 })
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
    const isKept = this.#time.now - (this.#withdrawnAt.get(cluster) ?? Number.NEGATIVE_INFINITY) <= READINESS_KEPT_MS
    if (isKept) return
    // Between the login and the end of the probe statement the deployment may have turned: it drains, and still answers.
    const isBeingProven = this.#time.now - acceptedAt <= PROOF_MS
    if (acceptedAt >= 0 && (isBeingProven || acceptedAt >= cluster.lastServedAt(strategy))) return
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
