import type { Strategy } from '../deployment/strategy.ts'

/** A call as the servers saw it. Unknown values are undefined. */
export interface CallRecord {
  /** Number of the call in this cluster, from 1. */
  readonly sequence: number
  readonly service: string
  readonly method: string
  /** Time of arrival, in milliseconds since 1970. */
  readonly at: number
  /** Request headers, as received. */
  readonly strategy?: string
  readonly plannerIp?: string
  readonly clusterName?: string
  readonly clusterUuid?: string
  readonly userAgent?: string
  /** The scheme of the `authorization` header; never the token. */
  readonly authorization?: 'Bearer' | 'another scheme'
  /** The session id in the request; for `authenticate`, in the answer. */
  readonly sessionId?: string
  /** The query id in the request; for `prepareStatement`, in the answer. */
  readonly queryId?: string
  /** The strategy of the engine that answered, or the router. */
  readonly servedBy?: Strategy | 'router'
  /** HTTP status of the answer; undefined when the stream was reset. */
  readonly httpStatus?: number
  /** gRPC status of the answer; undefined for bare HTTP statuses and resets. */
  readonly grpcStatus?: number
  readonly grpcMessage?: string
  /** The `new_strategy` of the answer. */
  readonly newStrategy?: string
  /** Size of the answer's body, in bytes. */
  readonly responseBytes: number
  /** Duration of the call, in milliseconds; undefined while it runs. */
  readonly durationMs?: number
  /** The outcome of the call. */
  readonly outcome: 'under way' | 'answered' | 'reset' | 'abandoned by the client'
  /** The kinds of the faults that hit it. */
  readonly faults: readonly string[]
}

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }

/** A record that is still being filled in. */
export type OpenCallRecord = Mutable<CallRecord> & { faults: string[] }
