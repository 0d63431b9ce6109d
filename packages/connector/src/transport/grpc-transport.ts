import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { ClosedError, OptionsError } from '../errors.ts'
import { readStatus } from './status-rules.ts'
import { type CallEnvelope, CallFailure, type Transport, type UnaryMethod } from './transport.ts'
import type { UnaryChannel, WireAnswer } from './unary-channel.ts'

type Status = Extract<WireAnswer, { kind: 'status' }>

/** Sends calls over a gRPC channel, whichever thread that is in. */
export class GrpcTransport implements Transport {
  readonly #channel: UnaryChannel
  #closed = false

  constructor(channel: UnaryChannel) {
    this.#channel = channel
  }

  async call<Input extends DescMessage, Output extends DescMessage>(
    method: UnaryMethod<Input, Output>,
    request: MessageInitShape<Input>,
    envelope: CallEnvelope,
  ): Promise<MessageShape<Output>> {
    const { deadline } = envelope
    if (this.#closed) throw new ClosedError('the connection is closed', { outcome: 'not-sent' })
    deadline.throwIfOver()
    const answer = await this.#exchange(method, request, envelope)

    // Errors are made here, after the await, so that their stacks show who called.
    if (answer.kind === 'read') return answer.message
    if (this.#closed) throw new ClosedError('the connection was closed during the call', { outcome: 'unknown' })
    if (answer.kind === 'no thread') throw noThread(answer.cause)
    const fault = readStatus(answer.code, answer.details)
    // gRPC keeps the deadline by a clock of its own, which may be a little ahead of the caller's.
    const givenUp = answer.code === status.DEADLINE_EXCEEDED || (answer.code === status.CANCELLED && deadline.isOver())
    if (givenUp) throw deadline.error(reachedServer(answer) ? 'unknown' : 'not-sent')
    throw new CallFailure(fault, method.name)
  }

  get usable(): boolean {
    return !this.#closed && this.#channel.usable
  }

  close(): void {
    this.#closed = true
    this.#channel.close()
  }

  async #exchange<Input extends DescMessage, Output extends DescMessage>(
    { parent, name, input, output }: UnaryMethod<Input, Output>,
    message: MessageInitShape<Input>,
    { header, deadline }: CallEnvelope,
  ) {
    const request = attempt(() => toBinary(input, create(input, message)), 'Request message serialization failure')
    if (request.kind === 'status') return request
    const call = { path: `/${parent.typeName}/${name}`, request: request.value, header }
    const sent = this.#channel.send({ ...call, deadlineAt: Date.now() + deadline.remainingMs() })
    const stopListening = deadline.onAbort(() => sent.cancel())
    const answer = await sent.answer
    stopListening()
    if (answer.kind !== 'message') return answer
    const read = attempt(() => fromBinary(output, answer.bytes), 'Response message parsing error')
    return read.kind === 'status' ? read : { kind: 'read' as const, message: read.value }
  }
}

/** What comes of bytes and messages that don't fit each other is an internal error, as in every gRPC library. */
function attempt<T>(work: () => T, failure: string): { readonly kind: 'done'; readonly value: T } | Status {
  try {
    return { kind: 'done', value: work() }
  } catch (error) {
    return { kind: 'status', code: status.INTERNAL, details: `${failure}: ${String(error)}` }
  }
}

/** grpc-js names the peer in the text of a deadline that passed after the request had been given to a connection. */
function reachedServer({ code, details }: Status): boolean {
  return code === status.CANCELLED || /\bremote_addr=/.test(details)
}

function noThread(cause: unknown): OptionsError {
  const fault =
    'transportThread: the thread could not be started; it runs the file transport-worker.js of e6data-connector, so a ' +
    `bundler has to leave that package out of the bundle, as an external one (${cause instanceof Error ? cause.message : String(cause)})`
  return new OptionsError([fault], { cause })
}
