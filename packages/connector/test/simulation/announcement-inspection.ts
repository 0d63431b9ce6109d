import type { StrategyEvents, TransitionCause } from '../../src/observability/events.ts'
import { DEFAULT_STRATEGY_LIMITS } from '../../src/strategy/strategy-state.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import type { Exchange } from './exchange.ts'
import type { Settings } from './schedule.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { SimulatedTime } from './simulated-time.ts'
import { Views } from './views.ts'
import type { Watch } from './watch.ts'

/** A process's knowledge of a cluster's announcements, and its reaction. */
interface View {
  active: Strategy | undefined
  /** The time when that changed, or was cleared. */
  movedAt: number
  /** The time when it received an announcement. */
  announcedAt: number
  /** The number of consecutive answers in which the active strategy has named itself. */
  contradictions: number
  /** The time since which it has only named itself. */
  staysSince: number
  /** The same before the answer that announced a strategy again. */
  stayedSince: number
  lastNewWorkAt: number
}

/**
 * The number of contradicting answers after which a process must know that a switch was cancelled: one may be old and
 * late.
 */
const CLEAR_CONTRADICTION = 3

const { refusalCooldownMs } = DEFAULT_STRATEGY_LIMITS

/**
 * The time from an announcement to the login that follows it on a fast network: the longest pause between two checks.
 */
const LONGEST_PREWARMING_MS = 5000

/** The time without contradiction after which a withdrawal counts (rule 3). */
const WITHDRAWAL_MS = 1000

/** The reason why a process left a strategy; `cleared` when it knew of no other. */
type MoveCause = TransitionCause | 'cleared'

/**
 * Checks the handling of announcements: which ones count (rule 3), when they expire (rule 10), and that they are
 * followed.
 */
export class AnnouncementInspection {
  readonly #time: SimulatedTime
  readonly #watch: Watch
  readonly #settings: Settings
  readonly #views = new Views<View>(() => ({
    ...{
      active: undefined,
      movedAt: 0,
      announcedAt: 0,
      contradictions: 0,
      staysSince: Number.POSITIVE_INFINITY,
      stayedSince: Number.POSITIVE_INFINITY,
      lastNewWorkAt: 0,
    },
  }))
  /** The last time each strategy refused new work, of any process. */
  readonly #refusedAt: Record<Strategy, number> = { blue: Number.NEGATIVE_INFINITY, green: Number.NEGATIVE_INFINITY }
  #lastEnded: Exchange | undefined

  constructor(time: SimulatedTime, watch: Watch, settings: Settings) {
    this.#time = time
    this.#watch = watch
    this.#settings = settings
  }

  stepBegins(): void {
    this.#lastEnded = undefined
  }

  sent(call: Exchange, cluster: SimulatedCluster): void {
    if (call.step === 'prepare') this.#views.of(call.process, cluster).lastNewWorkAt = this.#time.now
  }

  ended(call: Exchange, cluster: SimulatedCluster): void {
    this.#lastEnded = call
    const colour = call.headers.get('strategy') as Strategy
    if (call.end !== 'answered' && call.step === 'prepare') this.#refusedAt[colour] = this.#time.now
    const view = this.#views.of(call.process, cluster)
    if (call.announced === undefined || colour !== view.active || call.sentAt < view.movedAt) return
    if (call.announced === view.active) {
      view.contradictions += 1
      view.staysSince = Math.min(view.staysSince, this.#time.now)
    } else {
      const { staysSince: stayedSince } = view
      Object.assign(view, { contradictions: 0, staysSince: Number.POSITIVE_INFINITY, stayedSince })
    }
  }

  announced(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    { strategy, active }: StrategyEvents['strategy:announced'][0],
  ): void {
    this.#views.of(process, cluster).announcedAt = this.#time.now
    this.#requireAnswer(process, cluster, active, strategy)
  }

  withdrawn(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    { active }: StrategyEvents['strategy:withdrawn'][0],
  ): void {
    // Engines may contradict each other in answers to abandoned calls, which no client receives.
    const { staysSince, stayedSince, announcedAt } = this.#views.of(process, cluster)
    // A slow answer reports late what its engine announced earlier.
    const saidSince = announcedAt - cluster.slowestSince(announcedAt)
    if (!this.#isAlone || cluster.contradictedSince(saidSince)) return
    // An answer that announces a strategy again may reveal that a withdrawal has long counted.
    const sinceMs = this.#time.now - (Number.isFinite(staysSince) ? staysSince : stayedSince)
    if (sinceMs >= WITHDRAWAL_MS) return
    const details = `${process.name} withdrew it ${sinceMs} ms after ${active} had said so`
    this.#watch.report('an announcement was followed that does not count', details)
  }

  /** Rule 3: a followed announcement was made by the active strategy, in this step, to a call sent to it as such. */
  #requireAnswer(process: SimulatedProcess, cluster: SimulatedCluster, active: Strategy, said: Strategy): void {
    if (!this.#isAlone) return // It may notice the writes of others at any time.
    const call = this.#lastEnded
    const isByActive = call?.process === process && call.headers.get('strategy') === active
    const { movedAt } = this.#views.of(process, cluster)
    // The answer to the login that found a strategy is its first as the active one.
    const hasFound = movedAt === this.#time.now
    if (hasFound && call === undefined) return // A search may have kept the answer for a while.
    const isNew = call !== undefined && (call.sentAt >= movedAt || (hasFound && call.method.name === 'authenticate'))
    if (isByActive && call.announced === said && isNew) return
    const by = `${call?.method.name} on ${call?.headers.get('strategy')}`
    this.#watch.report('an announcement was followed that does not count', `${process.name} on ${active}, by ${by}`)
  }

  moved(process: SimulatedProcess, cluster: SimulatedCluster, to: Strategy | undefined, cause: MoveCause): void {
    const view = this.#views.of(process, cluster)
    if (cause === 'announced' && this.#isAlone && view.contradictions >= CLEAR_CONTRADICTION) {
      this.#watch.report('an announcement was followed that had been taken back', `${process.name} to ${to}`)
    }
    // A process leaves a strategy without an announcement only if it refused work, including a login.
    if (view.active && (cause === 'cleared' || cause === 'forced')) this.#refusedAt[view.active] = this.#time.now
    Object.assign(view, {
      active: to,
      movedAt: this.#time.now,
      contradictions: 0,
      staysSince: Number.POSITIVE_INFINITY,
    })
  }

  /** New work is about to switch: every process with enough time and an occasion has already switched. */
  beforeSwitch(cluster: SimulatedCluster, processes: readonly SimulatedProcess[], next: Strategy): void {
    if (this.#settings.faults || cluster.acceptingSince === undefined) return
    if (cluster.contradictedSince(cluster.acceptingSince)) return
    const neededMs = LONGEST_PREWARMING_MS + this.#settings.tripMs[1] * 40
    for (const process of processes) {
      const { announcedAt, lastNewWorkAt } = this.#views.of(process, cluster)
      const since = Math.max(announcedAt, cluster.acceptingSince)
      const hadTime = announcedAt > 0 && lastNewWorkAt >= since + neededMs
      const isCool = since - this.#refusedAt[next] > refusalCooldownMs
      const active = process.managers.get(cluster)?.getSharedStrategy().activeStrategy
      if (!hadTime || !isCool || active === next) continue
      this.#watch.report('an announcement was not followed', `${process.name} is on ${active} still`)
    }
  }

  get #isAlone(): boolean {
    return this.#settings.store === 'process' || this.#settings.processes === 1
  }
}
