import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import type { ClusterResumption } from '../cluster/cluster-resumption.ts'
import type { ClusterClient } from '../cluster/cluster-service.ts'
import type { Outcome } from '../errors.ts'
import { QueryEngineService } from '../gen/query_engine_pb.ts'
import type { ConnectionEvents, EventHub } from '../observability/events.ts'
import type { CallWatch } from '../observability/operation.ts'
import type { DetectionOptions } from '../strategy/detection-options.ts'
import type { RefusedCall, Ticket } from '../strategy/strategy-change.ts'
import type { StrategyDetection } from '../strategy/strategy-detection.ts'
import type { StrategyManager } from '../strategy/strategy-manager.ts'
import type { StrategyProber } from '../strategy/strategy-prober.ts'
import type { Clock } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import { faultError } from '../transport/fault-error.ts'
import { grpcHeader } from '../transport/headers.ts'
import type { FaultKind } from '../transport/status-rules.ts'
import { CallFailure, type Transport, type UnaryMethod } from '../transport/transport.ts'
import { otherStrategy, type Strategy } from '../types/strategy.ts'
import type { RecoveryOptions } from './recovery-options.ts'
import type { Session } from './session.ts'
import type { SessionRegistry } from './session-registry.ts'

/** Where a query lives, from prepare to clear; every call about it goes there. */
export interface QueryHome {
  readonly queryId: string
  readonly engineIp: string
  readonly session: Session
  /** Who is told of tries that fail. */
  readonly watch?: CallWatch | undefined
}

/**
 * Whether a call may be sent again when it may have reached an engine. A fetch never: the protocol numbers no batches,
 * so a repeated fetch can lose rows in silence (rule 7). An execute neither: it may write.
 */
export type Repeatable = 'always' | 'only when it reached no engine'

export interface EngineCall<Input extends DescMessage, Output extends DescMessage> {
  readonly method: UnaryMethod<Input, Output>
  readonly request: (sessionId: string) => MessageInitShape<Input>
  readonly repeatable: Repeatable
  readonly deadline: Deadline
  /** Whether a suspended cluster is worth resuming for it. @default true, where `autoResume` is on */
  readonly resumes?: boolean
  /** Who is told of tries that fail. */
  readonly watch?: CallWatch | undefined
}

/** What recovery needs to know of a call. */
type RecoverableCall = Pick<EngineCall<DescMessage, DescMessage>, 'repeatable' | 'deadline' | 'resumes' | 'watch'> & {
  readonly method: { readonly name: string }
}

/** An answer, and where it came from. */
export interface EngineAnswer<Message> {
  readonly message: Message
  readonly session: Session
}

/** Fields beside the payload, on the answers that have them. */
interface AnswerNews {
  readonly sessionId?: string
  readonly newStrategy?: string
}

/** What to do about a fault before the next try. `give up`: nothing helps. */
type Remedy = 'find the strategy' | 'log in again' | 'resume the cluster' | 'try again' | 'give up'

const REMEDIES: Record<FaultKind, Remedy> = {
  'strategy mismatch': 'find the strategy',
  'session unknown': 'log in again',
  'cluster suspended': 'resume the cluster',
  'not connected': 'try again',
  'stream refused': 'try again',
  'connection lost': 'try again',
  'proxy error': 'try again',
  'credentials refused': 'give up',
  'rate limited': 'give up',
  'message too large': 'give up',
  'not supported': 'give up',
  'engine error': 'give up',
}

export interface RecoveryContext {
  readonly transport: Transport
  readonly sessions: SessionRegistry
  readonly prober: StrategyProber
  readonly manager: StrategyManager
  readonly detection: StrategyDetection
  readonly resumption: ClusterResumption
  readonly clusterClient: ClusterClient
  readonly events: EventHub<ConnectionEvents>
  readonly clusterName?: string | undefined
  readonly clusterUuid?: string | undefined
  readonly options: Required<RecoveryOptions> & Pick<Required<DetectionOptions>, 'strategyDetectionTimeoutMs'>
  readonly clock: Clock
}

/** Where the next try goes; filled in as far as aiming got, so that a fault on the way is judged by it too. */
interface Aim {
  ticket?: Ticket
  session?: Session
  sessionId?: string
  /** When the call itself was sent, in monotonic milliseconds; a login on the way to it counts as the call. */
  sentAt?: number
}

