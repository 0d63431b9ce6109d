import type { CallWatch } from '../observability/operation.ts'
import type { PinPlace } from '../strategy/pin-map.ts'
import type { RefusedCall, Ticket } from '../strategy/strategy-change.ts'
import type { Deadline } from '../time/deadline.ts'
import { otherStrategy, type Strategy } from '../types/strategy.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import type { CallKind } from './call-rules.ts'
import type { PinRefusal } from './pin-refusal.ts'
import type { Session } from './session.ts'

/** The location of a running query, from prepare to clear; every call about it goes there. */
export interface QueryPin extends PinPlace {
  readonly queryId: string
  readonly session: Session
  /** Whether a call about it has failed and is being recovered. */
  isFailing: boolean
  /** The number of repeats of its calls because a proxy refused them. */
  refusedRepeats: number
}

export interface EngineCall<Request extends object, Response extends object> {
  readonly method: UnaryMethod<Request, Response>
  readonly request: (sessionId: string) => Request
  readonly kind: CallKind
  readonly deadline: Deadline
  /** Observes failed tries. */
  readonly watch?: CallWatch | undefined
  /** The largest answer that the call accepts, in bytes. */
  readonly maxAnswerBytes?: number | undefined
  /** For new work: the strategy to ask before the active one. */
  readonly first?: Strategy | undefined
  /** For a call about a query: whether its statement may be run again on the other strategy (rule 17). */
  readonly mayRunElsewhere?: (() => boolean) | undefined
  /**
   * For a call about a query: how long a proxy's refusal is retried, in milliseconds. @default
   * `pinnedRefusalPatienceMs`
   */
  readonly refusalPatienceMs?: number | undefined
  /** For a call about a query: whether to use a new connection, which may reach another proxy. */
  readonly connection?: 'new' | undefined
  /** Whether the call fails on a suspended cluster instead of resuming it. */
  readonly neverResumes?: boolean
  /**
   * For new work that leaves state on the engine: called with the late answer or failure after the caller has given up.
   */
  readonly onGivenUp?: ((late: Promise<EngineAnswer<Response>>) => void) | undefined
}

/** The part of a call that recovery needs, whatever its messages. */
export type RecoverableCall = Pick<
  EngineCall<object, object>,
  'kind' | 'deadline' | 'watch' | 'first' | 'mayRunElsewhere' | 'neverResumes' | 'refusalPatienceMs'
> & {
  readonly method: { readonly name: string }
}

/** An answer, and its source. */
export interface EngineAnswer<Message> {
  readonly message: Message
  readonly session: Session
  readonly ticket: Ticket
}

/** One try of a call, filled in step by step, so that a fault on the way is judged in context. */
export interface Attempt {
  ticket?: Ticket
  session?: Session
  /** Whether the session is kept because of state that statements have set in it. */
  isKept?: boolean
  sessionId?: string
  /** The time when the call itself was sent, in monotonic milliseconds; a login on the way to it counts as the call. */
  sentAt?: number
}

/** The failures of a call so far. Created at the first failure, because most calls have none. */
export class Trouble {
  failures = 0
  refused = 0
  resumed = 0
  /** The failures that cast doubt on the strategy; an expired session does not. */
  suspicions = 0
  wasChecked = false
  /** The strategies on which a login on the way was not answered in its own time, and was repeated. */
  readonly silentLogins = new Set<Strategy>()
  renewedAt: number | undefined
  /** The latest refusal by each strategy that has refused the call; the most recent is last. */
  readonly refusals = new Map<Strategy, RefusedCall>()
  pinRefusal: PinRefusal | undefined
  /** The repeats because a proxy refused the only session that may serve the call. */
  refusedRepeats = 0

  constructor(readonly since: number) {}

  /** Returns whether a try goes to a strategy because the other one has refused the call. */
  isAway({ strategy }: Ticket): boolean {
    return this.refusals.has(otherStrategy(strategy))
  }

  get lastRefusal(): RefusedCall | undefined {
    return [...this.refusals.values()].at(-1)
  }
}
