import type { CancelSchedule, Clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { pause } from '../time/pause.ts'
import type { Strategy } from '../types/strategy.ts'
import type { DetectionOptions } from './detection-options.ts'
import { renewing } from './hold-pace.ts'
import type { StrategyManager } from './strategy-manager.ts'
import type { ProbeAnswer, StrategyProber } from './strategy-prober.ts'

/** The pause between two checks of an announced strategy that is not ready yet, in milliseconds. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5000

/** The period over which recently used connections log in on a strategy that is ready, in milliseconds. */
const LOGINS_SPREAD_MS = 2000

/** The maximum number of concurrent logins. */
const LOGINS_AT_ONCE = 16

/**
 * Prepares an announced strategy in the background, until it is ready or the announcement is gone (rules 2 and 18). One
 * process does so for all who share the state, with the prober of any of its connections; traffic never waits for it.
 */
export class StrategyPrewarming {
  readonly #manager: StrategyManager
  readonly #clock: Clock
  readonly #probeTimeoutMs: number
  readonly #probers = new Set<StrategyProber>()
  readonly #waiting: (() => Promise<void>)[] = []
  readonly #delays = new Set<CancelSchedule>()
  #underWay = 0
  #running: Strategy | undefined
  #abandon = new AbortController()

  constructor(
    manager: StrategyManager,
    clock: Clock,
    options: Pick<Required<DetectionOptions>, 'strategyProbeTimeoutMs'>,
  ) {
    this.#manager = manager
    this.#clock = clock
    this.#probeTimeoutMs = options.strategyProbeTimeoutMs
    manager.events.on('strategy:announced', this.#start)
    manager.events.on('strategy:mismatch', this.#start) // A ready strategy that refused work must be proven again.
  }

  /** Adds a connection's prober. Returns a function to remove it. */
  join(prober: StrategyProber): () => void {
    this.#probers.add(prober)
    this.#start() // An announcement may have come while there was no prober.
    return () => {
      this.#probers.delete(prober)
      if (this.#probers.size > 0) return
      this.#abandon.abort()
      this.#abandon = new AbortController()
    }
  }

  /**
   * Runs a connection's login in the background, at a random moment within 2 s, so that a switch causes no login storm.
   */
  enqueue(login: () => Promise<void>): void {
    const cancel = this.#clock.schedule(
      this.#clock.jitter(LOGINS_SPREAD_MS),
      () => {
        this.#delays.delete(cancel)
        this.#waiting.push(login)
        while (this.#underWay < LOGINS_AT_ONCE && this.#waiting.length > 0) void this.#runNext(this.#waiting.shift()!)
      },
      'background',
    )
    this.#delays.add(cancel)
  }

  async #runNext(login: () => Promise<void>): Promise<void> {
    this.#underWay += 1
    try {
      await login()
    } catch (error) {
      // The first statement that needs the session logs in again, and gets the same error if it persists.
      const { pending = this.#manager.getActiveStrategy() } = this.#manager
      if (pending) this.#manager.tell('strategy:prewarm-failed', { strategy: pending, reason: String(error) })
    } finally {
      this.#underWay -= 1
      const next = this.#waiting.shift()
      if (next) void this.#runNext(next)
    }
  }

  close(): void {
    this.#manager.events.off('strategy:announced', this.#start)
    this.#manager.events.off('strategy:mismatch', this.#start)
    for (const cancel of this.#delays) cancel()
    this.#abandon.abort()
  }

  readonly #start = (): void => {
    const { pending } = this.#manager
    if (!pending || this.#manager.isPendingReady || this.#running === pending) return
    if (this.#probers.size === 0 || this.#abandon.signal.aborted) return
    this.#running = pending
    void this.#askUntilReady(pending, this.#abandon.signal)
  }

  /** Never rejects: a failed probe is an event, and is repeated. */
  async #askUntilReady(strategy: Strategy, abandoned: AbortSignal): Promise<void> {
    const { epoch } = this.#manager
    const stillAnnounced = () =>
      this.#manager.pending === strategy && this.#manager.epoch === epoch && !abandoned.aborted
    for (let pauseMs = FIRST_PAUSE_MS; stillAnnounced(); pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (this.#manager.isPendingReady) break // Another process has proven it.
      if (await this.#becomesReady(strategy, epoch, pauseMs, abandoned)) break
      await pause(this.#clock, pauseMs / 2 + this.#clock.jitter(pauseMs / 2), abandoned, 'background')
    }
    this.#manager.stopAsking()
    if (this.#running === strategy) this.#running = undefined
    // It may have been announced again in the meantime, under another epoch, or the connections that asked may have
    // left while another came: both need a new start.
    if (this.#manager.epoch !== epoch || abandoned.aborted) this.#start()
  }

  async #becomesReady(strategy: Strategy, epoch: number, pauseMs: number, abandoned: AbortSignal): Promise<boolean> {
    // Each check is a login and a statement, so none is made whose result would not count.
    if (this.#manager.isBarred(strategy) || !this.#manager.mayAsk(pauseMs, 'readiness')) return false
    const renew = () => this.#manager.mayAsk(pauseMs, 'readiness')
    const answer = await renewing(this.#prove(strategy, abandoned), pauseMs, this.#clock, renew)
    if (answer.kind === 'accepted') return this.#manager.ready(strategy, epoch)
    const reason = answer.kind === 'mismatch' ? 'the strategy does not serve new work' : String(answer.error)
    if (!abandoned.aborted) this.#manager.tell('strategy:prewarm-failed', { strategy, reason })
    if (answer.kind === 'unable') this.#manager.stopAsking() // Another process may have other credentials.
    return false
  }

  async #prove(strategy: Strategy, signal: AbortSignal): Promise<ProbeAnswer> {
    const [prober] = this.#probers
    if (!prober) return { kind: 'silent', error: 'no connection is open' }
    const timeoutMs = this.#probeTimeoutMs
    try {
      return await prober.prove(strategy, Deadline.of(this.#clock, { signal, timeoutMs }, timeoutMs, 'prewarming'))
    } catch (error) {
      return { kind: 'failed', error }
    }
  }
}
