import {
  bareStatus,
  type Decision,
  goaway,
  HANGING,
  KILLED,
  malformed,
  REFUSED,
  reset,
  status,
} from '../../independent-server/reply.ts'

/**
 * Who speaks in an answer, and what that proves.
 * - `refusal`: it proves that nothing was executed.
 * - `proxy`, `transport`: nothing is proven.
 * - `engine`: a gRPC status.
 * - `nonsense`: an answer that breaks the rules of gRPC.
 * - `silence`: nothing comes.
 * - `fine`: what looks like a fault is none.
 */
export type Voice = 'refusal' | 'proxy' | 'transport' | 'engine' | 'nonsense' | 'silence' | 'fine'

export interface Fault {
  readonly name: string
  readonly voice: Voice
  readonly decision: Decision
  /** The gRPC code, if the engine speaks. */
  readonly code?: number
  /** Whether the words name it an error of the statement, which no repeat changes (rule 8). */
  readonly isOfStatement?: boolean
}

const HTTP_STATUSES = [400, 401, 403, 404, 408, 429, 500, 502, 503, 504] as const

const GRPC_STATUSES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

/** Words of an engine that look like those of a library, a proxy, or the session's end. */
const MISLEADING: readonly (readonly [code: number, text: string])[] = [
  [14, 'connect ECONNREFUSED 10.0.3.7:9000'],
  [14, 'No connection established'],
  [14, 'Received HTTP status code 503'],
  [2, 'Received http2 header with status: 456'],
  [13, 'commit failed: Access Denied (Service: Amazon S3)'],
  [13, 'Received RST_STREAM with code 7'],
  [8, 'Flux refusé : 456 requêtes'],
]

const RESET_CODES = [0, 1, 2, 5, 8, 11, 12] as const

/** One of each kind of trouble; each comes once. */
export const FAULTS: readonly Fault[] = [
  { name: 'bare 456', voice: 'refusal', decision: REFUSED },
  {
    name: 'bare 456 with a page',
    voice: 'refusal',
    decision: bareStatus(456, { body: '<p>', contentType: 'text/html' }),
  },
  { name: 'RST_STREAM 7', voice: 'refusal', decision: reset(7) },
  { name: 'GOAWAY 0, lower, killed', voice: 'refusal', decision: goaway(0, 'lower') },
  { name: 'GOAWAY 0, lower, stays', voice: 'refusal', decision: goaway(0, 'lower', 'answer') },
  { name: 'GOAWAY 2, lower, killed', voice: 'refusal', decision: goaway(2, 'lower') },
  ...HTTP_STATUSES.map((code): Fault => ({ name: `bare ${code}`, voice: 'proxy', decision: bareStatus(code) })),
  ...Object.entries(GRPC_STATUSES).map(
    ([name, code]): Fault => ({ name, code, voice: 'engine', decision: status(code, 'the engine gives no reason') }),
  ),
  ...MISLEADING.map(
    ([code, text]): Fault => ({
      name: `${code} "${text}"`,
      code,
      voice: 'engine',
      decision: status(code, text),
      isOfStatement: text.includes('Access Denied'),
    }),
  ),
  { name: 'UNAVAILABLE after part', code: 14, voice: 'engine', decision: status(14, 'going down', 'after-part') },
  ...RESET_CODES.map((code): Fault => ({ name: `RST_STREAM ${code}`, voice: 'transport', decision: reset(code) })),
  { name: 'RST_STREAM 2 after headers', voice: 'transport', decision: reset(2, 'after-headers') },
  { name: 'RST_STREAM 8 after part', voice: 'transport', decision: reset(8, 'after-part') },
  { name: 'RST_STREAM 7 after headers', voice: 'transport', decision: reset(7, 'after-headers') },
  { name: 'GOAWAY 0, own, killed', voice: 'transport', decision: goaway(0, 'own') },
  { name: 'GOAWAY 0, higher, killed', voice: 'transport', decision: goaway(0, 'higher') },
  { name: 'GOAWAY 11, own, killed', voice: 'transport', decision: goaway(11, 'own') },
  { name: 'GOAWAY 0, own, answered', voice: 'fine', decision: goaway(0, 'own', 'answer') },
  { name: 'GOAWAY 0, higher, answered', voice: 'fine', decision: goaway(0, 'higher', 'answer') },
  { name: 'connection closed', voice: 'transport', decision: KILLED },
  { name: 'connection reset', voice: 'transport', decision: { reply: { kind: 'kill', by: 'rst' } } },
  { name: 'closed after part', voice: 'transport', decision: { reply: { kind: 'kill', at: 'after-part' } } },
  { name: 'silence', voice: 'silence', decision: HANGING },
  { name: 'silence after headers', voice: 'silence', decision: { reply: { kind: 'hang', at: 'after-headers' } } },
  { name: 'truncated message', voice: 'nonsense', decision: malformed('truncated-message') },
  { name: 'length too large', voice: 'nonsense', decision: malformed('length-too-large') },
  { name: 'no trailers', voice: 'nonsense', decision: malformed('no-trailers') },
  { name: 'no message', voice: 'nonsense', decision: malformed('no-message') },
  { name: 'two messages', voice: 'nonsense', decision: malformed('two-messages') },
  { name: 'HTML as 200', voice: 'nonsense', decision: malformed('html-as-ok') },
  { name: 'garbage message', voice: 'nonsense', decision: malformed('garbage-message') },
]
