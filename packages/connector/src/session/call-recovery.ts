import type { ClusterResumption } from '../cluster/cluster-resumption.ts'
import type { ClusterClient } from '../cluster/cluster-service.ts'
import { type Outcome, TimeoutError } from '../errors.ts'
import type { ConnectionEvents, EventHub } from '../observability/events.ts'
import type { RefusedCall } from '../strategy/strategy-change.ts'
import type { StrategyDetection } from '../strategy/strategy-detection.ts'
import type { StrategyManager } from '../strategy/strategy-manager.ts'
import type { StrategyProber } from '../strategy/strategy-prober.ts'
import type { StrategySuspicion } from '../strategy/strategy-suspicion.ts'
import type { Clock } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import { faultError } from '../transport/fault-error.ts'
import { CallFailure, type Transport } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import { type CallKind, type Destination, nextAction, type RecoveryAction } from './call-rules.ts'
import type { Attempt, QueryPin, RecoverableCall } from './engine-call.ts'
import { Trouble } from './engine-call.ts'
import { afterCheck, hasTries, isDeniedAnew, mayBeOwnError } from './next-try.ts'
import { PinRefusal } from './pin-refusal.ts'
import type { RecoveryOptions } from './recovery-options.ts'
import type { RepeatBudget } from './repeat-budget.ts'
import type { SessionRegistry } from './session-registry.ts'
import type { SessionState } from './session-state.ts'

export interface RecoveryContext {
  readonly transport: Transport
  readonly sessions: SessionRegistry
  readonly sessionState: SessionState
  readonly prober: StrategyProber
  readonly manager: StrategyManager
  readonly detection: StrategyDetection
  readonly suspicion: StrategySuspicion
  readonly resumption: ClusterResumption
  readonly repeatBudget: RepeatBudget
  readonly clusterClient: ClusterClient
  readonly events: EventHub<ConnectionEvents>
  readonly clusterName?: string | undefined
  readonly clusterUuid?: string | undefined
  readonly options: Required<RecoveryOptions> & { readonly strategyDetectionTimeoutMs: number }
  readonly clock: Clock
}

interface FailedTry {
  readonly call: RecoverableCall
  readonly attempt: Attempt
  readonly trouble: Trouble
  readonly error: CallFailure
  readonly pin: QueryPin | undefined
}

/** The pause before a call is repeated under load, in milliseconds; it doubles, with jitter. */
const FIRST_LOAD_PAUSE_MS = 100
const LONGEST_LOAD_PAUSE_MS = 5000

/** The longest pause between a refusal of new work and its repeat, from the second on, in milliseconds. */
const REFUSED_PAUSE_MS = 50

/** The time limit for a login on the other strategy, after which a waiting statement stays, in milliseconds. */
const ELSEWHERE_MS = 1000

/** The time for which a method whose session was refused twice causes no login, in milliseconds (rule 8). */
const NO_RENEWAL_MS = 10_000

/** Decides how to recover a failed call, and prepares the next try. */
export class CallRecovery {
  readonly #context: RecoveryContext
  readonly #noRenewalUntil = new Map<string, number>()

  constructor(context: RecoveryContext) {
    this.#context = context
  }

