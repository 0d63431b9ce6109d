import { ClosedError, OptionsError } from '../errors.ts'
import type { Deadline } from '../time/deadline.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import { readFault } from './status-rules.ts'
import { type CallEnvelope, CallFailure, type Transport } from './transport.ts'
import type { UnaryChannel, WireAnswer } from './unary-channel.ts'

/** Encodes requests, sends them over a channel in this or another thread, and decodes answers. */
export class CallTransport implements Transport {
  readonly #channel: UnaryChannel
  #closed = false

  constructor(channel: UnaryChannel) {
    this.#channel = channel
  }

  async call<Request extends object, Response extends object>(
    method: UnaryMethod<Request, Response>,
    message: Request,
    { header, deadline, connection, maxAnswerBytes }: CallEnvelope,
  ): Promise<Response> {
    if (this.#closed) throw new ClosedError('the connection is closed', { outcome: 'not-sent' })
    deadline.throwIfOver()
    const request = encoded(method, message)
    const timeoutMs = deadline.remainingMs()
    const sent = this.#channel.send({ path: method.path, request, header, timeoutMs, connection, maxAnswerBytes })
    const stopListening = deadline.onAbort(() => sent.cancel())
    const answer = await sent.answer
    stopListening()
    // Errors are created after the await, so that their stacks show the caller.
    if (answer.kind === 'message') return decoded(method, answer.bytes)
    throw this.#failure(answer, method.name, deadline)
  }

  get usable(): boolean {
    return !this.#closed && this.#channel.usable
  }

  close(): void {
    this.#closed = true
    this.#channel.close()
  }

  #failure(answer: Exclude<WireAnswer, { kind: 'message' }>, method: string, deadline: Deadline): Error {
    if (this.#closed) return new ClosedError('the connection was closed during the call', { outcome: 'unknown' })
    switch (answer.kind) {
      case 'no-thread':
        return noThread(answer.cause)
      case 'given-up':
        return deadline.error(answer.handedOver ? 'unknown' : 'not-sent')
      case 'status':
      case 'bare':
      case 'lost':
        return new CallFailure(readFault(answer), method)
      default:
        return answer satisfies never
    }
  }
}

function encoded<Request extends object>(method: UnaryMethod<Request, object>, message: Request): Uint8Array {
  try {
    return method.encode(message)
  } catch (error) {
    const reason = `the request cannot be encoded: ${String(error)}`
    throw new CallFailure(readFault({ kind: 'lost', cause: 'bad-request', processed: 'no', reason }), method.name)
  }
}

function decoded<Response extends object>(method: UnaryMethod<never, Response>, bytes: Uint8Array): Response {
  try {
    return method.decode(bytes)
  } catch (error) {
    const reason = `the answer cannot be decoded: ${String(error)}`
    throw new CallFailure(readFault({ kind: 'lost', cause: 'bad-answer', processed: 'unknown', reason }), method.name)
  }
}

function noThread(cause: unknown): OptionsError {
  const fault =
    'transportThread: the thread could not be started. It runs the file transport-worker.js of e6data-connector, so a ' +
    `bundler must treat that package as external (${cause instanceof Error ? cause.message : String(cause)})`
  return new OptionsError([fault], { cause })
}
