/** gRPC status codes, as the protocol numbers them. */
const CODE = { cancelled: 1, unknown: 2, invalidArgument: 3, notFound: 5, failedPrecondition: 9, internal: 13 }
const UNAVAILABLE = 14
const UNAUTHENTICATED = 16

/** How a call ended, as far as the rules tell cases apart. */
export type ExchangeEnd =
  | 'answered'
  /** The proxy says: not here. No engine has seen the call. */
  | 'refused by the proxy'
  /** An engine says: not here. What it did before it said so, nobody knows. */
  | 'refused by the engine'
  | 'cluster suspended'
  | 'session unknown'
  | 'credentials refused'
  /** It never left: nobody has seen it. */
  | 'not sent'
  /** It may have been carried out. */
  | 'fate unknown'
  | 'engine error'
  /** The caller did not wait for the answer. */
  | 'given up'

/** A status in the very words of grpc-js or of the engine. Source: docs/protocol.md. */
export interface Wording {
  readonly code: number
  readonly details: string
  readonly end: Exclude<ExchangeEnd, 'answered' | 'given up'>
}

export const WORDINGS = {
  refusedByProxy: { code: CODE.unknown, details: 'Received HTTP status code 456', end: 'refused by the proxy' },
  refusedByEngine: {
    code: CODE.invalidArgument,
    details: 'Wrong strategy. Status: 456. Expected: green, Got: blue',
    end: 'refused by the engine',
  },
  suspended: { code: UNAVAILABLE, details: 'Received HTTP status code 503', end: 'cluster suspended' },
  engineGone: { code: UNAVAILABLE, details: 'Received HTTP status code 502', end: 'fate unknown' },
  gatewayGaveUp: { code: UNAVAILABLE, details: 'Received HTTP status code 504', end: 'fate unknown' },
  accessDenied: { code: CODE.internal, details: 'Access denied: the session is not known', end: 'session unknown' },
  unauthenticated: { code: UNAUTHENTICATED, details: 'wrong user name or token', end: 'credentials refused' },
  streamRefused: { code: UNAVAILABLE, details: 'Stream refused by server', end: 'not sent' },
  notConnected: {
    code: UNAVAILABLE,
    details: 'No connection established. Last error: connect ECONNREFUSED 192.0.2.1:80',
    end: 'not sent',
  },
  connectionDropped: { code: UNAVAILABLE, details: 'Connection dropped', end: 'fate unknown' },
  streamReset: {
    code: CODE.internal,
    details: 'Received RST_STREAM with code 2 (Internal server error)',
    end: 'fate unknown',
  },
  streamCancelled: { code: CODE.cancelled, details: 'Call cancelled', end: 'fate unknown' },
} as const satisfies Record<string, Wording>

/** What an engine says of a query that was cancelled. */
export const queryCancelled = (id: string): Wording => ({
  code: CODE.cancelled,
  details: `query ${id} was cancelled`,
  end: 'engine error',
})

export const queryUnknown = (id: string): Wording => ({
  code: CODE.notFound,
  details: `query ${id} is not known to this engine`,
  end: 'engine error',
})

export const wrongEngine = (named: string): Wording => ({
  code: CODE.failedPrecondition,
  details: `the call came with plannerip ${named}, which is another engine`,
  end: 'engine error',
})

/** An error in a statement, with the digits of a mismatch in it. */
export const badStatement = (operation: number): Wording => ({
  code: CODE.invalidArgument,
  details: `Parser Error: part ${operation}: column "status: 456" not found near 456 at line 1:8`,
  end: 'engine error',
})
