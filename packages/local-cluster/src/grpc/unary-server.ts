import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { frameGzipped, frameHead, unframeMessage } from './message-frames.ts'
import { encodeStatusMessage, GRPC_STATUS, RpcError } from './rpc-error.ts'

/** A call, without its message. */
export interface UnaryCall {
  service: string
  method: string
  headers: IncomingHttpHeaders
}

/** The message of the answer, in pieces that are written without joining them. */
export type MessagePieces = readonly Uint8Array[]

/** Answers a call. A thrown {@link RpcError} becomes the status of the answer. */
export type UnaryHandler = (message: Uint8Array, call: UnaryCall) => Promise<MessagePieces>

/** Maximum size of a request, in bytes; the limit of common clients. */
const LARGEST_REQUEST_BYTES = 300 * 1024 * 1024

/** Reads a unary gRPC call from an HTTP/2 stream, runs its handler, and answers it. Never rejects. */
export async function serveUnaryCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  handler: UnaryHandler,
  body: Promise<Uint8Array> = readBody(stream),
): Promise<void> {
  // A stream that the peer resets emits an error; `destroyed` shows the end of the call.
  stream.on('error', () => stream.destroy())
  try {
    const call = readCallName(headers)
    const encoding = singleHeader(headers['grpc-encoding'])
    const message = unframeMessage(await body, encoding)
    const pieces = await handler(message, { ...call, headers })
    if (stream.destroyed) return
    // A client that compresses gets a compressed answer.
    if (encoding === 'gzip') answerWithFrames(stream, [frameGzipped(Buffer.concat(pieces))], encoding)
    else answerWithMessage(stream, pieces)
  } catch (error) {
    if (!stream.destroyed) answerWithStatus(stream, asRpcError(error))
  }
}

function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error
  return new RpcError('internal', error instanceof Error ? error.message : String(error), { cause: error })
}

/** Splits `/Service/method`. */
export function readCallName(headers: IncomingHttpHeaders): { service: string; method: string } {
  const [, service = '', method = ''] = (headers[':path'] ?? '').split('/')
  return { service, method }
}

export function singleHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

/** Reads the complete body of a request. */
export function readBody(stream: ServerHttp2Stream): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let byteLength = 0
    stream.on('data', (chunk: Buffer) => {
      byteLength += chunk.byteLength
      if (byteLength > LARGEST_REQUEST_BYTES) {
        reject(new RpcError('resourceExhausted', `the request is larger than ${LARGEST_REQUEST_BYTES} bytes`))
        stream.close()
        return
      }
      chunks.push(chunk)
    })
    stream.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, byteLength)))
    stream.on('close', () => reject(new RpcError('cancelled', 'the client disconnected')))
  })
}

const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc' } as const

/** Answers with a message and the status OK. */
export function answerWithMessage(stream: ServerHttp2Stream, pieces: MessagePieces): void {
  let byteLength = 0
  for (const piece of pieces) byteLength += piece.byteLength
  const frames = [frameHead(byteLength), ...pieces]
  // Below this size, joining the pieces is cheaper than a second write.
  answerWithFrames(stream, byteLength <= SMALL_MESSAGE_BYTES ? [Buffer.concat(frames)] : frames)
}

const SMALL_MESSAGE_BYTES = 64 * 1024

function answerWithFrames(stream: ServerHttp2Stream, frames: MessagePieces, encoding?: string): void {
  const headers = encoding === undefined ? RESPONSE_HEADERS : { ...RESPONSE_HEADERS, 'grpc-encoding': encoding }
  stream.respond(headers, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(GRPC_STATUS.ok) }))
  for (const frame of frames) stream.write(frame)
  stream.end()
}

/** Answers with a gRPC status only ("trailers-only"). */
export function answerWithStatus(stream: ServerHttp2Stream, error: RpcError): void {
  stream.respond(
    {
      ...RESPONSE_HEADERS,
      'grpc-status': String(GRPC_STATUS[error.status]),
      'grpc-message': encodeStatusMessage(error.message),
    },
    { endStream: true },
  )
}
