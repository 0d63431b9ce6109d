import { GRPC_STATUS, type GrpcStatus } from '../../src/transport/grpc-status.ts'
import type { FailedAnswer } from '../../src/transport/status-rules.ts'

/** How a call ended, as far as the rules tell cases apart. */
export type ExchangeEnd =
  | 'answered'
  /** The proxy says: not here. No engine has seen the call. */
  | 'refused by the proxy'
  /** An engine refuses the strategy. What it did before is unknown. */
  | 'refused by the engine'
  | 'cluster-suspended'
  | 'session-unknown'
  | 'credentials-refused'
  /** The call was never sent, so that no server has seen it. */
  | 'not sent'
  /** It may have been carried out. */
  | 'fate unknown'
  | 'engine-error'
  /** The caller did not wait for the answer. */
  | 'given up'

/** What comes back for a call that was not answered with a message. Source: docs/protocol.md. */
export interface Wording {
  readonly answer: FailedAnswer
  readonly end: Exclude<ExchangeEnd, 'answered' | 'given up'>
}

const bare = (httpStatus: number): FailedAnswer => ({ kind: 'bare', httpStatus })
const said = (code: GrpcStatus, message: string): FailedAnswer => ({ kind: 'status', code, message })
const lost = (reason: string): FailedAnswer => ({
  kind: 'lost',
  cause: 'connection-lost',
  processed: 'unknown',
  reason,
})

export const WORDINGS = {
  refusedByProxy: { answer: bare(456), end: 'refused by the proxy' },
  refusedByEngine: {
    answer: said(GRPC_STATUS.INVALID_ARGUMENT, 'Wrong strategy. Status: 456. Expected: green, Got: blue'),
    end: 'refused by the engine',
  },
  suspended: { answer: bare(503), end: 'cluster-suspended' },
  notFound: { answer: bare(404), end: 'fate unknown' },
  tooManyRequests: { answer: bare(429), end: 'fate unknown' },
  serverError: { answer: bare(500), end: 'fate unknown' },
  unavailable: { answer: said(GRPC_STATUS.UNAVAILABLE, 'the engine is starting'), end: 'fate unknown' },
  internalError: { answer: said(GRPC_STATUS.INTERNAL, 'the engine has failed'), end: 'engine-error' },
  notImplemented: { answer: said(GRPC_STATUS.UNIMPLEMENTED, 'unknown method'), end: 'engine-error' },
  exhausted: { answer: said(GRPC_STATUS.RESOURCE_EXHAUSTED, 'too many sessions'), end: 'fate unknown' },
  engineGone: { answer: bare(502), end: 'fate unknown' },
  gatewayGaveUp: { answer: bare(504), end: 'fate unknown' },
  accessDenied: { answer: said(GRPC_STATUS.INTERNAL, 'Access denied'), end: 'session-unknown' },
  unauthenticated: {
    answer: said(GRPC_STATUS.UNAUTHENTICATED, 'wrong user name or token'),
    end: 'credentials-refused',
  },
  streamRefused: {
    answer: { kind: 'lost', cause: 'stream-refused', processed: 'no', reason: 'the server did not take the request' },
    end: 'not sent',
  },
  notConnected: {
    answer: {
      kind: 'lost',
      cause: 'not-connected',
      processed: 'no',
      reason: 'connect ECONNREFUSED 192.0.2.1:80',
    },
    end: 'not sent',
  },
  connectionDropped: { answer: lost('the connection was closed'), end: 'fate unknown' },
  streamReset: { answer: lost('the stream was reset with code 2'), end: 'fate unknown' },
  streamCancelled: { answer: lost('the stream was reset with code 8'), end: 'fate unknown' },
} as const satisfies Record<string, Wording>

/** What the client is shown of an answer that failed. */
export function detailsOf({ answer }: Wording): string {
  if (answer.kind === 'bare') return `HTTP ${answer.httpStatus}`
  return answer.kind === 'status' ? answer.message : answer.reason
}

/** What an engine says of a query that was cancelled. */
export const queryCancelled = (id: string): Wording => ({
  answer: said(GRPC_STATUS.CANCELLED, `query ${id} was cancelled`),
  end: 'engine-error',
})

export const queryUnknown = (id: string): Wording => ({
  answer: said(GRPC_STATUS.NOT_FOUND, `query ${id} is not known to this engine`),
  end: 'engine-error',
})

export const wrongEngine = (named: string): Wording => ({
  answer: said(GRPC_STATUS.FAILED_PRECONDITION, `the call came with plannerip ${named}, which is another engine`),
  end: 'engine-error',
})

/** An error in a statement, with the digits of a mismatch in it. */
export const badStatement = (operation: number): Wording => ({
  answer: said(
    GRPC_STATUS.INVALID_ARGUMENT,
    `Parser Error: part ${operation}: column "status: 456" not found near 456 at line 1:8`,
  ),
  end: 'engine-error',
})
