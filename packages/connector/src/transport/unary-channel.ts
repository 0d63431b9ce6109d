import type { GrpcStatus } from './grpc-status.ts'
import type { GrpcHeader } from './headers.ts'

/** One call, as bytes. */
export interface WireCall {
  /** `/service/method`. */
  readonly path: string
  /** The encoded request. The sender must not use these bytes again. */
  readonly request: Uint8Array
  readonly header: GrpcHeader
  /** Time limit, in milliseconds from now; may be infinite. */
  readonly timeoutMs: number
  /** Largest answer that this call accepts, in bytes. @default `maxReceiveMessageLength` of the channel */
  readonly maxAnswerBytes?: number | undefined
  /** `new`: sent over a connection of its own, which may reach another proxy than the channel's connection does. */
  readonly connection?: 'new' | undefined
}

/** Why there is no response. */
export type LossCause =
  | 'not-connected'
  | 'stream-refused'
  | 'connection-lost'
  | 'message-too-large'
  /** The request can't be put into a message or a header. */
  | 'bad-request'
  /** A response came, and it is not a gRPC message. */
  | 'bad-answer'

/**
 * How a call ended, and who ended it: the engine (a response with `grpc-status`), the proxy (a response without one), the
 * transport (no response), or the caller.
 */
export type WireAnswer =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'status'; readonly code: GrpcStatus; readonly message: string }
  | { readonly kind: 'bare'; readonly httpStatus: number }
  | {
      readonly kind: 'lost'
      readonly cause: LossCause
      /** `no` is a proof: no engine can have seen the request. */
      readonly processed: 'no' | 'unknown'
      readonly reason: string
    }
  /** The time limit passed, or the call was cancelled. */
  | { readonly kind: 'given-up'; readonly handedOver: boolean }
  /** The transport thread could not be started. */
  | { readonly kind: 'no-thread'; readonly cause: unknown }

/** A call under way. */
export interface SentCall {
  /** Never rejects. */
  readonly answer: Promise<WireAnswer>
  /** Gives the call up; harmless once it has ended. */
  cancel(): void
}

/** A call that ended before anything was sent. */
export function unsent(answer: WireAnswer): SentCall {
  return { answer: Promise.resolve(answer), cancel: () => undefined }
}

/** Carries bytes to the cluster and back. Knows neither messages nor errors of this connector. */
export interface UnaryChannel {
  send(call: WireCall): SentCall
  /** Whether the channel is neither closed nor known to be without a connection. */
  readonly usable: boolean
  /** Ends every call under way, and the connections. */
  close(): void
}
