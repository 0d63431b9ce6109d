import type { Deadline } from '../time/deadline.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import type { GrpcHeader } from './headers.ts'
import type { Fault } from './status-rules.ts'

export interface CallEnvelope {
  readonly header: GrpcHeader
  readonly deadline: Deadline
  /** `new`: sent over a separate connection, which may reach another proxy. */
  readonly connection?: 'new' | undefined
  /** The largest answer that the call accepts, in bytes. @default `maxReceiveMessageLength` */
  readonly maxAnswerBytes?: number | undefined
}

/** Sends single calls to the cluster. Production uses gRPC; a simulation has its own implementation. */
export interface Transport {
  /**
   * Sends one request and waits for its answer.
   * @throws CallFailure when the answer is an error or is missing
   * @throws TimeoutError, AbortError when the envelope's deadline ends the wait
   * @throws ClosedError when the transport is closed before the answer
   */
  call<Request extends object, Response extends object>(
    method: UnaryMethod<Request, Response>,
    request: Request,
    envelope: CallEnvelope,
  ): Promise<Response>

  /** Whether the connection is neither closed nor known to be broken. */
  readonly usable: boolean

  /** Cancels every current call and closes the connection. */
  close(): void
}

/** A failed call, before its meaning for the user is decided. Never leaves the connector. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure'

  constructor(
    readonly fault: Fault,
    readonly method: string,
  ) {
    super(`${method}: ${fault.details}`)
  }
}
