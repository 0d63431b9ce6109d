import { status } from '@grpc/grpc-js'
import type { Outcome } from '../errors.ts'

/** Every way in which a call can fail, as far as what to do next differs. */
export type FaultKind =
  | 'strategy mismatch'
  | 'cluster suspended'
  | 'session unknown'
  | 'credentials refused'
  | 'not connected'
  | 'stream refused'
  | 'connection lost'
  | 'proxy error'
  | 'rate limited'
  | 'message too large'
  | 'not supported'
  | 'engine error'

/**
 * Who said no. The proxy answers with a bare HTTP status before any engine has seen the request; an engine answers with
 * a gRPC status; the transport speaks when nobody else did.
 */
export type FaultSource = 'proxy' | 'engine' | 'transport'

export interface StatusRule {
  /** The gRPC codes that the rule is about. */
  readonly code: 'any' | readonly status[]
  /** What the details say, quoted parts left out: an SQL error may quote anything. */
  readonly details: RegExp
  readonly means: FaultKind
  readonly from: FaultSource
  readonly outcome: Outcome
}

const ANYTHING = /^/

/**
 * How each library words a bare HTTP status: grpc-js, gRPC C-core (which a proxy in between may relay), grpc-go.
 * The number has to stand as a status; a query id or a row count may hold it too.
 */
const bareStatus = (statuses: string) =>
  new RegExp(
    `^Received HTTP status code (?:${statuses})\\b|^Received http2 header with status: (?:${statuses})\\b|\\bHTTP status code received from server: (?:${statuses})\\b`,
    'i',
  )

/** An engine says it within its own sentence: `Wrong strategy. Status: 456. Expected: blue, Got: green`. */
const statusSentence = (number: string) => new RegExp(`(?:^|[.;,(]\\s*)(?:HTTP )?status(?: code)?:? ${number}\\b`, 'i')

/** The first rule that fits says what an answer means. Facts from docs/protocol.md, measured with grpc-js 1.14. */
export const STATUS_RULES: readonly StatusRule[] = [
  { code: 'any', details: bareStatus('456'), means: 'strategy mismatch', from: 'proxy', outcome: 'not-sent' },
  { code: 'any', details: statusSentence('456'), means: 'strategy mismatch', from: 'engine', outcome: 'unknown' },
  { code: 'any', details: bareStatus('503'), means: 'cluster suspended', from: 'proxy', outcome: 'not-sent' },
  {
    code: [status.UNAVAILABLE],
    details: statusSentence('503'),
    means: 'cluster suspended',
    from: 'engine',
    outcome: 'not-sent',
  },
  { code: 'any', details: bareStatus('401|403'), means: 'credentials refused', from: 'proxy', outcome: 'not-sent' },
  { code: 'any', details: bareStatus('429'), means: 'rate limited', from: 'proxy', outcome: 'not-sent' },
  // A gateway that gave up may have passed the request on before it did.
  { code: 'any', details: bareStatus('5\\d\\d'), means: 'proxy error', from: 'proxy', outcome: 'unknown' },
  { code: 'any', details: bareStatus('\\d+'), means: 'proxy error', from: 'proxy', outcome: 'not-sent' },
  {
    code: [status.INTERNAL],
    details: /\bAccess denied\b/i,
    means: 'session unknown',
    from: 'engine',
    outcome: 'not-sent',
  },
  {
    code: [status.UNAUTHENTICATED],
    details: ANYTHING,
    means: 'credentials refused',
    from: 'engine',
    outcome: 'not-sent',
  },
  {
    code: [status.UNAVAILABLE],
    details: /^Stream refused by server/i,
    means: 'stream refused',
    from: 'transport',
    outcome: 'not-sent',
  },
  {
    code: [status.UNAVAILABLE],
    details:
      /^No connection established|^Name resolution failed|\b(?:ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)\b/i,
    means: 'not connected',
    from: 'transport',
    outcome: 'not-sent',
  },
  { code: [status.UNAVAILABLE], details: ANYTHING, means: 'connection lost', from: 'transport', outcome: 'unknown' },
  // A reset stream is reported as cancelled or internal, though the caller cancelled nothing.
  { code: [status.CANCELLED], details: ANYTHING, means: 'connection lost', from: 'transport', outcome: 'unknown' },
  {
    code: [status.INTERNAL],
    details: /^Received RST_STREAM\b|\bNGHTTP2_|\bpremature(?:ly)? closed?\b|\bERR_HTTP2_/i,
    means: 'connection lost',
    from: 'transport',
    outcome: 'unknown',
  },
  // The same code tells of a message over a limit of size, which no waiting makes smaller.
  {
    code: [status.RESOURCE_EXHAUSTED],
    details: /^Attempted to send message with a size larger than\b/i,
    means: 'message too large',
    from: 'transport',
    outcome: 'not-sent',
  },
  {
    code: [status.RESOURCE_EXHAUSTED],
    details: /^Received message (?:larger than|that decompresses to)\b|\bmessage exceeds maximum size\b/i,
    means: 'message too large',
    from: 'transport',
    outcome: 'unknown',
  },
  { code: [status.RESOURCE_EXHAUSTED], details: ANYTHING, means: 'rate limited', from: 'engine', outcome: 'failed' },
  { code: [status.UNIMPLEMENTED], details: ANYTHING, means: 'not supported', from: 'engine', outcome: 'failed' },
  { code: 'any', details: ANYTHING, means: 'engine error', from: 'engine', outcome: 'failed' },
]

export interface Fault {
  readonly kind: FaultKind
  readonly from: FaultSource
  readonly outcome: Outcome
  readonly code: status
  readonly details: string
}

/** Longest error text that is searched; the words that matter stand at its start. */
const SEARCHED_LENGTH = 4096

/** What a gRPC status means. */
export function readStatus(code: status, details: string): Fault {
  const unquoted = details.slice(0, SEARCHED_LENGTH).replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, "''")
  const rule = STATUS_RULES.find((it) => (it.code === 'any' || it.code.includes(code)) && it.details.test(unquoted))!
  return { kind: rule.means, from: rule.from, outcome: rule.outcome, code, details }
}
