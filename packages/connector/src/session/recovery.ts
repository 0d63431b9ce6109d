import type { ClusterResumption } from '../cluster/cluster-resumption.ts'
import type { ClusterClient } from '../cluster/cluster-service.ts'
import type { Outcome } from '../errors.ts'
import type { ConnectionEvents, EventHub } from '../observability/events.ts'
import type { CallWatch } from '../observability/operation.ts'
import type { DetectionOptions } from '../strategy/detection-options.ts'
import type { RefusedCall, Ticket } from '../strategy/strategy-change.ts'
import type { StrategyDetection } from '../strategy/strategy-detection.ts'
import type { StrategyManager } from '../strategy/strategy-manager.ts'
import type { StrategyProber } from '../strategy/strategy-prober.ts'
import type { StrategySuspicion } from '../strategy/strategy-suspicion.ts'
import type { Clock } from '../time/clock.ts'
import { CloseSignal } from '../time/close-signal.ts'
import { Deadline } from '../time/deadline.ts'
import { faultError } from '../transport/fault-error.ts'
import { grpcHeader } from '../transport/headers.ts'
import type { Fault } from '../transport/status-rules.ts'
import { CallFailure, type Transport } from '../transport/transport.ts'
import { otherStrategy, type Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import { type CallKind, nextAction, type RecoveryAction } from './call-rules.ts'
import { PinRefusal } from './pin-refusal.ts'
import type { RecoveryOptions } from './recovery-options.ts'
import type { RepeatBudget } from './repeat-budget.ts'
import type { Session } from './session.ts'
import type { SessionRegistry } from './session-registry.ts'

/** Where a running query lives, from prepare to clear; every call about it goes there. */
export interface QueryPin {
  readonly queryId: string
  readonly engineIp: string
  readonly session: Session
  /** How often a call about it was repeated because a proxy refused it. */
  refusedRepeats: number
}

export interface EngineCall<Request extends object, Response extends object> {
  readonly method: UnaryMethod<Request, Response>
  readonly request: (sessionId: string) => Request
  readonly kind: CallKind
  readonly deadline: Deadline
  /** Observes tries that fail. */
  readonly watch?: CallWatch | undefined
  /** Largest answer that the call accepts, in bytes. */
  readonly maxAnswerBytes?: number | undefined
  /** New work: the strategy to ask before the active one. */
  readonly first?: Strategy | undefined
  /** About a query: whether its statement may be run again on the other strategy (rule 17). */
  readonly mayRunElsewhere?: boolean
  /** New work that leaves something on the engine: what to do with an answer that comes after the caller has given up. */
  readonly onLateAnswer?: ((answer: EngineAnswer<Response>) => void) | undefined
}

/** What recovery needs to know of a call, whatever its messages. */
type RecoverableCall = Pick<EngineCall<object, object>, 'kind' | 'deadline' | 'watch' | 'first' | 'mayRunElsewhere'> & {
  readonly method: { readonly name: string }
}

/** An answer, and where it came from. */
export interface EngineAnswer<Message> {
  readonly message: Message
  readonly session: Session
  readonly ticket: Ticket
}

/** Fields beside the payload, on the answers that have them. */
interface AnswerNews {
  readonly sessionId?: string
  readonly newStrategy?: string
}

export interface RecoveryContext {
  readonly transport: Transport
  readonly sessions: SessionRegistry
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

/** One try of a call: filled in as far as it got, so that a fault on the way is judged by it too. */
interface Attempt {
  ticket?: Ticket
  session?: Session
  sessionId?: string
  /** When the call itself was sent, in monotonic milliseconds; a login on the way to it counts as the call. */
  sentAt?: number
}

/** What a call has been through. Made at its first failure, since most calls have none. */
class Trouble {
  failures = 0
  refused = 0
  resumed = 0
  wasChecked = false
  renewedAt: number | undefined
  /** The latest refusal by each strategy that has refused the call; the last one comes last. */
  readonly refusals = new Map<Strategy, RefusedCall>()
  pinRefusal: PinRefusal | undefined

  constructor(readonly since: number) {}

  get lastRefusal(): RefusedCall | undefined {
    return [...this.refusals.values()].at(-1)
  }
}

/** The pause before a call that met load is repeated, in milliseconds; it doubles, with jitter. */
const FIRST_LOAD_PAUSE_MS = 100
const LONGEST_LOAD_PAUSE_MS = 5000

/** The longest pause between a refusal of new work and its repeat, from the second on, in milliseconds. */
const REFUSED_PAUSE_MS = 50

/** How long the other strategy may take to accept a login before a statement that waits stays where it is, in milliseconds. */
const ELSEWHERE_MS = 1000

/** How long an answer is waited for whose caller has given up, in milliseconds. */
const LATE_ANSWER_MS = 10_000

/** How long a method that was refused its session twice causes no login, in milliseconds (rule 8). */
const NO_RENEWAL_MS = 10_000

/** The one path by which every call about statements and catalogs reaches an engine, and survives what can be survived. */
export class Recovery {
  readonly #context: RecoveryContext
  readonly #noRenewalUntil = new Map<string, number>()

  constructor(context: RecoveryContext) {
    this.#context = context
  }

  /** Sends new work to the active strategy, finding it first when it is not known (rules 4, 5, 8, 16). */
  async callActive<Request extends object, Response extends object>(
    call: EngineCall<Request, Response>,
  ): Promise<EngineAnswer<Response>> {
    let trouble: Trouble | undefined
    for (;;) {
      const attempt: Attempt = {}
      try {
        call.deadline.throwIfOver() // nothing is begun for a caller that has given up, no login either
        return await this.#sendNewWork(call, attempt, trouble)
      } catch (error) {
        trouble = await this.#recover(call, attempt, error, trouble)
      }
    }
  }

  /** A session for new work, without a call: what opening a connection comes to. */
  async openSession(deadline: Deadline): Promise<{ ticket: Ticket; session: Session; id: string }> {
    const { sessions } = this.#context
    const call = { method: engineMethods.authenticate, kind: 'new-work' as const, deadline }
    let trouble: Trouble | undefined
    for (;;) {
      const attempt: Attempt = {}
      try {
        deadline.throwIfOver()
        const ticket = await this.#route(call, attempt, trouble)
        const opened = await sessions.open(ticket.strategy, deadline)
        this.#servedBy(ticket, trouble)
        return { ticket, ...opened }
      } catch (error) {
        trouble = await this.#recover(call, attempt, error, trouble)
      }
    }
  }

  /**
   * Sends a call about a running query to the strategy, session and engine it was prepared on.
   * @throws CallFailure when the statement may be run again for it: of what kind decides `rerunRule`
   */
  async callPinned<Request extends object, Response extends object>(
    pin: QueryPin,
    call: EngineCall<Request, Response>,
  ): Promise<Response> {
    let trouble: Trouble | undefined
    for (;;) {
      const attempt: Attempt = { session: pin.session }
      try {
        call.deadline.throwIfOver()
        return await this.#sendPinned(pin, call, attempt, trouble?.pinRefusal?.connection)
      } catch (error) {
        trouble = await this.#recover(call, attempt, error, trouble, pin)
      }
    }
  }

  async #sendNewWork<Request extends object, Response extends object>(
    call: EngineCall<Request, Response>,
    attempt: Attempt,
    trouble: Trouble | undefined,
  ): Promise<EngineAnswer<Response>> {
    const { manager, sessions, suspicion } = this.#context
    const ticket = await this.#route(call, attempt, trouble)
    const session = sessions.on(ticket.strategy)
    attempt.session = session
    const id = session.id ?? (await sessions.ensure(session, call.deadline))
    attempt.sessionId = id
    const sentAt = this.#sends(attempt)
    const watched = suspicion.sent(ticket)
    try {
      const message = await this.#answerOrMove(call, { ticket, session, sessionId: id }, watched.moved)
      watched.answered()
      manager.accepted(ticket, { sentAt, announced: newsOf(message).newStrategy })
      this.#servedBy(ticket, trouble)
      return { message, session, ticket }
    } catch (error) {
      if (error instanceof CallFailure && error.fault.from !== 'transport') watched.answered()
      else watched.gaveUp()
      throw error
    }
  }

  /**
   * The answer. A call that has long been silent is left when new work moves away (rule 16). One that leaves something on
   * the engine goes on for a while after its caller has given up, so that what it left can be removed.
   */
  async #answerOrMove<Request extends object, Response extends object>(
    call: EngineCall<Request, Response>,
    { ticket, session, sessionId }: { ticket: Ticket; session: Session; sessionId: string },
    moved: Promise<Ticket>,
  ): Promise<Response> {
    const { deadline, onLateAnswer } = call
    const { clock } = this.#context
    const patience = new CloseSignal()
    const own = onLateAnswer
      ? Deadline.of(clock, {}, Number.POSITIVE_INFINITY, call.method.name).closedBy(patience)
      : deadline
    const sent = this.#send({ ...call, deadline: own }, ticket, session, sessionId)
    const left = moved.then((): never => {
      throw new CallFailure(leftBehind(ticket.strategy), call.method.name)
    })
    const first = Promise.race([sent, left])
    try {
      return await (onLateAnswer ? deadline.race(first, 'not-sent') : first)
    } catch (error) {
      // Where the call itself failed, nothing comes late.
      if (onLateAnswer) sent.then((message) => onLateAnswer({ message, session, ticket }), ignoreLate)
      clock.schedule(LATE_ANSWER_MS, () => patience.close('nobody waits for the answer'), 'background')
      throw error
    }
  }

  async #sendPinned<Request extends object, Response extends object>(
    pin: QueryPin,
    call: EngineCall<Request, Response>,
    attempt: Attempt,
    connection: 'new' | undefined,
  ): Promise<Response> {
    const { manager, sessions } = this.#context
    const { session } = pin
    const id = session.id ?? (await sessions.ensure(session, call.deadline, pin.engineIp))
    attempt.sessionId = id
    this.#sends(attempt)
    const ticket = { strategy: session.strategy, epoch: manager.epoch }
    const message = await this.#send(call, ticket, session, id, { pin, connection })
    manager.pinnedAccepted(ticket, newsOf(message).newStrategy)
    manager.queryActive(pin.queryId)
    return message
  }

  async #send<Request extends object, Response extends object>(
    call: EngineCall<Request, Response>,
    { strategy }: Ticket,
    session: Session,
    sessionId: string,
    { pin, connection }: { pin?: QueryPin; connection?: 'new' | undefined } = {},
  ): Promise<Response> {
    const { transport, sessions, clusterName: cluster, clusterUuid } = this.#context
    const header = grpcHeader({ strategy, engineIp: pin?.engineIp, cluster, clusterUuid })
    const { deadline, maxAnswerBytes } = call
    const envelope = { header, deadline, connection, maxAnswerBytes }
    const message = await transport.call(call.method, call.request(sessionId), envelope)
    const renewed = newsOf(message).sessionId
    if (renewed !== undefined) sessions.replaced(session, sessionId, renewed)
    return message
  }

  /** Where new work goes: a call that was refused before goes to whichever strategy accepts it (rule 4). */
  async #route(call: RecoverableCall, attempt: Attempt, trouble: Trouble | undefined): Promise<Ticket> {
    const { detection, prober, manager } = this.#context
    const refused = trouble?.lastRefusal
    const known = refused ? undefined : detection.route()
    let ticket: Ticket
    if (refused) ticket = await detection.elsewhere(prober, refused, call.deadline)
    else if (call.first && trouble === undefined) ticket = { strategy: call.first, epoch: manager.epoch }
    else ticket = known ?? (await detection.detect(prober, call.deadline))
    attempt.ticket = ticket
    this.#sends(attempt)
    return ticket
  }

  #sends(attempt: Attempt): number {
    attempt.sentAt = this.#context.clock.now()
    return attempt.sentAt
  }

  #servedBy({ strategy }: Ticket, trouble: Trouble | undefined): void {
    const refused = trouble?.refusals.get(otherStrategy(strategy))
    if (refused) this.#context.manager.servedElsewhere(strategy, refused)
  }

  /**
   * Judges what a try failed with and does what has to be done before the next one.
   * @throws when there is no next one
   */
  async #recover(
    call: RecoverableCall,
    attempt: Attempt,
    error: unknown,
    trouble = new Trouble(this.#context.clock.now()),
    pin?: QueryPin,
  ): Promise<Trouble> {
    if (!(error instanceof CallFailure)) throw error
    const { fault, method } = error
    const strategy = attempt.session?.strategy ?? attempt.ticket?.strategy
    call.watch?.tryFailed({ call: method, fault: fault.kind, strategy })
    trouble.failures += 1
    const isLogin = method !== call.method.name
    // A login on the way to a call can be repeated whatever the call is.
    const action = nextAction(fault, isLogin ? loginKind(call, pin) : call.kind)
    if (fault.kind === 'session-unknown') this.#noteExpiry(attempt)
    const goesOn = await this.#act(action, { call, attempt, trouble, error, pin })
    if (goesOn) return trouble
    // The statement decides what a query makes of it that its strategy serves no longer.
    if (pin && (!isLogin || fault.kind === 'strategy-mismatch')) throw error
    throw faultError(error, { outcome: outcomeOf(error, call, isLogin), strategy, queryId: pin?.queryId })
  }

  /** Does what an action asks for. Returns whether the call is to be sent again. */
  async #act(action: RecoveryAction, failed: FailedTry): Promise<boolean> {
    const { call, trouble } = failed
    const { maxRetryAttempts } = this.#context.options
    switch (action) {
      case 'find-strategy':
        return this.#noteRefusal(failed)
      case 'repeat-on-pin':
        return this.#repeatOnPin(failed)
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
    if (trouble.failures >= options.maxRetryAttempts) return false
    // The first repeat follows at once, over another connection where the last one broke.
    if (trouble.failures > 1) await call.deadline.sleep(clock.jitter(options.retryDelayMs))
    return true
  }

  /** New work was refused with a 456: it goes to whichever strategy accepts it, for as long as callers are held (rule 4). */
  async #noteRefusal({ call, attempt: { ticket, sentAt }, trouble, error }: FailedTry): Promise<boolean> {
    const { manager, clock } = this.#context
    if (!ticket || sentAt === undefined) return false
    manager.refused(ticket, error.method)
    trouble.refusals.delete(ticket.strategy)
    trouble.refusals.set(ticket.strategy, { by: ticket, sentAt })
    trouble.refused += 1
    if (this.#isHeldTooLong(trouble)) return false
    if (trouble.refused > 2) await call.deadline.sleep(clock.jitter(REFUSED_PAUSE_MS))
    return true
  }

  /** Callers are held for so long, whatever keeps their call from being taken. */
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
    trouble.pinRefusal ??= new PinRefusal(clock, call.deadline, options.pinnedRefusalPatienceMs)
    const accepts = () => this.#acceptsElsewhere({ by, sentAt: attempt.sentAt ?? clock.now() }, call.deadline)
    return trouble.pinRefusal.repeats({
      pin,
      budget: repeatBudget,
      accepts: call.mayRunElsewhere ? accepts : undefined,
    })
  }

  /** Whether the other strategy takes new work now. */
  async #acceptsElsewhere(refused: RefusedCall, deadline: Deadline): Promise<boolean> {
    const { detection, prober } = this.#context
    try {
      const limit = deadline.within(ELSEWHERE_MS, 'asking the other strategy')
      return (await detection.elsewhere(prober, refused, limit)).strategy !== refused.by.strategy
    } catch (error) {
      if (deadline.isOver()) throw error
      return false // it does not, or not yet
    }
  }

  /** The next call that uses the session logs in again. */
  #noteExpiry({ session, sessionId }: Attempt): void {
    if (session && sessionId !== undefined) this.#context.sessions.expired(session, sessionId)
  }

  /** Logs in again and repeats the call once. A new session that is told the same makes it the call's own error (rule 8). */
  #renewSession({ attempt: { session, sessionId, sentAt = 0 }, trouble, error }: FailedTry): boolean {
    const { clock, options } = this.#context
    if (!session || sessionId === undefined) return false
    const now = clock.now()
    const isNew = trouble.renewedAt !== undefined && session.openedAt >= trouble.renewedAt
    if (isNew) this.#noRenewalUntil.set(error.method, now + NO_RENEWAL_MS)
    if (isNew || (this.#noRenewalUntil.get(error.method) ?? 0) > now) return false
    trouble.renewedAt ??= sentAt
    return options.maxRetryAttempts > 1
  }

  /** A bare 503 is a suspended cluster, or a deployment behind a gateway that has gone: the latter is looked into first. */
  async #resumeCluster(failed: FailedTry): Promise<boolean> {
    const { resumption, clusterClient, events, options } = this.#context
    const { call, trouble, error, pin } = failed
    if (!pin && (await this.#hasMoved(failed))) return true
    trouble.resumed += 1
    if (!options.autoResume || trouble.resumed >= options.maxRetryAttempts) return false
    events.emit('cluster:suspended', { call: error.method })
    await resumption.ensureActive(clusterClient, events, call.deadline)
    return true
  }

  /** Repeats new work once, then finds out whether its strategy fails (rule 16). */
  async #suspect(failed: FailedTry): Promise<boolean> {
    const { trouble, error } = failed
    if (trouble.failures > 1 && (await this.#hasMoved(failed))) return true
    // Where the strategy in use works, what an engine or a proxy answers twice is the statement's own error.
    if (trouble.failures > 1 && error.fault.from !== 'transport') return false
    return this.#repeat(failed)
  }

  /** Whether new work goes elsewhere now, because the strategy of the failed try fails. Checked once for a call. */
  async #hasMoved({ call, attempt: { ticket, sentAt = 0 }, trouble }: FailedTry): Promise<boolean> {
    const { suspicion, options } = this.#context
    if (!ticket || trouble.wasChecked || options.maxRetryAttempts === 1) return false
    trouble.wasChecked = true
    return (await suspicion.check(ticket, sentAt, call.deadline)).kind === 'moved'
  }
}

interface FailedTry {
  readonly call: RecoverableCall
  readonly attempt: Attempt
  readonly trouble: Trouble
  readonly error: CallFailure
  readonly pin: QueryPin | undefined
}

/** A login on the way to a call is judged like a call of its kind that does nothing. */
function loginKind({ kind }: RecoverableCall, pin: QueryPin | undefined): CallKind {
  if (pin === undefined) return 'new-work'
  return kind === 'release' ? 'release' : 'question'
}

function newsOf(message: object): AnswerNews {
  return message as AnswerNews
}

/** A pause that doubles with each failure, of which a random half is waited. */
function loadPauseMs(failures: number, clock: Clock): number {
  const pauseMs = Math.min(FIRST_LOAD_PAUSE_MS * 2 ** (failures - 1), LONGEST_LOAD_PAUSE_MS)
  return pauseMs / 2 + clock.jitter(pauseMs / 2)
}

/** What becomes of a call whose strategy new work has left. */
function leftBehind(strategy: Strategy): Fault {
  return {
    kind: 'connection-lost',
    from: 'transport',
    outcome: 'unknown',
    details: `${strategy} has been silent for too long`,
  }
}

/** New work has no effect that could be in doubt; a login that failed says nothing of its call, except that it was not sent. */
function outcomeOf({ fault }: CallFailure, { kind }: RecoverableCall, isLogin: boolean): Outcome {
  if (isLogin) return 'not-sent'
  return kind === 'new-work' && fault.outcome === 'unknown' ? 'failed' : fault.outcome
}

function ignoreLate(): void {
  // A failure that nobody waits for left nothing behind.
}
