import type { CallWatch } from '../observability/operation.ts'
import type { PinPlace } from '../strategy/pin-map.ts'
import type { RefusedCall, Ticket } from '../strategy/strategy-change.ts'
import type { Deadline } from '../time/deadline.ts'
import { otherStrategy, type Strategy } from '../types/strategy.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import type { CallKind } from './call-rules.ts'
import type { PinRefusal } from './pin-refusal.ts'
import type { Session } from './session.ts'

/** Where a running query lives, from prepare to clear; every call about it goes there. */
export interface QueryPin extends PinPlace {
  readonly queryId: string
  readonly session: Session
  /** Whether a call about it has failed and is being recovered. */
  isFailing: boolean
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
  readonly mayRunElsewhere?: (() => boolean) | undefined
  /** About a query: how long a proxy's refusal is waited out, in milliseconds. @default `pinnedRefusalPatienceMs` */
  readonly refusalPatienceMs?: number | undefined
  /** About a query: whether it is sent over a new connection, which may reach another proxy. */
  readonly connection?: 'new' | undefined
  /** Whether it fails, rather than resume the cluster, when that is suspended. */
  readonly neverResumes?: boolean
  /** New work that leaves something on the engine: called with the answer that comes, or fails, after the caller has given up. */
  readonly onGivenUp?: ((late: Promise<EngineAnswer<Response>>) => void) | undefined
}

/** What recovery needs to know of a call, whatever its messages. */
export type RecoverableCall = Pick<
  EngineCall<object, object>,
  'kind' | 'deadline' | 'watch' | 'first' | 'mayRunElsewhere' | 'neverResumes' | 'refusalPatienceMs'
> & {
  readonly method: { readonly name: string }
}

/** An answer, and where it came from. */
export interface EngineAnswer<Message> {
  readonly message: Message
  readonly session: Session
  readonly ticket: Ticket
}

/** One try of a call: filled in as far as it got, so that a fault on the way is judged by it too. */
export interface Attempt {
  ticket?: Ticket
  session?: Session
  /** Whether the session is kept for what statements have set in it. */
  isKept?: boolean
  sessionId?: string
  /** When the call itself was sent, in monotonic milliseconds; a login on the way to it counts as the call. */
  sentAt?: number
}

/** What a call has been through. Made at its first failure, since most calls have none. */
export class Trouble {
  failures = 0
  refused = 0
  resumed = 0
  /** Failures that put the strategy in doubt; an expired session is none. */
  suspicions = 0
  wasChecked = false
  /** Where a login on the way was not answered in its own time, and was repeated. */
  readonly silentLogins = new Set<Strategy>()
  renewedAt: number | undefined
  /** The latest refusal by each strategy that has refused the call; the last one comes last. */
  readonly refusals = new Map<Strategy, RefusedCall>()
  pinRefusal: PinRefusal | undefined
  /** Repeats because a proxy refused the one session that may serve the call. */
  refusedRepeats = 0

  constructor(readonly since: number) {}

  /** Whether a try goes to a strategy because the other one has refused the call. */
  isAway({ strategy }: Ticket): boolean {
    return this.refusals.has(otherStrategy(strategy))
  }

  get lastRefusal(): RefusedCall | undefined {
    return [...this.refusals.values()].at(-1)
  }
}
