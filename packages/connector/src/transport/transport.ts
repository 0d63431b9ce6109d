import type { Deadline } from '../time/deadline.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import type { GrpcHeader } from './headers.ts'
import type { Fault } from './status-rules.ts'

export interface CallEnvelope {
  readonly header: GrpcHeader
  readonly deadline: Deadline
  /** `new`: sent over a connection of its own, which may reach another proxy. */
  readonly connection?: 'new' | undefined
  /** Largest answer that the call accepts, in bytes. @default `maxReceiveMessageLength` */
  readonly maxAnswerBytes?: number | undefined
}

/** Carries single calls to the cluster. Production speaks gRPC; a simulation brings its own. */
export interface Transport {
  /**
   * Sends one request and waits for its answer.
   * @throws CallFailure when the answer is an error, or none came
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

  /** Ends every call under way, and the connection. */
  close(): void
}

/** A call that failed, before anybody has decided what that means for the user. Never leaves the connector. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure'

  constructor(
    readonly fault: Fault,
    readonly method: string,
  ) {
    super(`${method}: ${fault.details}`)
  }
}
