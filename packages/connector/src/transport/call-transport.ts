import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { ClosedError, OptionsError } from '../errors.ts'
import { readFault } from './status-rules.ts'
import { type CallEnvelope, CallFailure, type Transport, type UnaryMethod } from './transport.ts'
import type { UnaryChannel, WireAnswer } from './unary-channel.ts'

/** Encodes requests, sends them over a channel, whichever thread that is in, and decodes answers. */
export class CallTransport implements Transport {
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

    // Errors are made here, after the await, so that their stacks show the caller.
    if (answer.kind === 'message') return decoded(method, answer.bytes)
    if (this.#closed) throw new ClosedError('the connection was closed during the call', { outcome: 'unknown' })
    if (answer.kind === 'no-thread') throw noThread(answer.cause)
    if (answer.kind === 'given-up') throw deadline.error(answer.handedOver ? 'unknown' : 'not-sent')
    throw new CallFailure(readFault(answer), method.name)
  }

  get usable(): boolean {
    return !this.#closed && this.#channel.usable
  }

  close(): void {
    this.#closed = true
    this.#channel.close()
  }

  async #exchange<Input extends DescMessage, Output extends DescMessage>(
    method: UnaryMethod<Input, Output>,
    message: MessageInitShape<Input>,
    { header, deadline, connection, maxAnswerBytes }: CallEnvelope,
  ): Promise<WireAnswer> {
    const request = encoded(method, message)
    if (!(request instanceof Uint8Array)) return request
    const path = `/${method.parent.typeName}/${method.name}`
    const timeoutMs = deadline.remainingMs()
    const sent = this.#channel.send({ path, request, header, timeoutMs, connection, maxAnswerBytes })
    const stopListening = deadline.onAbort(() => sent.cancel())
    const answer = await sent.answer
    stopListening()
    return answer
  }
}

function encoded<Input extends DescMessage, Output extends DescMessage>(
  { input }: UnaryMethod<Input, Output>,
  message: MessageInitShape<Input>,
): Uint8Array | WireAnswer {
  try {
    return toBinary(input, create(input, message))
  } catch (error) {
    return {
      kind: 'lost',
      cause: 'bad-request',
      processed: 'no',
      reason: `the request can't be encoded: ${String(error)}`,
    }
  }
}

function decoded<Input extends DescMessage, Output extends DescMessage>(
  { name, output }: UnaryMethod<Input, Output>,
  bytes: Uint8Array,
): MessageShape<Output> {
  try {
    return fromBinary(output, bytes)
  } catch (error) {
    const reason = `the answer can't be decoded: ${String(error)}`
    throw new CallFailure(readFault({ kind: 'lost', cause: 'bad-answer', processed: 'unknown', reason }), name)
  }
}

function noThread(cause: unknown): OptionsError {
  const fault =
    'transportThread: the thread could not be started; it runs the file transport-worker.js of e6data-connector, so a ' +
    `bundler must leave that package out of the bundle, as an external one (${cause instanceof Error ? cause.message : String(cause)})`
  return new OptionsError([fault], { cause })
}
