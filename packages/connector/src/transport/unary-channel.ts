import type { GrpcStatus } from './grpc-status.ts'
import type { GrpcHeader } from './headers.ts'

/** One call, as bytes. */
export interface WireCall {
  /** `/service/method`. */
  readonly path: string
  /** The encoded request. The sender must not use these bytes again. */
  readonly request: Uint8Array
  readonly header: GrpcHeader
  /** The time limit, in milliseconds from now; may be infinite. */
  readonly timeoutMs: number
  /** The largest answer that this call accepts, in bytes. @default the channel's `maxReceiveMessageLength` */
  readonly maxAnswerBytes?: number | undefined
  /** `new`: sent over a separate connection, which may reach another proxy than the channel's connection. */
  readonly connection?: 'new' | undefined
}

/** The reason for a missing response. */
export type LossCause =
  | 'not-connected'
  | 'stream-refused'
  | 'connection-lost'
  | 'message-too-large'
  /** The request does not fit a message or a header. */
  | 'bad-request'
  /** A response arrived that is not a gRPC message. */
  | 'bad-answer'

/**
 * The end of a call, and its source: the engine (a response with `grpc-status`), the proxy (a response without one),
 * the transport (no response), or the caller.
 */
export type WireAnswer =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'status'; readonly code: GrpcStatus; readonly message: string }
  | { readonly kind: 'bare'; readonly httpStatus: number }
  | {
      readonly kind: 'lost'
      readonly cause: LossCause
      /** `no` is proof that no engine can have seen the request. */
      readonly processed: 'no' | 'unknown'
      readonly reason: string
    }
  /** The time limit passed, or the call was cancelled. */
  | { readonly kind: 'given-up'; readonly handedOver: boolean }
  /** The transport thread could not be started. */
  | { readonly kind: 'no-thread'; readonly cause: unknown }

/** A call that was sent. */
export interface SentCall {
  /** Never rejects. */
  readonly answer: Promise<WireAnswer>
  /** Abandons the call; has no effect after its end. */
  cancel(): void
}

/** A call that ended before anything was sent. */
export function unsent(answer: WireAnswer): SentCall {
  return { answer: Promise.resolve(answer), cancel: () => undefined }
}

/** Sends bytes to the cluster and returns the answer. Knows neither messages nor errors of this connector. */
export interface UnaryChannel {
  send(call: WireCall): SentCall
  /** Whether the channel is neither closed nor known to be without a connection. */
  readonly usable: boolean
  /** Cancels every current call and closes the connections. */
  close(): void
}
