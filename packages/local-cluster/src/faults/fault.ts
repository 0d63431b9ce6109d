import type { Strategy } from '../deployment/strategy.ts'
import type { GrpcStatusName } from '../grpc/rpc-error.ts'

/** Before the call reaches an engine, or after the engine has answered and before the client gets the answer. */
export type FaultMoment = 'before' | 'after'

/** The effect of a fault on a call. */
export type FaultEffect =
  /** Delay the call by this many milliseconds. @default moment 'before' */
  | { kind: 'delay'; ms: number; moment?: FaultMoment }
  /** Hold the call until the fault is released or removed. @default moment 'before' */
  | { kind: 'hold'; moment?: FaultMoment }
  /**
   * Reset the call's stream with an HTTP/2 error code, or destroy the connection.
   * @default moment 'before', what 'stream', code 2 (INTERNAL_ERROR)
   */
  | { kind: 'reset'; moment?: FaultMoment; what?: 'stream' | 'connection'; code?: number }
  /** Answer with a bare HTTP status, as a proxy does. @default moment 'before' */
  | {
      kind: 'http-status'
      status: number
      moment?: FaultMoment
      headers?: Readonly<Record<string, string>>
      body?: string
    }
  /** Answer with a gRPC status. @default moment 'before' */
  | { kind: 'grpc-status'; status: GrpcStatusName; message: string; moment?: FaultMoment }
  /** Send GOAWAY: the call continues, and new calls need a new connection. @default code 0 */
  | { kind: 'goaway'; code?: number }
  /** Change the announcement in the answer; `undefined` removes it. */
  | { kind: 'new-strategy'; value: string | undefined }
  /** Change the session id in the answer. */
  | { kind: 'session-id'; value: string }
  /** Answer a fetch with an empty batch, without calling the engine: the next fetch gets the engine's batch. */
  | { kind: 'empty-batch' }
  /** Cut the answer's payload (batch, metadata) to this many bytes. */
  | { kind: 'truncate'; bytes: number }
  /** Flip every bit of the payload's bytes from this offset on, this many. @default bytes 1 */
  | { kind: 'corrupt'; offset: number; bytes?: number }
  /** Replace the answer's payload. */
  | { kind: 'payload'; bytes: Uint8Array }
  /** Change headers of the answer; `null` takes one out. */
  | { kind: 'response-headers'; headers: Readonly<Record<string, string | null>> }
  /** Change trailers of the answer; `null` takes one out. */
  | { kind: 'response-trailers'; trailers: Readonly<Record<string, string | null>> }

export type FaultKind = FaultEffect['kind']

/** Which calls a fault hits, and what it does to them. Whatever is left out matches every call. */
export interface Fault {
  /** One method or several, such as `getNextResultBatch`. */
  method?: string | readonly string[]
  /** `QueryEngineService` or `ClusterService`. */
  service?: string
  /** The call's `strategy` header; `'none'` for calls without one. */
  strategy?: Strategy | 'none' | (string & {})
  /** Only calls about this query. */
  queryId?: string
  /** Only calls about the nth query that is seen since the fault was injected, counted from 1. */
  query?: number
  /** Only calls of this session. */
  sessionId?: string
  /** The first matching call that is hit, counted from 1, or every one. @default 1 */
  occurrence?: number | 'every'
  /** How many matching calls are hit from `occurrence` on. @default 1, or without end when `occurrence` is 'every' */
  times?: number
  /**
   * Count calls of each query by themselves, so that "the third fetch" means the third of every query.
   * @default 'cluster'
   */
  countPer?: 'cluster' | 'query'
  fault: FaultEffect
}
