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

/** What a process knows about a cluster, and how it reacted. */
interface View {
  active: Strategy | undefined
  /** When that changed, or was forgotten. */
  movedAt: number
  /** When it took an announcement in. */
  announcedAt: number
  /** Answers in a row by which the active strategy has said that it stays. */
  contradictions: number
  /** Since when it has said so and nothing else. */
  staysSince: number
  /** And since when it had, until the answer that announced something again. */
  stayedSince: number
  lastNewWorkAt: number
}

/** Who has heard so often that a deployment is off must know it: one answer may be an old one that comes late. */
const CLEAR_CONTRADICTION = 3

const { refusalCooldownMs } = DEFAULT_STRATEGY_LIMITS

/** From an announcement to the login that follows it, when the network is fast: the longest pause between two looks. */
const LONGEST_PREWARMING_MS = 5000

/** A withdrawal counts after so long without contradiction (rule 3). */
const WITHDRAWAL_MS = 1000

/** Why a process left a deployment; `cleared` when it knew of no other. */
type MoveCause = TransitionCause | 'cleared'

/** Checks announcements: which ones count (rule 3), when they end (rule 10), and that they are followed. */
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
  /** When each deployment last turned new work away, for whichever process. */
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
    const strategy = call.headers.get('strategy') as Strategy
    if (call.end !== 'answered' && call.step === 'prepare') this.#refusedAt[strategy] = this.#time.now
    const view = this.#views.of(call.process, cluster)
    if (call.announced === undefined || strategy !== view.active || call.sentAt < view.movedAt) return
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
    // Engines may contradict each other in answers to calls that their programs have given up, which no process reads.
    const { staysSince, stayedSince, announcedAt } = this.#views.of(process, cluster)
    // A slow answer tells late what its engine said before.
    const saidSince = announcedAt - cluster.slowestSince(announcedAt)
    if (!this.#isAlone || cluster.contradictedSince(saidSince)) return
    // An answer that announces something again may be what shows that a withdrawal has counted for long.
    const sinceMs = this.#time.now - (Number.isFinite(staysSince) ? staysSince : stayedSince)
    if (sinceMs >= WITHDRAWAL_MS) return
    const details = `${process.name} withdrew it ${sinceMs} ms after ${active} had said so`
    this.#watch.report('an announcement was followed that does not count', details)
  }

  /** Rule 3: what is followed was said by the active strategy, in this step, to a call that was sent to it as such. */
  #requireAnswer(process: SimulatedProcess, cluster: SimulatedCluster, active: Strategy, said: Strategy): void {
    if (!this.#isAlone) return // what others have written may come to its notice at any time
    const call = this.#lastEnded
    const isByActive = call?.process === process && call.headers.get('strategy') === active
    const { movedAt } = this.#views.of(process, cluster)
    // The answer to the login by which a deployment was found is the first that it gives as the active one.
    const hasFound = movedAt === this.#time.now
    if (hasFound && call === undefined) return // an answer that a search has kept for a while
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
    // Whatever it turned away, a login included: it is left so for nothing else.
    if (view.active && (cause === 'cleared' || cause === 'forced')) this.#refusedAt[view.active] = this.#time.now
    Object.assign(view, {
      active: to,
      movedAt: this.#time.now,
      contradictions: 0,
      staysSince: Number.POSITIVE_INFINITY,
    })
  }

  /** New work is about to switch: each of `processes` that had time and occasion must have moved already. */
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
