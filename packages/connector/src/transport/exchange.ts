import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2'
import { type FrameFault, frame, MessageReader } from './framing.ts'
import { decodeMessage, GRPC_STATUS, parseStatus } from './grpc-status.ts'
import { decompress, type Unpacked } from './gzip.ts'
import type { Http2Connection } from './http2-connection.ts'
import { ignoreError } from './socket-events.ts'
import type { WireAnswer } from './unary-channel.ts'
import type { WireRequest } from './wire-request.ts'

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader

/** The flag of response headers that end the stream. */
const END_STREAM = 1

const OK_HTTP_STATUS = 200

export interface ExchangeListener {
  /** Called at most once, with the outcome of the request. */
  onAnswer(answer: WireAnswer): void
  /** Called once, when the stream has closed. */
  onClosed(): void
}

/**
 * A request sent over a connection, and its response. Without an answer, the stream shows the fate of the request:
 * whether part of a response arrived, and what the connection knows about the stream's number.
 */
export class Exchange {
  readonly #connection: Http2Connection
  readonly #listener: ExchangeListener
  readonly #stream: ClientHttp2Stream
  readonly #reader: MessageReader
  readonly #maxAnswerBytes: number
  #response: ResponseHeaders | undefined
  /** The headers that may contain the status: the trailers, or response headers that end the stream. */
  #trailers: IncomingHttpHeaders | undefined
  #fault: FrameFault | undefined
  #isComplete = false
  #isAnswered = false

  /** @throws when the connection does not accept the request; then nothing was sent */
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

  /** Tells the server that the answer is no longer needed. */
  cancel(): void {
    this.#isAnswered = true
    this.#stream.close(constants.NGHTTP2_CANCEL)
  }

  /**
   * An error in the headers is the answer, and so is a response that is not gRPC. A body that follows is read and
   * dropped.
   */
  #onResponse(response: ResponseHeaders, flags: number): void {
    this.#response = response
    this.#connection.heard()
    if ((flags & END_STREAM) !== 0) this.#trailers = response
    const status = response['grpc-status']
    if (status !== undefined && parseStatus(status) !== GRPC_STATUS.OK) this.#answerStatus(response)
    else if (status === undefined && !isGrpc(response)) this.#answerBare()
    this.#refuse()
  }

  #onData(chunk: Buffer): void {
    this.#connection.heard()
    if (this.#isAnswered || this.#fault) return
    this.#fault = this.#reader.push(chunk)
    this.#refuse()
  }

  /**
   * Ends a successful response with an invalid message. Some runtimes report data before the response it belongs to.
   */
  #refuse(): void {
    if (this.#fault === undefined || this.#response?.[':status'] !== OK_HTTP_STATUS || this.#isAnswered) return
    this.#answer({ kind: 'lost', processed: 'unknown', ...this.#fault })
    this.#stream.close(constants.NGHTTP2_CANCEL)
  }

  /** Handles the end of the response. It does not imply success: a stream that was reset looks the same here. */
  #onEnd(): void {
    this.#isComplete = true
    const trailers = this.#trailers
    if (this.#isAnswered || trailers?.['grpc-status'] === undefined) return
    if (parseStatus(trailers['grpc-status']) !== GRPC_STATUS.OK) this.#answerStatus(trailers)
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
    if (!this.#isAnswered) this.#judge()
    this.#connection.released()
    this.#listener.onClosed()
  }

  /** Determines the outcome of a stream that closed without a status in its trailers. */
  #judge(): void {
    const { rstCode } = this.#stream
    const isWhole = this.#isComplete && rstCode === constants.NGHTTP2_NO_ERROR
    if (isWhole && this.#response && this.#response[':status'] !== OK_HTTP_STATUS) this.#answerBare()
    else if (this.#response === undefined && this.#connection.isUnprocessed(this.#stream)) {
      const reason = 'the server did not process the request'
      this.#answer({ kind: 'lost', cause: 'stream-refused', processed: 'no', reason })
    } else {
      const seen = rstCode ? `the stream was reset with code ${rstCode}` : 'the answer ended without a status'
      const reason = this.#connection.closeReason ?? seen
      this.#answer({ kind: 'lost', cause: 'connection-lost', processed: 'unknown', reason })
    }
  }

  #answerStatus(headers: IncomingHttpHeaders): void {
    const message = decodeMessage(headers['grpc-message'])
    this.#answer({ kind: 'status', code: parseStatus(headers['grpc-status']), message })
  }

  #answerBare(): void {
    this.#answer({ kind: 'bare', httpStatus: this.#response?.[':status'] ?? 0 })
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
