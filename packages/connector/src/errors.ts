import type { Strategy } from './types/strategy.ts'

/**
 * What is known about the request that failed.
 * - `not-sent`: it never reached an engine; doing it again is safe.
 * - `failed`: the engine answered, with an error, or this side gave up before asking for anything.
 * - `unknown`: it may have been carried out; doing it again may do it twice.
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
 * The root of every error this connector throws. `code` is stable; the message is for people. `JSON.stringify` and
 * `structuredClone` keep the message and every field except `cause`, of which JSON has the message.
 */
export abstract class E6dataError extends Error {
  abstract readonly code: string
  readonly outcome: Outcome
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean
  /** There only where it is known, as is `strategy`. */
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

  /** Every field, and the message of the cause. */
  toJSON(): Record<string, unknown> {
    const cause = this.cause instanceof Error ? { cause: `${this.cause.name}: ${this.cause.message}` } : {}
    return { ...Object.fromEntries(Object.entries(this)), ...cause }
  }
}

/**
 * Constructs an ordinary object in place of a native error: `structuredClone` and `postMessage` drop the fields of a native error,
 * `code` among them, and keep those of an ordinary object.
 */
function OrdinaryObject(): void {
  // It sets nothing.
}

// `super()` calls what the class has as its prototype. Everything else, `instanceof Error` among it, stays as it is.
Object.setPrototypeOf(E6dataError, Object.setPrototypeOf(OrdinaryObject, Error))
Object.defineProperty(E6dataError.prototype, Symbol.toStringTag, { value: 'Error', configurable: true })

/** As the fields of a native error that are no facts. */
const LIKE_NATIVE = { writable: true, configurable: true, enumerable: false } as const

/** A call goes through more functions of this connector than a stack has by default: the caller's would be cut off. */
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
 * What befell work that several wait for, or that was done ahead of whoever wants it, as told to one of them: an error of
 * their own, since more may be written into it, with the stack of their wait. Errors of other kinds are left as they are.
 */
export function toldToWaiter(error: unknown): unknown {
  if (!(error instanceof E6dataError)) return error
  const { stack: _, ...facts } = Object.getOwnPropertyDescriptors(error)
  const own: E6dataError = Object.create(Object.getPrototypeOf(error), facts)
  showCaller(own, toldToWaiter)
  return own
}

/** Options, URL or environment hold bad values; `faults` names all of them. */
export class OptionsError extends E6dataError {
  readonly code = 'E6_OPTIONS'
  constructor(
    readonly faults: readonly string[],
    facts: ErrorFacts = {},
  ) {
    super(`invalid options:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, { outcome: 'not-sent', ...facts })
  }
}

/** A parameter can't be rendered, or placeholders and values don't match. Nothing was sent. */
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

/** No connection could be made: unknown host, refused port, untrusted certificate, or a peer that speaks another protocol. */
export class ConnectError extends E6dataError {
  readonly code = 'E6_CONNECT'
}

/** The connection broke, or the peer answered with a status this connector has no rule for. */
export class TransportError extends E6dataError {
  readonly code = 'E6_TRANSPORT'
}

/** The deployment that was asked does not serve this client, and recovery did not find one that does. */
export class StrategyMismatchError extends E6dataError {
  readonly code = 'E6_STRATEGY_MISMATCH'
}

/** Both deployments refused for as long as callers may be held. */
export class StrategyDetectionTimeoutError extends E6dataError {
  readonly code = 'E6_STRATEGY_DETECTION_TIMEOUT'
}

/** So many calls are already held in a switch that one more was not taken in. */
export class HeldCallsLimitError extends E6dataError {
  readonly code = 'E6_HELD_CALLS_LIMIT'
}

/** A running query was cut off after rows had been delivered, or while it could not be run again safely. */
export class QueryInterruptedError extends E6dataError {
  readonly code = 'E6_QUERY_INTERRUPTED'
  constructor(
    queryId: string,
    strategy: Strategy,
    /** Rows handed over before the cut; they are right, and they are not all. */
    readonly rowsDelivered: number,
    facts: ErrorFacts = {},
  ) {
    super(`query ${queryId} was cut off on ${strategy} after ${rowsDelivered} rows`, { ...facts, queryId, strategy })
  }
}

/** The engine reports that the statement failed; `engineMessage` is what it said. */
export class QueryFailedError extends E6dataError {
  readonly code = 'E6_QUERY_FAILED'
  constructor(
    readonly engineMessage: string,
    /**
     * Where the engine points, counted from 1, when its message says so: in the statement as it was sent, with tags before
     * it and values in it.
     */
    readonly position: { line: number; column?: number } | undefined,
    facts: ErrorFacts = {},
    message: string = engineMessage,
  ) {
    super(message, facts)
  }
}

/** The session is not known to the engine, and renewing it did not help. */
export class SessionError extends E6dataError {
  readonly code = 'E6_SESSION'
}

/**
 * The session that SET, USE or CREATE TEMPORARY had set something in has ended: the statement was not sent, since it would
 * run under other settings. Run those statements again, or call `reauthenticate()` to go on without them.
 */
export class SessionStateLostError extends E6dataError {
  readonly code = 'E6_SESSION_STATE_LOST'
  constructor(strategy: Strategy, facts: ErrorFacts = {}) {
    super(
      `the session on ${strategy} has ended, and with it what SET, USE or CREATE TEMPORARY had set: run those statements again`,
      { ...facts, outcome: 'not-sent', strategy },
    )
  }
}

/** The cluster is suspended, or did not become active in the time allowed. */
export class ClusterSuspendedError extends E6dataError {
  readonly code = 'E6_CLUSTER_SUSPENDED'
}

/** The planner queue refuses more statements for now. */
export class RateLimitedError extends E6dataError {
  readonly code = 'E6_RATE_LIMITED'
}

/** An answer can not be used: it is truncated, hostile, or holds a type or text that the protocol has no place for. */
export class DecodeError extends E6dataError {
  readonly code = 'E6_DECODE'
}

/** A value does not fit the JavaScript type that was asked for, such as a 64-bit integer as `number`. */
export class ValueRangeError extends E6dataError {
  readonly code = 'E6_VALUE_RANGE'
}

/** A result is larger than may be collected in memory; stream it instead. */
export class ResultTooLargeError extends E6dataError {
  readonly code = 'E6_RESULT_TOO_LARGE'
}

/** A result ended before the rows that its metadata promises had come. Run the statement again. */
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

/** The cursor or stream is not in a state that allows the call, such as fetching before executing. */
export class UsageError extends E6dataError {
  readonly code = 'E6_USAGE'
}
