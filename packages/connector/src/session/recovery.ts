import type { RefusedCall, Ticket } from '../strategy/strategy-change.ts'
import type { CancelSchedule } from '../time/clock.ts'
import { CloseSignal } from '../time/close-signal.ts'
import { Deadline } from '../time/deadline.ts'
import { ClusterHeaders } from '../transport/headers.ts'
import type { Fault } from '../transport/status-rules.ts'
import { CallFailure } from '../transport/transport.ts'
import { otherStrategy, type Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import { CallRecovery, type RecoveryContext } from './call-recovery.ts'
import type { Attempt, EngineAnswer, EngineCall, QueryPin, RecoverableCall, Trouble } from './engine-call.ts'
import type { Session } from './session.ts'

/** The fields of an answer other than its payload, where they exist. */
export interface AnswerNews {
  readonly sessionId?: string
  readonly newStrategy?: string
}

/** The time a late answer is awaited after its caller has given up, in milliseconds. */
const LATE_ANSWER_MS = 10_000

/**
 * The time in milliseconds after which the other strategy is asked again, when one that is asked only because the other
 * refused has accepted nothing. A strategy that accepts some calls is merely slow, like a deployment that has just
 * started.
 */
const AWAY_ANSWER_MS = 5000

/** The path of every call about statements and catalogs to an engine, including recovery. */
export class Recovery {
  readonly #context: RecoveryContext
  readonly #recovery: CallRecovery
  readonly #headers: ClusterHeaders
  /** The last time each strategy accepted a call that had failed before, in monotonic milliseconds. */
  readonly #acceptedAt = new Map<Strategy, number>()

  constructor(context: RecoveryContext) {
    this.#context = context
    this.#headers = new ClusterHeaders({ cluster: context.clusterName, clusterUuid: context.clusterUuid })
    this.#recovery = new CallRecovery(context)
  }

  /** Sends new work to the active strategy, after finding it if it is not known (rules 4, 5, 8, 16). */
  async callActive<Request extends object, Response extends object>(
    call: EngineCall<Request, Response>,
  ): Promise<EngineAnswer<Response>> {
    let trouble: Trouble | undefined
    for (;;) {
      const attempt: Attempt = {}
      try {
        call.deadline.throwIfOver() // No work, not even a login, starts for a caller that has given up.
        return await this.#sendNewWork(call, attempt, trouble)
      } catch (error) {
        trouble = await this.#recovery.recover(call, attempt, error, trouble)
      }
    }
  }

  /** Opens a session for new work without a call, for opening a connection. */
  async openSession(deadline: Deadline): Promise<{ ticket: Ticket; session: Session; id: string }> {
    const { sessions } = this.#context
    const call = { method: engineMethods.authenticate, kind: 'login' as const, deadline }
    let trouble: Trouble | undefined
    for (;;) {
      const attempt: Attempt = {}
      try {
        deadline.throwIfOver()
        const ticket = await this.#route(call, attempt, trouble)
        const { session } = attempt
        if (session?.id !== undefined) return { ticket, session, id: session.id }
        const opened = await sessions.open(ticket.strategy, deadline)
        this.#servedBy(ticket, trouble)
        return { ticket, ...opened }
      } catch (error) {
        trouble = await this.#recovery.recover(call, attempt, error, trouble)
      }
    }
  }

  /**
   * Sends a call about a running query to the strategy, session and engine that prepared it.
   * @throws CallFailure when the statement may be run again; `rerunRule` decides by its kind
   */
  async callPinned<Request extends object, Response extends object>(
    pin: QueryPin,
    call: EngineCall<Request, Response>,
  ): Promise<Response> {
    const { manager, sessions } = this.#context
    const { session, engineIp } = pin
    let trouble: Trouble | undefined
    for (;;) {
      const attempt: Attempt = { session }
      try {
        const id = session.id ?? (await sessions.ensure(session, call.deadline, engineIp))
        attempt.sessionId = id
        this.#sends(attempt)
        const ticket = { strategy: session.strategy, epoch: manager.epoch }
        const connection = trouble?.pinRefusal?.connection ?? call.connection
        const message = await this.#send(call, session, id, { engineIp, connection })
        this.#keepSession(session, id, message)
        manager.pinnedAccepted(ticket, newsOf(message).newStrategy)
        manager.queryActive(pin.queryId, pin)
        pin.isFailing = false
        return message
      } catch (error) {
        pin.isFailing = true
        trouble = await this.#recovery.recover(call, attempt, error, trouble, pin)
      }
    }
  }

  async #sendNewWork<Request extends object, Response extends object>(
    call: EngineCall<Request, Response>,
    attempt: Attempt,
    trouble: Trouble | undefined,
  ): Promise<EngineAnswer<Response>> {
    const { manager, sessions } = this.#context
    const ticket = await this.#route(call, attempt, trouble)
    const session = attempt.session ?? sessions.on(ticket.strategy)
    attempt.session = session
    const id = session.id ?? (await sessions.ensure(session, call.deadline))
    attempt.sessionId = id
    const sentAt = this.#sends(attempt)
    const message = await this.#answerOrMove(call, { ticket, session, id }, trouble)
    if (trouble) this.#acceptedAt.set(ticket.strategy, this.#context.clock.now())
    manager.accepted(ticket, { sentAt, announced: newsOf(message).newStrategy })
    this.#servedBy(ticket, trouble)
    return { message, session, ticket }
  }

  /**
   * Returns the answer. A call that has long been silent is left when new work switches (rule 16). A call that leaves
   * state on the engine continues for a while after its caller has given up, so that the state can be removed.
   */
  async #answerOrMove<Request extends object, Response extends object>(
    call: EngineCall<Request, Response>,
    { ticket, session, id }: { ticket: Ticket; session: Session; id: string },
    trouble: Trouble | undefined,
  ): Promise<Response> {
    const { deadline, onGivenUp } = call
    const { clock, manager, suspicion } = this.#context
    const patience = new CloseSignal()
    const own = onGivenUp ? { ...call, deadline: Deadline.untilClosed(clock, patience) } : call
    let leave = (): void => undefined
    const watched = suspicion.sent(ticket, () => leave())
    const sent = this.#send(own, session, id, { connection: trouble?.pinRefusal?.connection })
    const answer = new Promise<Response>((resolve, reject) => {
      leave = () => reject(new CallFailure(leftBehind(ticket.strategy), call.method.name))
      sent.then(resolve, reject)
    })
    // A call held while neither strategy accepted work may have been sent to the one that is not active yet.
    const isAway = trouble?.isAway(ticket) || manager.current()?.strategy !== ticket.strategy
    const stopWaiting = isAway ? this.#afterSilence(ticket.strategy, leave) : undefined
    try {
      const message = await (onGivenUp ? deadline.race(answer, 'not-sent') : answer)
      watched.answered()
      this.#keepSession(session, id, message)
      return message
    } catch (error) {
      if (error instanceof CallFailure && error.fault.from !== 'transport') watched.answered()
      else watched.gaveUp()
      // If the call itself failed, no late answer follows.
      onGivenUp?.(
        sent.then((message) => {
          this.#keepSession(session, id, message)
          return { message, session, ticket }
        }),
      )
      clock.schedule(LATE_ANSWER_MS, () => patience.close('no caller waits for the answer'), 'background')
      throw error
    } finally {
      stopWaiting?.()
    }
  }

  #send<Request extends object, Response extends object>(
    { method, request, deadline, maxAnswerBytes }: EngineCall<Request, Response>,
    { strategy }: Session,
    sessionId: string,
    { engineIp, connection }: { engineIp?: string; connection?: 'new' | undefined } = {},
  ): Promise<Response> {
    const header = this.#headers.of(strategy, engineIp)
    return this.#context.transport.call(method, request(sessionId), { header, deadline, connection, maxAnswerBytes })
  }

  /**
   * Calls `leave` when a strategy has accepted no call of this connection for `AWAY_ANSWER_MS`; returns a function to
   * cancel.
   */
  #afterSilence(strategy: Strategy, leave: () => void): CancelSchedule {
    const { clock } = this.#context
    const untilMs = () => (this.#acceptedAt.get(strategy) ?? Number.NEGATIVE_INFINITY) + AWAY_ANSWER_MS - clock.now()
    let cancel: CancelSchedule
    const wait = (ms: number) => {
      cancel = clock.schedule(ms, () => (untilMs() > 0 ? wait(untilMs()) : leave()), 'background')
    }
    wait(AWAY_ANSWER_MS)
    return () => cancel()
  }

  /** If an answer has another session id than was sent, the session is renewed. */
  #keepSession(session: Session, sentId: string, message: object): void {
    const { sessionId } = newsOf(message)
    if (sessionId !== undefined) this.#context.sessions.replaced(session, sentId, sessionId)
  }

  /**
   * Returns the destination of new work: the session that is kept for its state, if there is one (rule 24). A call that
   * was refused before goes to the strategy that accepts it (rule 4).
   */
  async #route(call: RecoverableCall, attempt: Attempt, trouble: Trouble | undefined): Promise<Ticket> {
    const { detection, manager, sessionState } = this.#context
    const kept = sessionState.session
    if (kept) {
      attempt.session = kept
      attempt.isKept = true
      attempt.ticket = { strategy: kept.strategy, epoch: manager.epoch }
      this.#sends(attempt)
      return attempt.ticket
    }
    const known = trouble?.lastRefusal ? undefined : detection.route()
    const route = routeOf(call, trouble, known)
    attempt.ticket = await this.#ticketOf(route, call.deadline)
    this.#sends(attempt)
    return attempt.ticket
  }

  #ticketOf(route: Route, deadline: Deadline): Ticket | Promise<Ticket> {
    const { detection, prober, manager } = this.#context
    switch (route.kind) {
      case 'elsewhere':
        return detection.elsewhere(prober, route.refused, deadline)
      case 'first':
        return { strategy: route.strategy, epoch: manager.epoch }
      case 'known':
        return route.ticket
      case 'detect':
        return detection.detect(prober, deadline)
      default:
        return route satisfies never
    }
  }

  #sends(attempt: Attempt): number {
    attempt.sentAt = this.#context.clock.now()
    return attempt.sentAt
  }

  #servedBy({ strategy }: Ticket, trouble: Trouble | undefined): void {
    const refused = trouble?.refusals.get(otherStrategy(strategy))
    if (refused) this.#context.manager.servedElsewhere(strategy, refused)
  }
}

