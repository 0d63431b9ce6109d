import type { ServerHttp2Stream } from 'node:http2'
import type { GrpcStatusName } from '../grpc/rpc-error.ts'

/**
 * The HTTP statuses of the router's own answers, without a gRPC trailer, as the hosted proxy sends them.
 * `engine gone` is this cluster's choice: the hosted proxy's answer for a dead deployment is unverified, and 503 means
 * that the cluster is suspended.
 */
export const BARE_STATUS = {
  'wrong strategy': 456,
  'not available': 503,
  'engine gone': 502,
} as const

/**
 * The router's answers to calls with an access token, in place of a bare status. The published Python connector matches
 * these messages.
 */
export const SPOKEN_STATUS = {
  'wrong strategy': { status: 'unknown', message: 'status: 456' },
  'not available': { status: 'unavailable', message: 'status: 503, cluster is suspended' },
} as const satisfies Record<string, { status: GrpcStatusName; message: string }>

/** Answers with an HTTP status and nothing else. */
export function answerBare(
  stream: ServerHttp2Stream,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): void {
  if (body === undefined) stream.respond({ ':status': status, ...headers }, { endStream: true })
  else {
    stream.respond({ ':status': status, 'content-type': 'text/plain', ...headers })
    stream.end(body)
  }
}
