import type { CheckFinding, SuspicionReason } from '../observability/events.ts'
import type { CancelSchedule, Clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { pause } from '../time/pause.ts'
import { otherStrategy, type Strategy } from '../types/strategy.ts'
import type { DetectionOptions } from './detection-options.ts'
import { SilenceWatch } from './silence-watch.ts'
import type { Ticket } from './strategy-change.ts'
import type { StrategyManager } from './strategy-manager.ts'
import type { ProbeAnswer, StrategyProber } from './strategy-prober.ts'

/** The minimum time between two checks of both strategies, in milliseconds. */
const CHECK_EVERY_MS = 1000

/** The time for which a check that found the strategy working excuses it from errors of an engine, in milliseconds. */
const CLEARED_MS = 10_000

/**
 * The result of a check: new work switches, or the active strategy is kept because it works or the other one does not.
 */
export type Verdict =
  | { readonly kind: 'moved'; readonly ticket: Ticket }
  | { readonly kind: 'stays'; readonly active: 'works' | 'refuses' | 'fails' }

const WORKS: Verdict = { kind: 'stays', active: 'works' }
const REFUSES: Verdict = { kind: 'stays', active: 'refuses' }
const FAILS: Verdict = { kind: 'stays', active: 'fails' }

/** A pending call for new work. */
export interface SuspectCall {
  /** Records an answer, whatever its content. */
  answered(): void
  /** Records that the caller no longer waits, without an answer. */
  gaveUp(): void
}

/** A waiting call, and the function to call when new work leaves its strategy in the meantime. */
interface WaitingCall {
  readonly of: Ticket
  readonly suspectAt: number
  readonly onMoved: (to: Ticket) => void
  cancel: CancelSchedule | undefined
}

interface Flight {
  readonly of: Ticket
  readonly reason: SuspicionReason
  /** The time when the strategies are asked first. */
  readonly askedAt: number
  verdict: Promise<Verdict>
}

/** A check that is over. */
export interface PastCheck {
  readonly of: Ticket
  /** When the strategies were asked first. */
  readonly askedAt: number
  readonly verdict: Verdict
}

export interface Findings {
  readonly active: CheckFinding
  /** Whether the active strategy answered a 456. */
  readonly refused: boolean
  /** The time of its answer, in monotonic milliseconds. */
  readonly at: number
  readonly other: CheckFinding
}

export type SuspicionLimits = Pick<Required<DetectionOptions>, 'suspectAfterMs' | 'strategyProbeTimeoutMs'>

/**
 * Finds out whether the active strategy fails, and leaves it only with proof (rule 16). Single-flight: one check serves
 * all callers. Each check asks both strategies for a login and the probe statement, on new connections.
 */
export class StrategySuspicion {
  readonly #manager: StrategyManager
  readonly #clock: Clock
  readonly #limits: SuspicionLimits
  readonly #silence: SilenceWatch
  readonly #probers = new Set<StrategyProber>()
  readonly #waiting = new Set<WaitingCall>()
  readonly #closing = new AbortController()
  #flight: Flight | undefined
  #last: PastCheck | undefined
  #lastAskedAt = Number.NEGATIVE_INFINITY
  #answeredAt = Number.NEGATIVE_INFINITY

  constructor(manager: StrategyManager, clock: Clock, limits: SuspicionLimits) {
    this.#manager = manager
    this.#clock = clock
    this.#limits = limits
    this.#silence = new SilenceWatch(clock, limits.suspectAfterMs, this.#onSilence)
    manager.events.on('strategy:transition', this.#onTransition)
  }

  /** Adds a connection's prober. Returns a function to remove it. */
  join(prober: StrategyProber): () => void {
    this.#probers.add(prober)
    return () => void this.#probers.delete(prober)
  }

  /**
   * Records that a call for new work (login, prepare or catalog) is sent under `ticket`.
   * @param onMoved called with the destination of new work, once the call has waited long enough for suspicion and new
   * work has switched; a strategy that may still be working on the call is not left earlier
   */
  sent(ticket: Ticket, onMoved: (to: Ticket) => void): SuspectCall {
    const watched = this.#isCurrent(ticket) ? this.#silence.sent() : undefined
    const suspectAt = this.#clock.now() + this.#limits.suspectAfterMs
    const call: WaitingCall = { of: ticket, suspectAt, onMoved, cancel: undefined }
    this.#waiting.add(call)
    const end = () => {
      call.cancel?.()
      this.#waiting.delete(call)
    }
    return {
      answered: () => {
        end()
        this.#answeredAt = this.#clock.now()
        watched?.answered()
      },
      gaveUp: () => {
        end()
        watched?.gaveUp()
      },
    }
  }

  /**
   * Checks the strategy of `ticket` after a call for new work has failed on it twice, because of the transport, the
   * proxy, or an unhealthy engine; it was last sent at `sentAt`. Waits for a check that started after that.
   * @throws TimeoutError, AbortError when `deadline` ends the wait
   */
  async check(ticket: Ticket, sentAt: number, deadline: Deadline): Promise<Verdict> {
    for (;;) {
      const known = knownVerdict(ticket, sentAt, { current: this.#manager.current(), last: this.#last })
      if (known) return known
      const flight = this.#flight ?? this.#launch(ticket, 'calls-failed')
      if (!flight) return FAILS
      const verdict = await deadline.race(flight.verdict)
      if (verdict.kind === 'moved' || flight.askedAt >= sentAt) return verdict
    }
  }

  /**
   * Returns whether a recent check found that the strategy of `ticket` works: an engine's error is then the statement's
   * own.
   */
  isCleared(ticket: Ticket): boolean {
    return isClearedBy(this.#last, ticket, this.#clock.now())
  }

  close(): void {
    this.#closing.abort()
    this.#silence.close()
    this.#manager.events.off('strategy:transition', this.#onTransition)
  }

  readonly #onTransition = (): void => {
    this.#silence.reset()
    for (const call of this.#waiting) this.#leaveWhenSuspect(call)
  }

  readonly #onSilence = (): void => {
    const current = this.#manager.current()
    if (current && !this.#flight) this.#launch(current, 'silence')
  }

  #leaveWhenSuspect(call: WaitingCall): void {
    const leave = () => {
      const current = this.#manager.current()
      if (current && current.strategy !== call.of.strategy) call.onMoved(current)
    }
    call.cancel?.()
    call.cancel = this.#clock.schedule(Math.max(call.suspectAt - this.#clock.now(), 0), leave, 'background')
  }

  #launch(of: Ticket, reason: SuspicionReason): Flight | undefined {
    if (this.#probers.size === 0 || this.#closing.signal.aborted) return undefined
    const askedAt = Math.max(this.#clock.now(), this.#lastAskedAt + CHECK_EVERY_MS)
    this.#manager.tell('strategy:suspected', { ...of, reason })
    const flight: Flight = { of, reason, askedAt, verdict: Promise.resolve(FAILS) }
    this.#flight = flight
    flight.verdict = this.#investigate(flight)
    return flight
  }

  /** Never rejects: an incomplete check proves nothing. */
  async #investigate(flight: Flight): Promise<Verdict> {
    const { of, askedAt } = flight
    await this.#pauseUntil(askedAt)
    const verdict = await this.#checkTwice(flight)
    this.#flight = undefined
    this.#last = { of, askedAt, verdict }
    return verdict
  }

  /** The second check starts while the first may still wait: a silent strategy costs that wait only once. */
  async #checkTwice(flight: Flight): Promise<Verdict> {
    const judged = this.#ask(flight.of).then((findings) => this.#judge(flight, findings))
    const next = this.#pauseUntil(this.#clock.now() + CHECK_EVERY_MS)
    const early = await Promise.race([judged.then((verdict) => verdict ?? next), next])
    if (early) return early
    const again = this.#ask(flight.of)
    return (await judged) ?? this.#judge(flight, await again) ?? FAILS
  }

  /** Returns the verdict; `undefined` when another check is needed as proof. */
  #judge({ of, reason, askedAt }: Flight, { active, refused, at, other }: Findings): Verdict | undefined {
    // A strategy that answers calls in the meantime is slow, which is not a refusal.
    const isSlow = reason === 'silence' && this.#answeredAt > askedAt
    const findings: Findings = { active: isSlow ? 'works' : active, refused, at, other }
    const agoMs = this.#clock.now() - at
    const ticket = this.#manager.checked(of, { active: findings.active, other, agoMs })
    return verdictOf(ticket, findings)
  }

  async #ask({ strategy }: Ticket): Promise<Findings> {
    this.#lastAskedAt = this.#clock.now()
    const active = await this.#find(strategy, this.#limits.suspectAfterMs)
    const alone = findingsOf(active, this.#clock.now())
    if (alone.active === 'works') return alone
    // The other strategy is asked only now: a statement's own error must not cost a login there (rule 22).
    const other = await this.#find(otherStrategy(strategy), this.#limits.strategyProbeTimeoutMs)
    return findingsOf(active, alone.at, other)
  }

  async #find(strategy: Strategy, timeoutMs: number): Promise<ProbeAnswer['kind']> {
    const [prober] = this.#probers
    if (!prober) return 'overloaded' // Without a prober there is no proof.
    const { signal } = this.#closing
    const deadline = Deadline.of(this.#clock, { signal, timeoutMs }, timeoutMs, `checking ${strategy}`)
    try {
      return (await prober.prove(strategy, deadline, { connection: 'new' })).kind
    } catch {
      return 'overloaded' // Its connection was closed: no proof either.
    }
  }

  #isCurrent({ strategy, epoch }: Ticket): boolean {
    const current = this.#manager.current()
    return current?.strategy === strategy && current.epoch === epoch
  }

  async #pauseUntil(at: number): Promise<undefined> {
    const delayMs = at - this.#clock.now()
    if (delayMs > 0) await pause(this.#clock, delayMs, this.#closing.signal, 'background')
  }
}

/** What the probes found, of which the active strategy's was answered `at`; the other one may not have been asked. */
export function findingsOf(active: ProbeAnswer['kind'], at: number, other?: ProbeAnswer['kind']): Findings {
  // 429 and RESOURCE_EXHAUSTED are load: it is there (rule 15).
  const isThere = active === 'accepted' || active === 'overloaded'
  const otherFinding = other === 'accepted' ? 'works' : 'fails'
  return {
    active: isThere ? 'works' : 'fails',
    refused: active === 'mismatch',
    at,
    other: other === undefined ? 'unknown' : otherFinding,
  }
}

/**
 * Returns the verdict on findings, after which the manager sends new work to `ticket` if it has moved; `undefined` when
 * another check is needed as proof.
 */
export function verdictOf(
  ticket: Ticket | undefined,
  { active, refused, other }: Pick<Findings, 'active' | 'refused' | 'other'>,
): Verdict | undefined {
  if (ticket) return { kind: 'moved', ticket }
  if (active === 'works') return WORKS
  if (other === 'works') return undefined
  return refused ? REFUSES : FAILS
}

/** What is known without a check of a strategy under whose ticket a call failed that was last sent at `sentAt`. */
export function knownVerdict(
  { epoch }: Ticket,
  sentAt: number,
  { current, last }: { readonly current: Ticket | undefined; readonly last: PastCheck | undefined },
): Verdict | undefined {
  if (current && current.epoch !== epoch) return { kind: 'moved', ticket: current }
  return last && last.of.epoch === epoch && last.askedAt >= sentAt ? last.verdict : undefined
}

/** Whether a check has found lately that the strategy of a ticket works. */
export function isClearedBy(last: PastCheck | undefined, { strategy, epoch }: Ticket, now: number): boolean {
  if (last?.verdict.kind !== 'stays' || last.verdict.active !== 'works') return false
  if (last.of.epoch !== epoch || last.of.strategy !== strategy) return false
  return now - last.askedAt < CLEARED_MS
}