/** Where a call for new work goes, if no session is kept for it. */
export type Route =
  /** Where the other strategy, or the same one again, accepts it. */
  | { readonly kind: 'elsewhere'; readonly refused: RefusedCall }
  | { readonly kind: 'first'; readonly strategy: Strategy }
  | { readonly kind: 'known'; readonly ticket: Ticket }
  | { readonly kind: 'detect' }

/** Where a call goes that has been through `trouble`: a refused one elsewhere, a rerun's first try where it is to run first. */
export function routeOf(
  { first }: Pick<RecoverableCall, 'first'>,
  trouble: Pick<Trouble, 'lastRefusal'> | undefined,
  known: Ticket | undefined,
): Route {
  const refused = trouble?.lastRefusal
  if (refused) return { kind: 'elsewhere', refused }
  if (first && trouble === undefined) return { kind: 'first', strategy: first }
  return known ? { kind: 'known', ticket: known } : { kind: 'detect' }
}

function newsOf(message: object): AnswerNews {
  return message as AnswerNews
}

/** The fault of a call whose strategy new work has left. */
function leftBehind(strategy: Strategy): Fault {
  return {
    kind: 'connection-lost',
    from: 'transport',
    outcome: 'unknown',
    details: `${strategy} has been silent for too long`,
  }
}
