import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { decompress, type FrameFault, frame, MessageReader, type Unpacked } from './framing.ts'
import { decodeMessage, GRPC_STATUS, parseStatus } from './grpc-status.ts'
import type { Http2Connection } from './http2-connection.ts'
import type { WireAnswer } from './unary-channel.ts'

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader

/** The flag of response headers that nothing follows. */
const END_STREAM = 1

/** A request as the wire takes it, and the limit that its answer must keep to. */
export interface WireRequest {
  readonly headers: OutgoingHttpHeaders
  body: Uint8Array
  isCompressed: boolean
  readonly maxAnswerBytes: number
}

export interface ExchangeListener {
  /** Called at most once: what came of the request. */
  onAnswer(answer: WireAnswer): void
  /** Called once: the stream is closed. */
  onClosed(): void
}

/**
 * A request that was handed over to a connection, and what comes back. What became of one that failed is read off the stream:
 * whether any of a response came, and what the connection knows of the stream's number.
 */
export class Exchange {
  readonly #connection: Http2Connection
  readonly #listener: ExchangeListener
  readonly #stream: ClientHttp2Stream
  readonly #reader: MessageReader
  readonly #maxAnswerBytes: number
  #response: ResponseHeaders | undefined
  #trailers: IncomingHttpHeaders | undefined
  #fault: FrameFault | undefined
  #isAnswered = false

  /** @throws when the connection does not take the request; then nothing was sent */
  constructor(connection: Http2Connection, request: WireRequest, listener: ExchangeListener) {
    const stream = connection.request(request.headers)
    this.#connection = connection
    this.#listener = listener
    this.#stream = stream
    this.#maxAnswerBytes = request.maxAnswerBytes
    this.#reader = new MessageReader(request.maxAnswerBytes)
    stream.on('response', (response, flags) => this.#onResponse(response, flags))
    stream.on('data', (chunk: Buffer) => this.#onData(chunk))
    stream.on('trailers', (trailers) => {
      this.#trailers = trailers
    })
    stream.on('end', () => this.#onEnd())
    stream.on('error', ignoreError)
    stream.on('close', () => this.#onClose())
    const [head, rest] = frame(request.body, request.isCompressed)
    if (rest) stream.write(head)
    stream.end(rest ?? head)
  }

  /** Tells the server that nobody waits for the answer. */
  cancel(): void {
    this.#isAnswered = true
    this.#stream.close(constants.NGHTTP2_CANCEL)
  }

  /** A response without `grpc-status` that is not about to bring one is the proxy's own word. Its page is read and dropped. */
  #onResponse(response: ResponseHeaders, flags: number): void {
    this.#response = response
    this.#connection.heard()
    const status = response[':status'] ?? 0
    const mayBringStatus = (flags & END_STREAM) === 0 && status === 200 && isGrpc(response)
    if (response['grpc-status'] === undefined && !mayBringStatus) this.#answer({ kind: 'bare', httpStatus: status })
  }

  #onData(chunk: Buffer): void {
    this.#connection.heard()
    if (this.#isAnswered || this.#fault) return
    this.#fault = this.#reader.push(chunk)
    if (this.#fault) this.#stream.close(constants.NGHTTP2_CANCEL)
  }

  /** The peer has finished. That is success only with a status that says so and a whole message. */
  #onEnd(): void {
    const status = this.#trailers?.['grpc-status'] ?? this.#response?.['grpc-status']
    if (this.#isAnswered || this.#fault || status === undefined) return
    const code = parseStatus(status)
    const message = this.#trailers?.['grpc-message'] ?? this.#response?.['grpc-message']
    if (code !== GRPC_STATUS.OK) this.#answer({ kind: 'status', code, message: decodeMessage(message) })
    else if (this.#reader.isCompressed) void this.#unpack()
    else this.#answer(answerOf(this.#reader.finish()))
  }

  async #unpack(): Promise<void> {
    this.#isAnswered = true
    const packed = this.#reader.finish()
    const encoding = this.#response?.['grpc-encoding']
    const unpacked = 'bytes' in packed ? await decompress(packed.bytes, encoding, this.#maxAnswerBytes) : packed
    this.#listener.onAnswer(answerOf(unpacked))
  }

  #onClose(): void {
    this.#answer(this.#loss())
    this.#listener.onClosed()
  }

  /** Why the stream ended before its answer did. */
  #loss(): WireAnswer {
    if (this.#fault) return { kind: 'lost', processed: 'unknown', ...this.#fault }
    if (this.#response === undefined && this.#connection.isUnprocessed(this.#stream)) {
      return { kind: 'lost', cause: 'stream-refused', processed: 'no', reason: 'the server did not take the request' }
    }
    const { rstCode } = this.#stream
    const reason =
      this.#connection.closeReason ?? (rstCode ? `the stream was reset with code ${rstCode}` : 'it ended early')
    return { kind: 'lost', cause: 'connection-lost', processed: 'unknown', reason }
  }

  #answer(answer: WireAnswer): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.#listener.onAnswer(answer)
  }
}

function answerOf(unpacked: Unpacked): WireAnswer {
  return 'bytes' in unpacked
    ? { kind: 'message', bytes: unpacked.bytes }
    : { kind: 'lost', processed: 'unknown', ...unpacked }
}

function isGrpc(response: ResponseHeaders): boolean {
  return /^application\/grpc(?:[+;]|$)/.test(response['content-type'] ?? '')
}

/** A stream that fails is closed next, and judged then. */
function ignoreError(): void {
  // Without a listener the process would end.
}
