import { HeldCallsLimitError, StrategyDetectionTimeoutError } from '../errors.ts'
import type { Clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { pause } from '../time/pause.ts'
import type { Strategy } from '../types/strategy.ts'
import type { DetectionOptions } from './detection-options.ts'
import type { StrategyManager } from './strategy-manager.ts'
import type { ProbeAnswer, StrategyProber } from './strategy-prober.ts'
import type { Ticket } from './strategy-state.ts'

/** While both strategies refuse they are asked again after this pause and up to as much jitter, in milliseconds. */
const HOLD_PAUSE_MS = 5
const HOLD_JITTER_MS = 20

interface Flight {
  readonly prober: StrategyProber
  readonly abandon: AbortController
  readonly result: Promise<Ticket>
  waiting: number
}

/**
 * Finds the strategy that serves (rule 5). Single-flight: however many calls need to know, one of them asks, by its own
 * connection's prober, and the others wait for what it finds, each with its own deadline. While both strategies refuse,
 * a switch is in progress and the calls are held.
 */
export class StrategyDetection {
  readonly #manager: StrategyManager
  readonly #clock: Clock
  readonly #options: Required<DetectionOptions>
  #flight: Flight | undefined

  constructor(manager: StrategyManager, clock: Clock, options: Required<DetectionOptions>) {
    this.#manager = manager
    this.#clock = clock
    this.#options = options
  }

  /** How many calls wait for a strategy now. */
  get held(): number {
    return this.#flight?.waiting ?? 0
  }

  /**
   * @throws StrategyDetectionTimeoutError when both strategies refuse for `strategyDetectionTimeoutMs`
   * @throws HeldCallsLimitError when `maxHeldCalls` wait already
   * @throws CredentialsError when no strategy accepts and one refuses the credentials
   */
  async detect(prober: StrategyProber, deadline: Deadline): Promise<Ticket> {
    const limitMs = this.#options.strategyDetectionTimeoutMs
    const limit = deadline.within(limitMs, () => {
      const message = `neither blue nor green accepted work for ${limitMs} ms: a deployment may be in progress; try again later`
      return new StrategyDetectionTimeoutError(message, { outcome: 'not-sent', retryable: true })
    })
    for (;;) {
      limit.throwIfOver()
      this.#flight ??= this.#launch(prober)
      const flight = this.#flight
      if (flight.waiting >= this.#options.maxHeldCalls) {
        throw new HeldCallsLimitError(`${flight.waiting} calls already wait for a strategy (maxHeldCalls)`, {
          outcome: 'not-sent',
          retryable: true,
        })
      }
      try {
        return await this.#await(flight, limit)
      } catch (error) {
        // The connection that asked for all was closed: one that still waits asks instead.
        if (flight.prober === prober || !flight.prober.closed) throw error
      }
    }
  }

  async #await(flight: Flight, limit: Deadline): Promise<Ticket> {
    flight.waiting += 1
    this.#manager.waiting(1)
    try {
      return await limit.race(flight.result)
    } finally {
      flight.waiting -= 1
      this.#manager.waiting(-1)
      if (flight.waiting === 0) this.#abandon(flight)
    }
  }

  #launch(prober: StrategyProber): Flight {
    const abandon = new AbortController()
    const result = this.#search(prober, abandon.signal)
    const flight: Flight = { prober, abandon, result, waiting: 0 }
    const done = () => this.#forget(flight)
    result.then(done, done)
    return flight
  }

  #abandon(flight: Flight): void {
    flight.abandon.abort()
    this.#forget(flight)
  }

  #forget(flight: Flight): void {
    if (this.#flight === flight) this.#flight = undefined
  }

  async #search(prober: StrategyProber, abandoned: AbortSignal): Promise<Ticket> {
    const startedAt = this.#clock.now()
    const heldMs = () => this.#clock.now() - startedAt
    const learning = this.#learn()
    try {
      for (let round = 1; ; round++) {
        const found = await Promise.race([this.#askInTurn(prober, abandoned), learning.learnt])
        if (found) {
          this.#manager.events.emit('strategy:detected', { ...found, rounds: round, heldMs: heldMs() })
          if (round > 1)
            this.#manager.events.emit('strategy:released', { ...found, heldMs: heldMs(), calls: this.held })
          return found
        }
        if (round === 1) this.#manager.events.emit('strategy:held', { calls: this.held, epoch: this.#manager.epoch })
        const holdMs = HOLD_PAUSE_MS + this.#clock.jitter(HOLD_JITTER_MS)
        await Promise.race([pause(this.#clock, holdMs, abandoned), learning.learnt])
      }
    } finally {
      learning.stop()
    }
  }

  /** A strategy may be found by prewarming or by another process, too: whoever is first ends the search. */
  #learn(): { readonly learnt: Promise<Ticket>; stop(): void } {
    const { events } = this.#manager
    const stopping = new AbortController()
    const learnt = new Promise<Ticket>((resolve) => {
      const onTransition = () => {
        const found = this.#manager.current() // what was found may be forgotten again by the time this is heard
        if (found) resolve(found)
      }
      events.on('strategy:transition', onTransition)
      stopping.signal.addEventListener('abort', () => events.off('strategy:transition', onTransition))
    })
    return { learnt, stop: () => stopping.abort() }
  }

  /** Asks each strategy once; `undefined` when neither accepts now but waiting may help. */
  async #askInTurn(prober: StrategyProber, abandoned: AbortSignal): Promise<Ticket | undefined> {
    const order = this.#manager.detectionOrder()
    const known = this.#manager.current() // another process may have found one
    if (known) return known
    const { epoch } = this.#manager
    const answers: ProbeAnswer[] = []
    for (const strategy of order) {
      const answer = await this.#probe(prober, strategy, abandoned)
      if (answer.kind === 'accepted') return this.#manager.detected(strategy, epoch, answer.announced)
      answers.push(answer)
    }
    for (const answer of answers) if (answer.kind === 'unable') throw answer.error
    // One that refuses and one that is silent are a switch in progress; two that are silent are nobody there.
    for (const answer of answers) if (answer.kind === 'silent' && answers.every(isSilent)) throw answer.error
    return undefined
  }

  #probe(prober: StrategyProber, strategy: Strategy, abandoned: AbortSignal): Promise<ProbeAnswer> {
    return prober.probe(strategy, this.#limit(abandoned, this.#options.strategyProbeTimeoutMs))
  }

  #limit(signal: AbortSignal, timeoutMs: number): Deadline {
    return Deadline.of(this.#clock, { signal, timeoutMs }, timeoutMs, 'asking a strategy')
  }
}

function isSilent({ kind }: ProbeAnswer): boolean {
  return kind === 'silent'
}
