import type { Strategy } from './types/strategy.ts'

/**
 * The known fate of the failed request.
 * - `not-sent`: it never reached an engine and is safe to repeat.
 * - `failed`: the engine answered with an error, or the connector gave up before sending anything.
 * - `unknown`: it may have been carried out; repeating it may have its effect twice.
 */
export type Outcome = 'not-sent' | 'failed' | 'unknown'

export interface ErrorFacts {
  outcome?: Outcome
  retryable?: boolean
  queryId?: string | undefined
  strategy?: Strategy | undefined
  cause?: unknown
}

/**
 * The base class of every error this connector throws. `code` is stable; the message is for people. `JSON.stringify`
 * and `structuredClone` keep the message and every field except `cause`, of which JSON keeps the message.
 */
export abstract class E6dataError extends Error {
  abstract readonly code: string
  readonly outcome: Outcome
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean
  /** Present only if known, as is `strategy`. */
  declare readonly queryId?: string
  declare readonly strategy?: Strategy

  constructor(message: string, facts: ErrorFacts = {}) {
    super()
    this.name = new.target.name
    this.message = message
    this.outcome = facts.outcome ?? 'failed'
    this.retryable = facts.retryable ?? false
    if (facts.cause !== undefined) Object.defineProperty(this, 'cause', { value: facts.cause, ...LIKE_NATIVE })
    if (facts.queryId !== undefined) this.queryId = facts.queryId
    if (facts.strategy !== undefined) this.strategy = facts.strategy
    showCaller(this, new.target)
  }

  /** Returns every field, and the message of the cause. */
  toJSON(): Record<string, unknown> {
    const cause = this.cause instanceof Error ? { cause: `${this.cause.name}: ${this.cause.message}` } : {}
    return { ...Object.fromEntries(Object.entries(this)), ...cause }
  }
}

/**
 * Constructs an ordinary object instead of a native error: `structuredClone` and `postMessage` drop the fields of a
 * native error, including `code`, but keep those of an ordinary object.
 */
function OrdinaryObject(): void {
  // Intentionally empty.
}

// `super()` calls the prototype of the class. Everything else, including `instanceof Error`, is unchanged.
Object.setPrototypeOf(E6dataError, Object.setPrototypeOf(OrdinaryObject, Error))
Object.defineProperty(E6dataError.prototype, Symbol.toStringTag, { value: 'Error', configurable: true })

/** The property attributes of a native error's own fields. */
const LIKE_NATIVE = { writable: true, configurable: true, enumerable: false } as const

/**
 * A call passes through more functions of this connector than a stack has by default, which would cut off the caller.
 */
const STACK_DEPTH = 50

/** Gives an error the stack of the caller of `below`, deep enough to show the program's own line. */
function showCaller(error: Error, below: Parameters<typeof Error.captureStackTrace>[1]): void {
  const limit = Error.stackTraceLimit
  const isTooLow = limit > 0 && limit < STACK_DEPTH
  const mayChange = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable === true
  if (isTooLow && mayChange) Error.stackTraceLimit = STACK_DEPTH
  Error.captureStackTrace(error, below)
  if (isTooLow && mayChange) Error.stackTraceLimit = limit
}

/**
 * A copy of a shared failure for one of its waiters, so more facts can be written into it, with the stack of that
 * waiter's call. Errors of other classes are returned unchanged.
 */
export function cloneForWaiter(error: unknown): unknown {
  if (!(error instanceof E6dataError)) return error
  const { stack: _, ...facts } = Object.getOwnPropertyDescriptors(error)
  const own: E6dataError = Object.create(Object.getPrototypeOf(error), facts)
  showCaller(own, cloneForWaiter)
  return own
}

