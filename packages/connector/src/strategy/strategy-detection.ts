import { AbortError, HeldCallsLimitError, StrategyDetectionTimeoutError } from '../errors.ts'
import type { Clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { pause } from '../time/pause.ts'
import type { Strategy } from '../types/strategy.ts'
import type { DetectionOptions } from './detection-options.ts'
import { askerLeaseMs, holdPauseMs, renewing } from './hold-pace.ts'
import { askBoth, type RoundResult } from './probe-round.ts'
import { answersText, failureOf, nextStep, type RefusedAnswers } from './refused-round.ts'
import type { RefusedCall, Ticket } from './strategy-change.ts'
import type { StrategyManager } from './strategy-manager.ts'
import type { ProbeAnswer, StrategyProber } from './strategy-prober.ts'

/** The options that detection uses. */
export type DetectionLimits = Pick<
  Required<DetectionOptions>,
  'strategyDetectionTimeoutMs' | 'strategyProbeTimeoutMs' | 'maxHeldCalls'
> & {
  /** The time limit of a login, in milliseconds. */
  readonly connectTimeoutMs: number
}

/**
 * While neither strategy is reachable, calls are held only if one served this recently, and only this long, in
 * milliseconds.
 */
const SERVED_LATELY_MS = 30_000
const UNREACHABLE_HOLD_MS = 5000

/**
 * For how long a strategy that accepted a login but refused the call must complete the probe statement, in
 * milliseconds.
 */
const MISLED_MS = 10_000

/** The number of times that a hanging login is restarted while calls are held. */
const JOINS_PER_HOLD = 4

/** What detection found last, and when. */
export interface Found {
  readonly ticket: Ticket
  readonly at: number
}

interface Flight {
  readonly prober: StrategyProber
  /** The strategy whose refusal started it; `undefined` when none was known. */
  readonly refused: Strategy | undefined
  readonly startedAt: number
  readonly abandon: AbortController
  result: Promise<Ticket>
  waiting: number
  isHeld: boolean
  answers: RefusedAnswers | undefined
  /** The time since neither strategy is reachable, in monotonic milliseconds; `undefined` while one of them refuses. */
  unreachableSince: number | undefined
}

/**
 * Finds a strategy that accepts new work (rules 4 and 5). Single-flight: one of the waiting calls asks, through its own
 * connection's prober, and the others wait for the result, each with its own deadline. While neither strategy accepts
 * work, the calls are held (rule 21).
 */
export class StrategyDetection {
  readonly #manager: StrategyManager
  readonly #clock: Clock
  readonly #limits: DetectionLimits
  /** Tickets based on an accepted login, but not yet on an accepted call. */
  readonly #issued = new WeakSet<Ticket>()
  /** The last time each strategy refused a call after accepting the login of detection. */
  readonly #misledAt = new Map<Strategy, number>()
  #flight: Flight | undefined
  #found: Found | undefined

  constructor(manager: StrategyManager, clock: Clock, limits: DetectionLimits) {
    this.#manager = manager
    this.#clock = clock
    this.#limits = limits
  }

  /** The number of calls that currently wait for a strategy. */
  get held(): number {
    return this.#flight?.waiting ?? 0
  }

  /**
   * Returns the destination of new work without asking; `undefined` when no strategy is known, or calls are held. A
   * query boundary.
   */
  route(): Ticket | undefined {
    const ticket = this.#manager.boundary()
    return this.#flight?.isHeld ? undefined : ticket
  }

  /**
   * Finds the destination of new work when `route` does not know it.
   * @throws StrategyDetectionTimeoutError when neither strategy accepts work for `strategyDetectionTimeoutMs`
   * @throws HeldCallsLimitError when `maxHeldCalls` already wait
   * @throws CredentialsError when no strategy accepts and one refuses the credentials
   */
  detect(prober: StrategyProber, deadline: Deadline): Promise<Ticket> {
    return this.#wait(prober, undefined, deadline)
  }

  /**
   * Finds the destination of a refused call for new work. The ticket may be for the other strategy, or for the same one
   * if it accepts again; the state has not changed because of it (rule 4).
   * @throws the errors of `detect`
   */
  async elsewhere(prober: StrategyProber, { by, sentAt }: RefusedCall, deadline: Deadline): Promise<Ticket> {
    if (this.#issued.has(by)) this.#misledAt.set(by.strategy, this.#clock.now())
    return knownElsewhere({ by, sentAt }, this.#manager, this.#found) ?? this.#wait(prober, by.strategy, deadline)
  }

  async #wait(prober: StrategyProber, refused: Strategy | undefined, deadline: Deadline): Promise<Ticket> {
    const limitMs = this.#limits.strategyDetectionTimeoutMs
    let flight: Flight | undefined
    const limit = deadline.within(limitMs, () => {
      const answers = flight?.answers ? ` (${answersText(flight.answers)})` : ''
      const message = `neither blue nor green accepted work for ${limitMs} ms${answers}; a switch may be in progress: try again later`
      return new StrategyDetectionTimeoutError(message, { outcome: 'not-sent', retryable: true })
    })
    for (;;) {
      limit.throwIfOver()
      this.#flight ??= this.#launch(prober, refused)
      flight = this.#flight
      if (flight.waiting >= this.#limits.maxHeldCalls) {
        throw new HeldCallsLimitError(`${flight.waiting} calls already wait for a strategy (maxHeldCalls)`, {
          outcome: 'not-sent',
          retryable: true,
        })
      }
      try {
        return await this.#await(flight, limit)
      } catch (error) {
        // The connection that asked for all was closed: another waiting connection asks instead.
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

  #launch(prober: StrategyProber, refused: Strategy | undefined): Flight {
    const startedAt = this.#clock.now()
    const flight: Flight = {
      prober,
      refused,
      startedAt,
      unreachableSince: startedAt,
      abandon: new AbortController(),
      result: Promise.reject(new Error('not started')),
      waiting: 0,
      isHeld: false,
      answers: undefined,
    }
    flight.result.catch(() => undefined)
    flight.result = this.#search(flight)
    const done = () => this.#forget(flight)
    flight.result.then(done, done)
    return flight
  }

  #abandon(flight: Flight): void {
    flight.abandon.abort()
    this.#forget(flight)
  }

  #forget(flight: Flight): void {
    if (this.#flight === flight) this.#flight = undefined
  }

  async #search(flight: Flight): Promise<Ticket> {
    const news = this.#listen()
    try {
      return await this.#askUntilFound(flight, news.found)
    } finally {
      news.stop()
      flight.abandon.abort() // The remaining answers are no longer needed.
      this.#manager.stopAsking()
    }
  }

  async #askUntilFound(flight: Flight, news: Promise<Ticket>): Promise<Ticket> {
    const { signal } = flight.abandon
    for (let round = 1, leaseMs = 0; ; round++) {
      if (signal.aborted) throw new AbortError('no caller waits for a strategy any more', { outcome: 'not-sent' })
      // Each process asks once for itself; while calls are held, one process asks for all (rule 21).
      const mayAsk = round === 1 || this.#manager.mayAsk(leaseMs, 'hold')
      const outcome = mayAsk ? await Promise.race([this.#round(flight, leaseMs), news]) : undefined
      if (outcome && 'strategy' in outcome) return this.#tellFound(flight, outcome, round)
      if (outcome) {
        const answers = settled(outcome.answers, flight.answers)
        flight.answers = answers
        const [first] = this.#manager.detectionOrder(flight.refused)
        const next = nextStep(answers, { first, servedLately: this.#servedLately() })
        if (next.kind === 'fail') throw next.error
        if (next.kind === 'hold') this.#hold(flight)
        if (next.kind === 'hold' && this.#isUnreachableTooLong(flight, next.why)) throw failureOf(answers, first)
      }
      const pauseMs = holdPauseMs(this.#heldMs(flight), this.#clock)
      leaseMs = askerLeaseMs(pauseMs)
      const learnt = await Promise.race([pause(this.#clock, pauseMs, signal), news])
      if (learnt) return this.#tellFound(flight, learnt, round)
    }
  }

  /** Asks both strategies once. Returns the destination of new work, or both answers. */
  async #round(flight: Flight, leaseMs: number): Promise<Ticket | Extract<RoundResult, { kind: 'refused' }>> {
    const order = this.#manager.detectionOrder(flight.refused)
    const known = this.#manager.current()
    if (known && flight.refused === undefined) return known // Another process has found one.
    const { epoch } = this.#manager
    const asked = askBoth(order, (strategy) => this.#ask(flight, strategy), this.#clock)
    const result = await (leaseMs > 0
      ? renewing(asked, leaseMs, this.#clock, () => this.#manager.mayAsk(leaseMs, 'hold'))
      : asked)
    if (result.kind === 'refused') return result
    return useFound(this.#manager, result, { epoch, isHeld: flight.isHeld })
  }

  async #ask({ prober, abandon: { signal } }: Flight, strategy: Strategy): Promise<ProbeAnswer> {
    if (signal.aborted) return { kind: 'silent', error: signal.reason }
    const misledAt = this.#misledAt.get(strategy)
    const needsProof = isMisled(misledAt, this.#clock.now())
    const { connectTimeoutMs, strategyProbeTimeoutMs } = this.#limits
    const timeoutMs = needsProof ? strategyProbeTimeoutMs : connectTimeoutMs
    const deadline = Deadline.of(this.#clock, { signal, timeoutMs }, timeoutMs, `asking ${strategy}`)
    if (!needsProof) return prober.probe(strategy, deadline, this.#limits.strategyDetectionTimeoutMs / JOINS_PER_HOLD)
    const answer = await prober.prove(strategy, deadline)
    if (answer.kind === 'accepted') this.#misledAt.delete(strategy)
    else this.#misledAt.set(strategy, this.#clock.now()) // A login alone could be misleading again.
    return answer
  }

  #tellFound(flight: Flight, ticket: Ticket, round: number): Ticket {
    const heldMs = this.#heldMs(flight)
    this.#manager.tell('strategy:detected', { ...ticket, rounds: round, heldMs })
    if (flight.isHeld) this.#manager.tell('strategy:released', { ...ticket, heldMs, calls: flight.waiting })
    this.#issued.add(ticket)
    this.#found = { ticket, at: this.#clock.now() }
    return ticket
  }

  #hold(flight: Flight): void {
    if (flight.isHeld) return
    flight.isHeld = true
    this.#manager.tell('strategy:held', { calls: flight.waiting, epoch: this.#manager.epoch })
  }

  #isUnreachableTooLong(flight: Flight, why: 'refusing' | 'unreachable'): boolean {
    const now = this.#clock.now()
    flight.unreachableSince = unreachableSince(flight.unreachableSince, why, now)
    return isUnreachableForLong(flight.unreachableSince, now, this.#limits)
  }

  #heldMs({ startedAt }: Flight): number {
    return this.#clock.now() - startedAt
  }

  #servedLately(): boolean {
    return this.#clock.now() - this.#manager.servedAt <= SERVED_LATELY_MS
  }

  /** Prewarming, suspicion or another process may also find a strategy: the first one ends the search. */
  #listen(): { readonly found: Promise<Ticket>; stop(): void } {
    const { events } = this.#manager
    let stop: () => void = () => undefined
    const found = new Promise<Ticket>((resolve) => {
      const onTransition = () => {
        const current = this.#manager.current() // It may have been cleared again in the meantime.
        if (current) resolve(current)
      }
      const onAccepting = ({ strategy, epoch }: Ticket) => resolve({ strategy, epoch })
      events.on('strategy:transition', onTransition).on('strategy:accepting', onAccepting)
      stop = () => void events.off('strategy:transition', onTransition).off('strategy:accepting', onAccepting)
    })
    return { found, stop: () => stop() }
  }
}

/** A strategy that was silent for the duration of a login, and is asked again, still counts as silent. */
function settled(answers: RefusedAnswers, earlier: RefusedAnswers | undefined): RefusedAnswers {
  const settle = (strategy: Strategy) => {
    const before = earlier?.[strategy]
    return answers[strategy].kind === 'waiting' && before?.kind === 'silent' ? before : answers[strategy]
  }
  return { blue: settle('blue'), green: settle('green') }
}

/** Where a refused call goes without asking anyone: what has become active, or is ready, or was found since it was sent. */
export function knownElsewhere(
  { by, sentAt }: RefusedCall,
  manager: Pick<StrategyManager, 'current' | 'readyStrategy'>,
  found: Found | undefined,
): Ticket | undefined {
  const current = manager.current()
  if (current && current.epoch !== by.epoch) return current
  const { readyStrategy } = manager
  if (readyStrategy && readyStrategy !== by.strategy) return { strategy: readyStrategy, epoch: by.epoch }
  const isNews = found !== undefined && found.at > sentAt && found.ticket.epoch === by.epoch && found.ticket !== by
  return isNews ? found.ticket : undefined
}

/** Passes on what a round that began under `epoch` found. Returns where new work goes, which may be what others found meanwhile. */
export function useFound(
  manager: Pick<StrategyManager, 'accepting' | 'current' | 'detected'>,
  { strategy, answer }: Extract<RoundResult, { kind: 'found' }>,
  { epoch, isHeld }: { epoch: number; isHeld: boolean },
): Ticket {
  if (isHeld) manager.accepting(strategy, epoch)
  const current = manager.current()
  if (!current) return manager.detected(strategy, epoch, answer.announced) ?? { strategy, epoch }
  return current.epoch === epoch ? { strategy, epoch } : current
}

/** Whether a strategy accepted a login and refused the call so lately that only the probe statement counts. */
export function isMisled(misledAt: number | undefined, now: number): boolean {
  return misledAt !== undefined && now - misledAt < MISLED_MS
}

/** Since when neither strategy can be reached, after one more round; `undefined` while one of them refuses. */
export function unreachableSince(
  earlier: number | undefined,
  why: 'refusing' | 'unreachable',
  now: number,
): number | undefined {
  return why === 'refusing' ? undefined : (earlier ?? now)
}

/** Whether calls that are held because neither strategy can be reached have waited for long enough. */
export function isUnreachableForLong(
  since: number | undefined,
  now: number,
  { strategyDetectionTimeoutMs }: Pick<DetectionLimits, 'strategyDetectionTimeoutMs'>,
): boolean {
  return since !== undefined && now - since >= Math.min(UNREACHABLE_HOLD_MS, strategyDetectionTimeoutMs)
}
