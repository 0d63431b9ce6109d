import type { status } from '@grpc/grpc-js'
import type { GrpcHeader } from './headers.ts'

/** One call as it goes over the wire. */
export interface WireCall {
  /** `/service/method`. */
  readonly path: string
  /** The request, encoded. Whoever sends it must not use it again. */
  readonly request: Uint8Array
  readonly header: GrpcHeader
  /** When to give the call up, in milliseconds since 1970; may be infinite. */
  readonly deadlineAt: number
}

/** How a call ended: with an answer, with a gRPC status that says why there is none, or before there was a channel. */
export type WireAnswer =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'status'; readonly code: status; readonly details: string }
  | { readonly kind: 'no thread'; readonly cause: unknown }

/** A call under way. */
export interface SentCall {
  /** Never rejects. */
  readonly answer: Promise<WireAnswer>
  /** Gives the call up: it ends with status `CANCELLED` unless it has ended already. */
  cancel(): void
}

/** Carries bytes to the cluster and back. Knows neither messages nor errors of this connector. */
export interface UnaryChannel {
  send(call: WireCall): SentCall
  /** Whether the connection is neither closed nor known to be broken. */
  readonly usable: boolean
  /** Ends every call under way with status `CANCELLED`, and the connection. */
  close(): void
}
