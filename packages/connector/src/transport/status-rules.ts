import type { Outcome } from '../errors.ts'
import { GRPC_STATUS, type GrpcStatus, statusName } from './grpc-status.ts'
import type { LossCause, WireAnswer } from './unary-channel.ts'

/** Every way in which a call can fail, as far as what to do next differs. */
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
 * Who said no: the proxy, by a response without `grpc-status`; the engine, by one with it (a proxy that speaks gRPC counts as
 * the engine); the transport, when there was no response.
 */
export type FaultSource = 'proxy' | 'engine' | 'transport'

/** An answer that is neither a message nor the caller's own doing. */
export type FailedAnswer = Extract<WireAnswer, { kind: 'status' | 'bare' | 'lost' }>

/** A call that failed: what that means, who said so, and what is known of the request. */
export interface Fault {
  readonly kind: FaultKind
  readonly from: FaultSource
  /** Whether an engine can have acted on the request; `failed` where it says that it did not. */
  readonly outcome: Outcome
  /** The status that the engine answered with. */
  readonly code?: GrpcStatus
  /** The HTTP status that the proxy answered with. */
  readonly httpStatus?: number
  /** The engine's own message, or what this side has seen. */
  readonly details: string
}

type StatusRule =
  | { readonly from: 'proxy'; readonly http: number | 'any'; readonly means: FaultKind; readonly outcome: Outcome }
  | {
      readonly from: 'engine'
      readonly codes: readonly GrpcStatus[] | 'any'
      /** What the message says, quoted parts left out. Read only where the protocol gives nothing else to go by. */
      readonly message?: RegExp
      readonly means: FaultKind
      readonly outcome: Outcome
    }

const { INTERNAL, UNAVAILABLE, UNAUTHENTICATED, RESOURCE_EXHAUSTED, UNIMPLEMENTED } = GRPC_STATUS
const { INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE } =
  GRPC_STATUS

/** An engine's own sentence: `Wrong strategy. Status: 456. Expected: blue, Got: green`. */
const SAYS_456 = /(?:^|[.;,(]\s*)(?:HTTP )?status(?: code)?:? 456\b/i

/** What is said in place of a bare 503 to calls with an access token. Source: the published Python connector. */
const SAYS_503 = /(?:^|[.;,(]\s*)(?:HTTP )?status(?: code)?:? 503\b/i

/** The whole message of an engine that does not know a session. */
const ACCESS_DENIED = /^\s*Access denied\.?\s*$/i

/** A longer sentence with these words is about what the statement asks for (rule 8). */
const NAMES_ACCESS_DENIED = /\baccess denied\b/i

/**
 * What a response means: the first rule that fits. A bare 456 is the one response that proves that no engine has seen the
 * request; every other bare status may come from a gateway that had passed it on. Source: docs/protocol.md.
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

/** Longest message that is searched; the words that matter stand at its start. */
const SEARCHED_LENGTH = 4096

/** What an answer means that is not a message. */
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
