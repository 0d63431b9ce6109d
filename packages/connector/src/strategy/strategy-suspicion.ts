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

/** Both strategies are asked at most once in so long, in milliseconds. */
const CHECK_EVERY_MS = 1000

/** How long a check that found the strategy working excuses it from errors that an engine spoke, in milliseconds. */
const CLEARED_MS = 10_000

/** What a check came to: new work goes elsewhere now, or the strategy in use is kept, since it works or the other one does not either. */
export type Verdict =
  | { readonly kind: 'moved'; readonly ticket: Ticket }
  | { readonly kind: 'stays'; readonly active: 'works' | 'refuses' | 'fails' }

const WORKS: Verdict = { kind: 'stays', active: 'works' }
const REFUSES: Verdict = { kind: 'stays', active: 'refuses' }
const FAILS: Verdict = { kind: 'stays', active: 'fails' }

/** A call for new work that is under way. */
export interface SuspectCall {
  /** An answer came, whatever it says. */
  answered(): void
  /** No answer came, and the caller waits no more. */
  gaveUp(): void
}

/** A call that waits, and what to do when new work moves away from its strategy meanwhile. */
interface WaitingCall {
  readonly of: Ticket
  readonly suspectAt: number
  readonly onMoved: (to: Ticket) => void
  cancel: CancelSchedule | undefined
}

interface Flight {
  readonly of: Ticket
  readonly reason: SuspicionReason
  /** When the strategies are asked first. */
  readonly askedAt: number
  verdict: Promise<Verdict>
}

interface Findings {
  readonly active: CheckFinding
  /** Whether the active strategy answered a 456. */
  readonly refused: boolean
  /** When it answered, in monotonic milliseconds. */
  readonly at: number
  readonly other: CheckFinding
}

export type SuspicionLimits = Pick<Required<DetectionOptions>, 'suspectAfterMs' | 'strategyProbeTimeoutMs'>

/**
 * Finds out whether the strategy in use fails, and leaves it only with proof (rule 16). Single-flight: one check serves all
 * callers. Each check asks both strategies for a login and the probe statement, on new connections.
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
  #last: { readonly of: Ticket; readonly askedAt: number; readonly verdict: Verdict } | undefined
  #lastAskedAt = Number.NEGATIVE_INFINITY
  #answeredAt = Number.NEGATIVE_INFINITY

  constructor(manager: StrategyManager, clock: Clock, limits: SuspicionLimits) {
    this.#manager = manager
    this.#clock = clock
    this.#limits = limits
    this.#silence = new SilenceWatch(clock, limits.suspectAfterMs, this.#onSilence)
    manager.events.on('strategy:transition', this.#onTransition)
  }

  /** Lends a connection's prober. Returns how to take it back. */
  join(prober: StrategyProber): () => void {
    this.#probers.add(prober)
    return () => void this.#probers.delete(prober)
  }

  /**
   * A call for new work (login, prepare or catalog) is sent under `ticket`.
   * @param onMoved called with where new work goes, when the call has waited for as long as silence is suspect and new work
   * has moved away: a strategy that may still work on it is not left sooner
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
   * A call for new work failed twice on the strategy of `ticket`, by the transport, the proxy, or an engine that is not
   * well; it was last sent at `sentAt`. Waits for a check that began after that.
   * @throws TimeoutError, AbortError when `deadline` ends the wait
   */
  async check(ticket: Ticket, sentAt: number, deadline: Deadline): Promise<Verdict> {
    for (;;) {
      const current = this.#manager.current()
      if (current && current.epoch !== ticket.epoch) return { kind: 'moved', ticket: current }
      const last = this.#last
      if (last && last.of.epoch === ticket.epoch && last.askedAt >= sentAt) return last.verdict
      const flight = this.#flight ?? this.#launch(ticket, 'calls-failed')
      if (!flight) return FAILS
      const verdict = await deadline.race(flight.verdict)
      if (verdict.kind === 'moved' || flight.askedAt >= sentAt) return verdict
    }
  }

  /** Whether a check has lately found that the strategy of `ticket` works: an engine's error there is the statement's own. */
  isCleared(ticket: Ticket): boolean {
    const last = this.#last
    if (last?.verdict.kind !== 'stays' || last.verdict.active !== 'works') return false
    if (last.of.epoch !== ticket.epoch || last.of.strategy !== ticket.strategy) return false
    return this.#clock.now() - last.askedAt < CLEARED_MS
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

  /** Never rejects: what can't be asked is no proof. */
  async #investigate(flight: Flight): Promise<Verdict> {
    const { of, askedAt } = flight
    await this.#pauseUntil(askedAt)
    const verdict = await this.#checkTwice(flight)
    this.#flight = undefined
    this.#last = { of, askedAt, verdict }
    return verdict
  }

  /** The second check begins while the first may still wait: a silent strategy costs that wait once. */
  async #checkTwice(flight: Flight): Promise<Verdict> {
    const judged = this.#ask(flight.of).then((findings) => this.#judge(flight, findings))
    const next = this.#pauseUntil(this.#clock.now() + CHECK_EVERY_MS)
    const early = await Promise.race([judged.then((verdict) => verdict ?? next), next])
    if (early) return early
    const again = this.#ask(flight.of)
    return (await judged) ?? this.#judge(flight, await again) ?? FAILS
  }

  /** The verdict; `undefined` when one more check has to prove it. */
  #judge({ of, reason, askedAt }: Flight, { active, refused, at, other }: Findings): Verdict | undefined {
    // Whoever answers calls meanwhile is slow, which is no refusal.
    const isSlow = reason === 'silence' && this.#answeredAt > askedAt
    const agoMs = this.#clock.now() - at
    const ticket = this.#manager.checked(of, { active: isSlow ? 'works' : active, other, agoMs })
    if (ticket) return { kind: 'moved', ticket }
    if (isSlow || active === 'works') return WORKS
    if (other === 'works') return undefined
    return refused ? REFUSES : FAILS
  }

  async #ask({ strategy }: Ticket): Promise<Findings> {
    this.#lastAskedAt = this.#clock.now()
    const active = await this.#find(strategy, this.#limits.suspectAfterMs)
    const at = this.#clock.now()
    // 429 and RESOURCE_EXHAUSTED are load: it is there (rule 15).
    if (active === 'accepted' || active === 'overloaded')
      return { active: 'works', refused: false, at, other: 'unknown' }
    // The other one is asked only now: a statement's own error must cost no login there (rule 22).
    const other = await this.#find(otherStrategy(strategy), this.#limits.strategyProbeTimeoutMs)
    return { active: 'fails', refused: active === 'mismatch', at, other: other === 'accepted' ? 'works' : 'fails' }
  }

  async #find(strategy: Strategy, timeoutMs: number): Promise<ProbeAnswer['kind']> {
    const [prober] = this.#probers
    if (!prober) return 'overloaded' // nobody can ask, and what can't be asked is no proof
    const { signal } = this.#closing
    const deadline = Deadline.of(this.#clock, { signal, timeoutMs }, timeoutMs, `checking ${strategy}`)
    try {
      return (await prober.prove(strategy, deadline, { connection: 'new' })).kind
    } catch {
      return 'overloaded' // its connection was closed: no proof either
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
