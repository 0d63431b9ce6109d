import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import {
  type Client,
  type ClientUnaryCall,
  connectivityState,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { ClosedError } from '../errors.ts'
import type { Deadline } from '../time/deadline.ts'
import type { GrpcHeader } from './headers.ts'
import { readStatus } from './status-rules.ts'
import { type CallEnvelope, CallFailure, type Transport, type UnaryMethod } from './transport.ts'

/** States in which the next call is likely to fail at once. */
const UNUSABLE_STATES: ReadonlySet<connectivityState> = new Set([
  connectivityState.TRANSIENT_FAILURE,
  connectivityState.SHUTDOWN,
])

/** Sends calls over a gRPC channel. */
export class GrpcTransport implements Transport {
  readonly #client: Client
  readonly #calls = new Set<ClientUnaryCall>()
  #closed = false

  constructor(client: Client) {
    this.#client = client
  }

  async call<Input extends DescMessage, Output extends DescMessage>(
    method: UnaryMethod<Input, Output>,
    request: MessageInitShape<Input>,
    { header, deadline }: CallEnvelope,
  ): Promise<MessageShape<Output>> {
    if (this.#closed) throw new ClosedError('the connection is closed', { outcome: 'not-sent' })
    deadline.throwIfOver()
    const answer = await this.#send(method, request, header, deadline)
    if (!(answer instanceof Error)) return answer

    // Errors are made here, after the await, so that their stacks show who called.
    if (this.#closed) throw new ClosedError('the connection was closed during the call', { outcome: 'unknown' })
    const fault = readStatus(answer.code, answer.details)
    // gRPC keeps the deadline by a clock of its own, which may be a little ahead of the caller's.
    const givenUp = answer.code === status.DEADLINE_EXCEEDED || (answer.code === status.CANCELLED && deadline.isOver())
    if (givenUp) throw deadline.error(reachedServer(answer) ? 'unknown' : 'not-sent')
    throw new CallFailure(fault, method.name)
  }

  get usable(): boolean {
    return !this.#closed && UNUSABLE_STATES.has(this.#client.getChannel().getConnectivityState(false)) === false
  }

  close(): void {
    this.#closed = true
    for (const call of this.#calls) call.cancel()
    this.#client.close()
  }

  #send<Input extends DescMessage, Output extends DescMessage>(
    method: UnaryMethod<Input, Output>,
    request: MessageInitShape<Input>,
    header: GrpcHeader,
    deadline: Deadline,
  ): Promise<MessageShape<Output> | ServiceError> {
    return new Promise((resolve) => {
      const metadata = new Metadata()
      for (const [name, value] of header) metadata.set(name, value)
      const call = this.#client.makeUnaryRequest<MessageInitShape<Input>, MessageShape<Output>>(
        `/${method.parent.typeName}/${method.name}`,
        (message) => asBuffer(toBinary(method.input, create(method.input, message))),
        (bytes) => fromBinary(method.output, bytes),
        request,
        metadata,
        { deadline: Date.now() + deadline.remainingMs() },
        (error, value) => {
          this.#calls.delete(call)
          stopListening()
          resolve(error ?? value!)
        },
      )
      const stopListening = deadline.onAbort(() => call.cancel())
      this.#calls.add(call)
    })
  }
}

/** The same bytes, without a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** grpc-js names the peer in the text of a deadline that passed after the request had been given to a connection. */
function reachedServer(error: ServiceError): boolean {
  return error.code === status.CANCELLED || /\bremote_addr=/.test(error.details)
}