/** The latest refusal of a call by each strategy that has refused it. */
type Refusals = Map<Strategy, RefusedCall>

/** The one path by which every call about statements and catalogs reaches an engine, and survives what can be survived. */
export class Recovery {
  readonly #context: RecoveryContext

  constructor(context: RecoveryContext) {
    this.#context = context
  }

  /** Sends new work to the active strategy, finding it first when it is not known (rules 4, 5, 8). */
  async callActive<Input extends DescMessage, Output extends DescMessage>(
    call: EngineCall<Input, Output>,
  ): Promise<EngineAnswer<MessageShape<Output>>> {
    const { manager, sessions } = this.#context
    return this.#withRecovery(call, async (aim, refusals) => {
      const ticket = await this.#route(aim, refusals, call.deadline)
      const { session, id } = await sessions.open(ticket.strategy, call.deadline)
      aim.session = session
      aim.sessionId = id
      const sentAt = this.#sends(aim)
      const answer = await this.#send(call, ticket, session, id, undefined)
      manager.accepted(ticket, { sentAt, announced: newsOf(answer.message).newStrategy })
      this.#servedBy(ticket, refusals)
      return answer
    })
  }

  /** A session for new work, without a call: what opening a connection comes to. */
  openSession(deadline: Deadline): Promise<{ ticket: Ticket; session: Session; id: string }> {
    const { sessions } = this.#context
    const call = { method: QueryEngineService.method.authenticate, repeatable: 'always' as const, deadline }
    return this.#withRecovery(call, async (aim, refusals) => {
      const ticket = await this.#route(aim, refusals, deadline)
      const opened = await sessions.open(ticket.strategy, deadline)
      this.#servedBy(ticket, refusals)
      return { ticket, ...opened }
    })
  }

  /**
   * Sends a call about a running query to the strategy, session and engine it was prepared on.
   * @throws CallFailure of kind `strategy mismatch`: what that means depends on how far the query has got (rule 6)
   */
  async callPinned<Input extends DescMessage, Output extends DescMessage>(
    home: QueryHome,
    call: EngineCall<Input, Output>,
  ): Promise<MessageShape<Output>> {
    const { manager, sessions } = this.#context
    const { session } = home
    const answer = await this.#withRecovery(
      call,
      async (aim) => {
        aim.session = session
        aim.sessionId = await sessions.ensure(session, call.deadline)
        const ticket = { strategy: session.strategy, epoch: manager.epoch }
        const sent = await this.#send(call, ticket, session, aim.sessionId, home)
        manager.pinnedAccepted(ticket, newsOf(sent.message).newStrategy)
        return sent
      },
      home,
    )
    manager.queryActive(home.queryId)
    return answer.message
  }

  async #send<Input extends DescMessage, Output extends DescMessage>(
    call: EngineCall<Input, Output>,
    ticket: Ticket,
    session: Session,
    sessionId: string,
    home: QueryHome | undefined,
  ): Promise<EngineAnswer<MessageShape<Output>>> {
    const { transport, sessions, clusterName, clusterUuid } = this.#context
    const header = grpcHeader({
      strategy: ticket.strategy,
      engineIp: home?.engineIp,
      cluster: clusterName,
      clusterUuid,
    })
    const message = await transport.call(call.method, call.request(sessionId), { header, deadline: call.deadline })
    const renewed = newsOf(message).sessionId
    if (renewed !== undefined) sessions.replaced(session, sessionId, renewed)
    return { message, session }
  }

  /** Where new work goes: a call that was refused before goes to whichever strategy accepts it (rule 4). */
  async #route(aim: Aim, refusals: Refusals, deadline: Deadline): Promise<Ticket> {
    const { detection, prober } = this.#context
    const refused = [...refusals.values()].at(-1)
    const ticket = refused
      ? await detection.elsewhere(prober, refused, deadline)
      : (detection.route() ?? (await detection.detect(prober, deadline)))
    aim.ticket = ticket
    this.#sends(aim)
    return ticket
  }

  #sends(aim: Aim): number {
    aim.sentAt = this.#context.clock.now()
    return aim.sentAt
  }

  #servedBy({ strategy }: Ticket, refusals: Refusals): void {
    const refused = refusals.get(otherStrategy(strategy))
    if (refused) this.#context.manager.servedElsewhere(strategy, refused)
  }

  async #withRecovery<Answer>(
    call: RecoverableCall,
    attempt: (aim: Aim, refusals: Refusals) => Promise<Answer>,
    home?: QueryHome,
  ): Promise<Answer> {
    const { maxRetryAttempts, retryDelayMs, strategyDetectionTimeoutMs } = this.#context.options
    const refusals: Refusals = new Map()
    let refusedSince: number | undefined
    for (let tries = 1; ; ) {
      call.deadline.throwIfOver() // nothing is begun for a caller who has given up, no login either
      const aim: Aim = {}
      try {
        return await attempt(aim, refusals)
      } catch (error) {
        if (!(error instanceof CallFailure)) throw error
        const strategy = aim.session?.strategy ?? aim.ticket?.strategy
        call.watch?.tryFailed({ call: error.method, fault: error.fault.kind, strategy })
        this.#note(error, aim, refusals, home)
        if (home && error.fault.kind === 'strategy mismatch') throw error
        // New work that is refused goes on for as long as calls are held (rule 4): a try is no measure of a switch.
        const isRefused = error.fault.kind === 'strategy mismatch'
        if (isRefused) refusedSince ??= call.deadline.clock.now()
        else tries += 1
        const isRefusedTooLong =
          refusedSince !== undefined && call.deadline.clock.now() - refusedSince >= strategyDetectionTimeoutMs
        const isOver = isRefused ? isRefusedTooLong : tries > maxRetryAttempts
        if (isOver || !(await this.#mend(error, call, aim))) {
          throw faultError(error, { outcome: outcomeOf(error, call), strategy, queryId: home?.queryId })
        }
      }
      // The first repeat follows at once: whatever was wrong has just been mended.
      if (tries > 2 || refusals.size > 1) await call.deadline.sleep(call.deadline.clock.jitter(retryDelayMs))
    }
  }

  /** Takes in what a fault says of the cluster. The next call must not meet it again, also when this one has no try left. */
  #note({ fault, method }: CallFailure, aim: Aim, refusals: Refusals, home: QueryHome | undefined): void {
    const { manager, sessions, events } = this.#context
    const { ticket, session, sessionId, sentAt } = aim
    switch (REMEDIES[fault.kind]) {
      case 'find the strategy':
        if (home) manager.pinnedRefused({ strategy: home.session.strategy, epoch: manager.epoch }, method)
        else if (ticket && sentAt !== undefined) {
          manager.refused(ticket, method)
          refusals.delete(ticket.strategy) // the latest comes last
          refusals.set(ticket.strategy, { by: ticket, sentAt })
        }
        return
      case 'log in again':
        if (session && sessionId !== undefined) sessions.expired(session, sessionId)
        return
      case 'resume the cluster':
        events.emit('cluster:suspended', { call: method })
        return
      case 'try again':
      case 'give up':
        return
    }
  }

  /** Does what the fault asks for, as far as noting it has not. Returns whether the call may be tried again. */
  async #mend({ fault, method }: CallFailure, call: RecoverableCall, { sessionId }: Aim): Promise<boolean> {
    const { resumption, clusterClient, events, options } = this.#context
    switch (REMEDIES[fault.kind]) {
      case 'find the strategy':
        return true
      case 'log in again':
        return sessionId !== undefined
      case 'resume the cluster':
        if (!options.autoResume || call.resumes === false) return false
        await resumption.ensureActive(clusterClient, events, call.deadline)
        return true
      case 'try again':
        return call.repeatable === 'always' || fault.outcome === 'not-sent' || isLogin(method, call)
      case 'give up':
        return false
    }
  }
}

function newsOf(message: object): AnswerNews {
  return message as AnswerNews
}

/** Whether the fault befell the login on the way to the call, not the call itself. */
function isLogin(method: string, call: RecoverableCall): boolean {
  return method !== call.method.name
}

/** A login that failed says nothing of the call it was for, except that it was not sent. */
function outcomeOf({ fault, method }: CallFailure, call: RecoverableCall): Outcome {
  return isLogin(method, call) ? 'not-sent' : fault.outcome
}
