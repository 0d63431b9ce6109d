import type { Outcome } from '../errors.ts'
import { GRPC_STATUS, type GrpcStatus, statusName } from './grpc-status.ts'
import type { LossCause, WireAnswer } from './unary-channel.ts'

/** The kinds of failed calls, as far as they need different recovery. */
export type FaultKind =
  | 'strategy-mismatch'
  | 'cluster-suspended'
  | 'session-unknown'
  | 'credentials-refused'
  | 'rate-limited'
  | 'not-supported'
  | 'permission-denied'
  | 'proxy-error'
  | 'engine-error'
  | LossCause

/**
 * The source of a fault: the proxy, by a response without `grpc-status`; the engine, by one with it (a proxy that
 * speaks gRPC counts as the engine); the transport, when there was no response.
 */
export type FaultSource = 'proxy' | 'engine' | 'transport'

/** An answer that is neither a message nor caused by the caller. */
export type FailedAnswer = Extract<WireAnswer, { kind: 'status' | 'bare' | 'lost' }>

/** A failed call: its meaning, its source, and the known fate of the request. */
export interface Fault {
  readonly kind: FaultKind
  readonly from: FaultSource
  /** Whether an engine may have acted on the request; `failed` if the engine says that it did not. */
  readonly outcome: Outcome
  /** The status that the engine returned. */
  readonly code?: GrpcStatus
  /** The HTTP status that the proxy returned. */
  readonly httpStatus?: number
  /** The engine's own message, or a local observation. */
  readonly details: string
}

type StatusRule =
  | { readonly from: 'proxy'; readonly http: number | 'any'; readonly means: FaultKind; readonly outcome: Outcome }
  | {
      readonly from: 'engine'
      readonly codes: readonly GrpcStatus[] | 'any'
      /** A pattern of the message, without quoted parts. Used only where the protocol has no other signal. */
      readonly message?: RegExp
      readonly means: FaultKind
      readonly outcome: Outcome
    }

const { INTERNAL, UNAVAILABLE, UNAUTHENTICATED, RESOURCE_EXHAUSTED, UNIMPLEMENTED } = GRPC_STATUS
const { INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE } =
  GRPC_STATUS

/** An engine's own message: `Wrong strategy. Status: 456. Expected: blue, Got: green`. */
const SAYS_456 = /(?:^|[.;,(]\s*)(?:HTTP )?status(?: code)?:? 456\b/i

/** The message that replaces a bare 503 in calls with an access token. Source: the published Python connector. */
const SAYS_503 = /(?:^|[.;,(]\s*)(?:HTTP )?status(?: code)?:? 503\b/i

/** The whole message of an engine that does not know a session. */
const ACCESS_DENIED = /^\s*Access denied\.?\s*$/i

/** A longer message with these words is about the objects of a statement (rule 8). */
const NAMES_ACCESS_DENIED = /\baccess denied\b/i

/**
 * The meaning of a response: the first rule that matches. A bare 456 is the only response that proves that no engine
 * has seen the request; every other bare status may come from a gateway that had passed the request on. Source:
 * docs/protocol.md.
 */
export const STATUS_RULES: readonly StatusRule[] = [
  { from: 'proxy', http: 456, means: 'strategy-mismatch', outcome: 'not-sent' },
  { from: 'proxy', http: 503, means: 'cluster-suspended', outcome: 'unknown' },
  { from: 'proxy', http: 401, means: 'credentials-refused', outcome: 'unknown' },
  { from: 'proxy', http: 403, means: 'credentials-refused', outcome: 'unknown' },
  { from: 'proxy', http: 429, means: 'rate-limited', outcome: 'unknown' },
  { from: 'proxy', http: 'any', means: 'proxy-error', outcome: 'unknown' },
  { from: 'engine', codes: 'any', message: SAYS_456, means: 'strategy-mismatch', outcome: 'unknown' },
  { from: 'engine', codes: [INTERNAL], message: ACCESS_DENIED, means: 'session-unknown', outcome: 'unknown' },
  { from: 'engine', codes: [INTERNAL], message: NAMES_ACCESS_DENIED, means: 'permission-denied', outcome: 'unknown' },
  { from: 'engine', codes: [UNAVAILABLE], message: SAYS_503, means: 'cluster-suspended', outcome: 'unknown' },
  { from: 'engine', codes: [UNAUTHENTICATED], means: 'credentials-refused', outcome: 'failed' },
  { from: 'engine', codes: [RESOURCE_EXHAUSTED], means: 'rate-limited', outcome: 'unknown' },
  { from: 'engine', codes: [UNIMPLEMENTED], means: 'not-supported', outcome: 'failed' },
  {
    from: 'engine',
    codes: [INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE],
    means: 'engine-error',
    outcome: 'failed',
  },
  { from: 'engine', codes: 'any', means: 'engine-error', outcome: 'unknown' },
]

/** The maximum length of the message to search; the relevant words are at its start. */
const SEARCHED_LENGTH = 4096

/** Returns the meaning of an answer that is not a message. */
export function readFault(answer: FailedAnswer): Fault {
  switch (answer.kind) {
    case 'bare': {
      const rule = STATUS_RULES.find(
        (it) => it.from === 'proxy' && (it.http === 'any' || it.http === answer.httpStatus),
      )!
      const { httpStatus } = answer
      return { kind: rule.means, from: 'proxy', outcome: rule.outcome, httpStatus, details: `HTTP ${httpStatus}` }
    }
    case 'status': {
      const { code, message } = answer
      const rule = STATUS_RULES.find((it) => it.from === 'engine' && fits(it, answer))!
      return { kind: rule.means, from: 'engine', outcome: rule.outcome, code, details: message || statusName(code) }
    }
    case 'lost': {
      const outcome = answer.processed === 'no' ? 'not-sent' : 'unknown'
      return { kind: answer.cause, from: 'transport', outcome, details: answer.reason }
    }
    default:
      return answer satisfies never
  }
}

type EngineRule = Extract<StatusRule, { from: 'engine' }>
type EngineAnswer = Extract<FailedAnswer, { kind: 'status' }>

function fits({ codes, message: pattern }: EngineRule, { code, message }: EngineAnswer): boolean {
  if (codes !== 'any' && !codes.includes(code)) return false
  return pattern === undefined || pattern.test(withoutQuotes(message))
}

/** An SQL error may quote anything. */
function withoutQuotes(message: string): string {
  return message.slice(0, SEARCHED_LENGTH).replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, "''")
}