/** Options, URL or environment have invalid values; `faults` lists all of them. */
export class OptionsError extends E6dataError {
  readonly code = 'E6_OPTIONS'
  constructor(
    readonly faults: readonly string[],
    facts: ErrorFacts = {},
  ) {
    super(`invalid options:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, { outcome: 'not-sent', ...facts })
  }
}

/** A parameter cannot be written, or placeholders and values do not match. Nothing was sent. */
export class ParameterError extends E6dataError {
  readonly code = 'E6_PARAMETER'
  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { outcome: 'not-sent', ...facts })
  }
}

/** The cluster refused the user name or the token. */
export class CredentialsError extends E6dataError {
  readonly code = 'E6_CREDENTIALS'
}

/** No connection was possible: unknown host, refused port, untrusted certificate, or a peer with another protocol. */
export class ConnectError extends E6dataError {
  readonly code = 'E6_CONNECT'
}

/** The connection broke, or the peer returned a status without a rule. */
export class TransportError extends E6dataError {
  readonly code = 'E6_TRANSPORT'
}

/** The deployment does not serve this client, and recovery found no other that does. */
export class StrategyMismatchError extends E6dataError {
  readonly code = 'E6_STRATEGY_MISMATCH'
}

/** Neither strategy accepted work for as long as calls may be held. */
export class StrategyDetectionTimeoutError extends E6dataError {
  readonly code = 'E6_STRATEGY_DETECTION_TIMEOUT'
}

/** Too many calls are already held during a switch. */
export class HeldCallsLimitError extends E6dataError {
  readonly code = 'E6_HELD_CALLS_LIMIT'
}

/** A running query was cut off after rows had been delivered, or when it could not safely be run again. */
export class QueryInterruptedError extends E6dataError {
  readonly code = 'E6_QUERY_INTERRUPTED'
  constructor(
    queryId: string,
    strategy: Strategy,
    /** The number of rows handed over before the interruption; they are correct but incomplete. */
    readonly rowsDelivered: number,
    facts: ErrorFacts = {},
  ) {
    super(`query ${queryId} was cut off on ${strategy} after ${rowsDelivered} rows`, { ...facts, queryId, strategy })
  }
}

/** The engine reports that the statement failed; `engineMessage` is its message. */
export class QueryFailedError extends E6dataError {
  readonly code = 'E6_QUERY_FAILED'
  constructor(
    readonly engineMessage: string,
    /**
     * The position in the engine's message, counted from 1, if it has one. It refers to the statement as sent,
     * including tags and parameter values.
     */
    readonly position: { line: number; column?: number } | undefined,
    facts: ErrorFacts = {},
    message: string = engineMessage,
  ) {
    super(message, facts)
  }
}

/** The engine does not know the session, and renewing it did not help. */
export class SessionError extends E6dataError {
  readonly code = 'E6_SESSION'
}

/**
 * The session with the state from SET, USE or CREATE TEMPORARY has ended. The statement was not sent, because it would
 * run with other settings. Run those statements again, or call `reauthenticate()` to continue without them.
 */
export class SessionStateLostError extends E6dataError {
  readonly code = 'E6_SESSION_STATE_LOST'
  constructor(strategy: Strategy, facts: ErrorFacts = {}) {
    super(
      `the session on ${strategy} has ended, with the state from SET, USE or CREATE TEMPORARY: run those statements again`,
      { ...facts, outcome: 'not-sent', strategy },
    )
  }
}

/** The cluster is suspended, or did not become active in time. */
export class ClusterSuspendedError extends E6dataError {
  readonly code = 'E6_CLUSTER_SUSPENDED'
}

/** The planner queue accepts no more statements for now. */
export class RateLimitedError extends E6dataError {
  readonly code = 'E6_RATE_LIMITED'
}

/** An answer is unusable: it is truncated, hostile, or has an unknown type or an invalid string. */
export class DecodeError extends E6dataError {
  readonly code = 'E6_DECODE'
}

/** A value does not fit the requested JavaScript type, such as a 64-bit integer as `number`. */
export class ValueRangeError extends E6dataError {
  readonly code = 'E6_VALUE_RANGE'
}

/** A result is too large to collect in memory; stream it instead. */
export class ResultTooLargeError extends E6dataError {
  readonly code = 'E6_RESULT_TOO_LARGE'
}

/** A result ended with fewer rows than its metadata promised. Run the statement again. */
export class ResultIncompleteError extends E6dataError {
  readonly code = 'E6_RESULT_INCOMPLETE'
  constructor(
    readonly rowsPromised: number,
    readonly rowsReceived: number,
    facts: ErrorFacts = {},
  ) {
    super(`the result ended after ${rowsReceived} of ${rowsPromised} rows`, { retryable: true, ...facts })
  }
}

/** A deadline passed. */
export class TimeoutError extends E6dataError {
  readonly code = 'E6_TIMEOUT'
}

/** The caller's `AbortSignal` fired; `cause` is its reason. */
export class AbortError extends E6dataError {
  readonly code = 'E6_ABORTED'
}

/** The connection, cursor or pool is closed. */
export class ClosedError extends E6dataError {
  readonly code = 'E6_CLOSED'
}

/** No pooled connection became free in time. */
export class PoolTimeoutError extends E6dataError {
  readonly code = 'E6_POOL_TIMEOUT'
}

/** The cursor or stream is in the wrong state for the call, such as fetching before executing. */
export class UsageError extends E6dataError {
  readonly code = 'E6_USAGE'
}