  /**
   * Decides whether a failed call is sent again, and prepares the next try.
   * @throws when there is no next try
   */
  async recover(
    call: RecoverableCall,
    attempt: Attempt,
    error: unknown,
    trouble = new Trouble(this.#context.clock.now()),
    pin?: QueryPin,
  ): Promise<Trouble> {
    const silent = isSilentLogin(error, call, attempt) ? strategyOf(attempt) : undefined
    if (silent !== undefined && !trouble.silentLogins.has(silent)) {
      trouble.silentLogins.add(silent)
      return trouble
    }
    if (!(error instanceof CallFailure)) throw error
    const { fault, method } = error
    const strategy = strategyOf(attempt)
    call.watch?.tryFailed({ call: method, fault: fault.kind, strategy })
    // Refusals have their own limit: disagreeing proxies must not use up the tries for other faults.
    if (fault.kind !== 'strategy-mismatch') trouble.failures += 1
    const isLogin = method !== call.method.name
    // A login on the way to a call can always be repeated, whatever the call is.
    const kind = isLogin ? loginKind(call, pin) : call.kind
    const action = nextAction(fault, kind, destinationOf(attempt, trouble))
    if (fault.kind === 'session-unknown') this.#noteExpiry(attempt)
    if (await this.#act(action, { call, attempt, trouble, error, pin })) return trouble
    // The statement decides how a query continues that its strategy no longer serves.
    if (pin && (!isLogin || fault.kind === 'strategy-mismatch')) throw error
    throw faultError(error, { outcome: outcomeOf(error, call, isLogin), strategy, queryId: pin?.queryId })
  }

  /** Executes a recovery action. Returns whether the call is to be sent again. */
  async #act(action: RecoveryAction, failed: FailedTry): Promise<boolean> {
    const { call, trouble } = failed
    const { maxRetryAttempts } = this.#context.options
    switch (action) {
      case 'find-strategy':
        return this.#noteRefusal(failed)
      case 'repeat-on-pin':
        return this.#repeatOnPin(failed)
      case 'repeat-on-session':
        return this.#repeatOnSession(failed)
      case 'renew-session':
        return this.#renewSession(failed)
      case 'resume-cluster':
        return this.#resumeCluster(failed)
      case 'suspect':
        return this.#suspect(failed)
      case 'wait':
        if (maxRetryAttempts === 1 || this.#isHeldTooLong(trouble)) return false
        await call.deadline.sleep(loadPauseMs(trouble.failures, this.#context.clock))
        return true
      case 'repeat':
        return this.#repeat(failed)
      case 'give-up':
        return false
      default:
        return action satisfies never
    }
  }

  async #repeat({ call, trouble }: FailedTry): Promise<boolean> {
    const { options, clock } = this.#context
    if (!hasTries(trouble, options)) return false
    // The first repeat follows at once, over another connection if the last one broke.
    if (trouble.failures > 1) await call.deadline.sleep(clock.jitter(options.retryDelayMs))
    return true
  }

  /** Sends new work that was refused with a 456 to the strategy that accepts it, while calls may be held (rule 4). */
  async #noteRefusal({ call, attempt: { ticket, sentAt }, trouble, error }: FailedTry): Promise<boolean> {
    const { manager, clock } = this.#context
    if (!ticket || sentAt === undefined) return false
    if (error.fault.kind === 'strategy-mismatch') manager.refused(ticket, error.method)
    trouble.refusals.delete(ticket.strategy)
    trouble.refusals.set(ticket.strategy, { by: ticket, sentAt })
    trouble.refused += 1
    if (this.#isHeldTooLong(trouble)) return false
    if (trouble.refused > 2) await call.deadline.sleep(clock.jitter(REFUSED_PAUSE_MS))
    return true
  }

  /** Returns whether the call was held for too long, whatever prevents it from being accepted. */
  #isHeldTooLong({ since }: Trouble): boolean {
    const { clock, options } = this.#context
    return clock.now() - since >= options.strategyDetectionTimeoutMs
  }

  async #repeatOnPin({ call, trouble, error, pin, attempt }: FailedTry): Promise<boolean> {
    if (!pin) return false
    const { manager, options, repeatBudget, clock } = this.#context
    const { strategy } = pin.session
    const by = { strategy, epoch: manager.epoch }
    manager.pinnedRefused(by, error.method)
    const patienceMs = call.refusalPatienceMs ?? options.pinnedRefusalPatienceMs
    trouble.pinRefusal ??= new PinRefusal(clock, call.deadline, patienceMs)
    const mayRunElsewhere = () => call.mayRunElsewhere?.() ?? false
    const refused = { by, sentAt: attempt.sentAt ?? clock.now() }
    // Rows received earlier may be handed over while the other strategy is asked.
    const accepts = async () => (await this.#acceptsElsewhere(refused, call.deadline)) && mayRunElsewhere()
    return trouble.pinRefusal.repeats({
      pin,
      budget: repeatBudget,
      accepts: mayRunElsewhere() ? accepts : undefined,
    })
  }

  /**
   * Repeats refused new work that only one session may serve. If the refusal persists, the session's state is lost
   * (rule 24).
   */
  async #repeatOnSession({ call, trouble, error, attempt: { session } }: FailedTry): Promise<boolean> {
    if (!session) return false
    const { manager, options, repeatBudget, clock, sessionState } = this.#context
    manager.pinnedRefused({ strategy: session.strategy, epoch: manager.epoch }, error.method)
    trouble.pinRefusal ??= new PinRefusal(clock, call.deadline, options.pinnedRefusalPatienceMs)
    const repeats = await trouble.pinRefusal.repeats({ pin: trouble, budget: repeatBudget, accepts: undefined })
    if (!repeats) sessionState.ended(session)
    return true // The next try finds the loss when it asks for its session.
  }

  /** Returns whether the other strategy accepts new work now. */
  async #acceptsElsewhere(refused: RefusedCall, deadline: Deadline): Promise<boolean> {
    const { detection, prober } = this.#context
    try {
      const limit = deadline.within(ELSEWHERE_MS, 'asking the other strategy')
      return (await detection.elsewhere(prober, refused, limit)).strategy !== refused.by.strategy
    } catch (error) {
      if (deadline.isOver()) throw error
      return false // It does not, or not yet.
    }
  }

