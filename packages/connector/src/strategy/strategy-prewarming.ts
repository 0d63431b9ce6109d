import type { Clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { pause } from '../time/pause.ts'
import type { Strategy } from '../types/strategy.ts'
import type { DetectionOptions } from './detection-options.ts'
import type { StrategyManager } from './strategy-manager.ts'
import type { ProbeAnswer, StrategyProber } from './strategy-prober.ts'

/** The pause between two looks at an announced strategy that does not accept yet: full jitter up to this, in milliseconds. */
const FIRST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 1000

/** How many connections of the process log in on a new strategy at once. */
const LOGINS_AT_ONCE = 16

/**
 * Asks an announced strategy for a session in the background, until it accepts or the announcement is gone (rule 2).
 * One look at a time for a cluster, by the prober of any of its connections; traffic never waits for it.
 */
export class StrategyPrewarming {
  readonly #manager: StrategyManager
  readonly #clock: Clock
  readonly #probeTimeoutMs: number
  readonly #probers = new Set<StrategyProber>()
  readonly #waiting: (() => Promise<void>)[] = []
  #underWay = 0
  #running: Strategy | undefined
  #abandon = new AbortController()

  constructor(manager: StrategyManager, clock: Clock, options: Required<DetectionOptions>) {
    this.#manager = manager
    this.#clock = clock
    this.#probeTimeoutMs = options.strategyProbeTimeoutMs
    manager.events.on('strategy:announced', this.#start)
  }

  /** Lends a connection's prober. Returns how to take it back. */
  join(prober: StrategyProber): () => void {
    this.#probers.add(prober)
    this.#start() // an announcement may have come when there was nobody to follow it
    return () => {
      this.#probers.delete(prober)
      if (this.#probers.size > 0) return
      this.#abandon.abort()
      this.#abandon = new AbortController()
    }
  }

  /** Runs a connection's own login in the background, a few at a time, so that a switch is no login storm. */
  enqueue(login: () => Promise<void>): void {
    this.#waiting.push(login)
    while (this.#underWay < LOGINS_AT_ONCE && this.#waiting.length > 0) void this.#runNext(this.#waiting.shift()!)
  }

  async #runNext(login: () => Promise<void>): Promise<void> {
    this.#underWay += 1
    try {
      await login()
    } catch (error) {
      // The first statement that needs the session logs in again, and meets the same error if it lasts.
      const { pending = this.#manager.getActiveStrategy() } = this.#manager
      if (pending) this.#manager.events.emit('strategy:prewarm-failed', { strategy: pending, reason: String(error) })
    } finally {
      this.#underWay -= 1
      const next = this.#waiting.shift()
      if (next) void this.#runNext(next)
    }
  }

  close(): void {
    this.#manager.events.off('strategy:announced', this.#start)
    this.#abandon.abort()
  }

  readonly #start = (): void => {
    const { pending } = this.#manager
    if (!pending || this.#running === pending || this.#probers.size === 0 || this.#abandon.signal.aborted) return
    this.#running = pending
    void this.#askUntilReady(pending, this.#abandon.signal)
  }

  /** Never rejects: a probe that fails is an event, and is repeated. */
  async #askUntilReady(strategy: Strategy, abandoned: AbortSignal): Promise<void> {
    const { epoch } = this.#manager
    const stillAnnounced = () =>
      this.#manager.pending === strategy && this.#manager.epoch === epoch && !abandoned.aborted
    for (let pauseMs = FIRST_PAUSE_MS; stillAnnounced(); pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (await this.#becomesReady(strategy, epoch, abandoned)) break
      await pause(this.#clock, this.#clock.jitter(pauseMs), abandoned, 'background')
    }
    if (this.#running === strategy) this.#running = undefined
    // It may have been announced again meanwhile, under another epoch, or the connections that asked may have left while
    // another came: either is another matter.
    if (this.#manager.epoch !== epoch || abandoned.aborted) this.#start()
  }

  async #becomesReady(strategy: Strategy, epoch: number, abandoned: AbortSignal): Promise<boolean> {
    // Each look is a login: none is worth making that would count for nothing.
    if (this.#manager.isBarred(strategy)) return false
    const answer = await this.#probe(strategy, abandoned)
    if (answer.kind === 'accepted' && this.#manager.ready(strategy, epoch)) return true
    if (answer.kind === 'unable' || answer.kind === 'silent') {
      this.#manager.events.emit('strategy:prewarm-failed', { strategy, reason: String(answer.error) })
    }
    return false
  }

  async #probe(strategy: Strategy, signal: AbortSignal): Promise<ProbeAnswer> {
    const [prober] = this.#probers
    if (!prober) return { kind: 'silent', error: 'no connection is open' }
    const timeoutMs = this.#probeTimeoutMs
    try {
      return await prober.probe(strategy, Deadline.of(this.#clock, { signal, timeoutMs }, timeoutMs, 'prewarming'))
    } catch (error) {
      return { kind: 'unable', error }
    }
  }
}
