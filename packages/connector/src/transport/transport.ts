import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import type { Deadline } from '../time/deadline.ts'
import type { GrpcHeader } from './headers.ts'
import type { Fault } from './status-rules.ts'

export type UnaryMethod<Input extends DescMessage, Output extends DescMessage> = DescMethodUnary<Input, Output>

export interface CallEnvelope {
  readonly header: GrpcHeader
  readonly deadline: Deadline
  /** Over a new connection, apart from one that may be what fails. @default the connection that is open */
  readonly connection?: 'new'
}

/** Carries single calls to the cluster. Production speaks gRPC; a simulation brings its own. */
export interface Transport {
  /**
   * Sends one request and waits for its answer.
   * @throws CallFailure when the answer is an error, or none came
   * @throws TimeoutError, AbortError when the envelope's deadline ends the wait
   * @throws ClosedError when the transport is closed before the answer
   */
  call<Input extends DescMessage, Output extends DescMessage>(
    method: UnaryMethod<Input, Output>,
    request: MessageInitShape<Input>,
    envelope: CallEnvelope,
  ): Promise<MessageShape<Output>>

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
