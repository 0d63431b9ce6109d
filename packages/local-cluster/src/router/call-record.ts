import type { Strategy } from '../deployment/strategy.ts'

/** One call as the servers saw it. What is not known, or not yet, is left out. */
export interface CallRecord {
  /** Counts the calls of this cluster from 1. */
  readonly sequence: number
  readonly service: string
  readonly method: string
  /** When it arrived, in milliseconds since 1970. */
  readonly at: number
  /** The request headers that matter, as they came. */
  readonly strategy?: string
  readonly plannerIp?: string
  readonly clusterName?: string
  readonly clusterUuid?: string
  readonly userAgent?: string
  /** Whether an access token came with it; never the token itself. */
  readonly authorization?: 'Bearer' | 'another scheme'
  /** The session id in the request; for `authenticate`, the one that was given out. */
  readonly sessionId?: string
  /** The query id in the request; for `prepareStatement`, the one that was given out. */
  readonly queryId?: string
  /** Who answered: an engine, or the router by itself. */
  readonly servedBy?: Strategy | 'router'
  /** The HTTP status of the answer; left out when the stream was reset instead. */
  readonly httpStatus?: number
  /** The gRPC status of the answer; left out for bare HTTP statuses and resets. */
  readonly grpcStatus?: number
  readonly grpcMessage?: string
  /** What the answer announced. */
  readonly newStrategy?: string
  /** Bytes of the answer's body. */
  readonly responseBytes: number
  /** How long it took, in milliseconds; left out while it is under way. */
  readonly durationMs?: number
  /** How the call ended. */
  readonly outcome: 'under way' | 'answered' | 'reset' | 'abandoned by the client'
  /** The kinds of the faults that were applied to it. */
  readonly faults: readonly string[]
}

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }

/** A record that is still being filled in. */
export type OpenCallRecord = Mutable<CallRecord> & { faults: string[] }