  /** Marks the session as expired: the next call that uses it logs in again. */
  #noteExpiry({ session, sessionId }: Attempt): void {
    if (!session || sessionId === undefined) return
    this.#context.sessions.expired(session, sessionId)
    this.#context.sessionState.ended(session)
  }

  /**
   * Logs in again and repeats the call once. If the engine refuses a new session too, it is the call's own error (rule
   * 8).
   */
  #renewSession({ attempt: { session, sessionId, sentAt = 0 }, trouble, error }: FailedTry): boolean {
    const { clock, options } = this.#context
    if (!session || sessionId === undefined) return false
    const now = clock.now()
    // The refusal is about the session that was sent; another call may have renewed it since.
    const isNew = isDeniedAnew(trouble, session, sentAt)
    if (isNew) this.#noRenewalUntil.set(error.method, now + NO_RENEWAL_MS)
    // If another call has already renewed the session, a repeat causes no login.
    const wouldRenew = session.id === undefined
    if (isNew || (wouldRenew && (this.#noRenewalUntil.get(error.method) ?? 0) > now)) return false
    trouble.renewedAt ??= sentAt
    return options.maxRetryAttempts > 1
  }

  /** A bare 503 means a suspended cluster, or a gateway whose deployment is gone; the latter is checked first. */
  async #resumeCluster(failed: FailedTry): Promise<boolean> {
    const { resumption, clusterClient, events, options } = this.#context
    const { call, trouble, error, pin } = failed
    if (!pin && (await this.#check(failed)) === 'moved') return true
    trouble.resumed += 1
    if (!options.autoResume || call.neverResumes || trouble.resumed >= options.maxRetryAttempts) return false
    events.emit('cluster:suspended', { call: error.method })
    await resumption.ensureActive(clusterClient, events, call.deadline)
    return true
  }

  /** Repeats new work once, then finds out whether its strategy fails (rule 16). */
  async #suspect(failed: FailedTry): Promise<boolean> {
    const { trouble, error, attempt, call } = failed
    // A login failure cannot be the fault of a statement.
    const isLogin = call.kind === 'login' || error.method !== call.method.name
    const isCleared = attempt.ticket !== undefined && this.#context.suspicion.isCleared(attempt.ticket)
    if (isCleared && mayBeOwnError(error.fault, { isLogin })) return false
    trouble.suspicions += 1
    if (trouble.suspicions === 1 || this.#context.options.maxRetryAttempts === 1) return this.#repeat(failed)
    const active = await this.#check(failed)
    if (active === 'moved') return true
    const next = afterCheck(error.fault, { isLogin, active })
    switch (next) {
      case 'find-strategy':
        return this.#noteRefusal(failed)
      case 'repeat':
        return this.#repeat(failed)
      case 'give-up':
        return false
      default:
        return next satisfies never
    }
  }

  /** Returns the result of a check of the failed try's strategy, or that new work has switched. Once per call. */
  async #check({ call, attempt: { ticket, sentAt = 0 }, trouble }: FailedTry) {
    const { suspicion, options } = this.#context
    if (!ticket || trouble.wasChecked || options.maxRetryAttempts === 1) return undefined
    trouble.wasChecked = true
    const verdict = await suspicion.check(ticket, sentAt, call.deadline)
    return verdict.kind === 'moved' ? 'moved' : verdict.active
  }
}

/** Returns the destination of a try, as far as it affects recovery. */
export function destinationOf({ ticket, isKept }: Attempt, trouble: Trouble): Destination {
  if (isKept) return 'kept-session'
  return ticket && trouble.isAway(ticket) ? 'other' : 'active'
}

/** A login without an answer in its own time has no effect: it is repeated once while its caller still has time. */
function isSilentLogin(error: unknown, { deadline }: RecoverableCall, { sessionId }: Attempt): boolean {
  return error instanceof TimeoutError && sessionId === undefined && !deadline.isOver()
}

function strategyOf({ session, ticket }: Attempt): Strategy | undefined {
  return session?.strategy ?? ticket?.strategy
}

/** A login for a running query is treated like a question about it. */
export function loginKind({ kind }: Pick<RecoverableCall, 'kind'>, pin: QueryPin | undefined): CallKind {
  if (pin === undefined) return 'login'
  return kind === 'release' ? 'release' : 'question'
}

/** Returns a pause that doubles with each failure; half of it is random. */
function loadPauseMs(failures: number, clock: Clock): number {
  const pauseMs = Math.min(FIRST_LOAD_PAUSE_MS * 2 ** (failures - 1), LONGEST_LOAD_PAUSE_MS)
  return pauseMs / 2 + clock.jitter(pauseMs / 2)
}

/**
 * New work has no effect that could be in doubt. A failed login says nothing about its call, except that it was not
 * sent.
 */
export function outcomeOf(
  { fault }: Pick<CallFailure, 'fault'>,
  { kind }: Pick<RecoverableCall, 'kind'>,
  isLogin: boolean,
): Outcome {
  if (isLogin) return 'not-sent'
  return (kind === 'login' || kind === 'new-work') && fault.outcome === 'unknown' ? 'failed' : fault.outcome
}
