import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { frameGzipped, frameHead, unframeMessage } from './message-frames.ts'
import { encodeStatusMessage, GRPC_STATUS, RpcError } from './rpc-error.ts'

/** What a handler may know about the call beside its message. */
export interface UnaryCall {
  service: string
  method: string
  headers: IncomingHttpHeaders
}

/** The answer's message, as pieces that are written one after another without being joined first. */
export type MessagePieces = readonly Uint8Array[]

/** Answers one call; throwing an {@link RpcError} answers with its status. */
export type UnaryHandler = (message: Uint8Array, call: UnaryCall) => Promise<MessagePieces>

/** Largest request read, in bytes: what the clients in use may send. */
const LARGEST_REQUEST_BYTES = 300 * 1024 * 1024

/** Reads one unary gRPC call from an HTTP/2 stream, has it handled, and answers it. Never rejects. */
export async function serveUnaryCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  handler: UnaryHandler,
  body: Promise<Uint8Array> = readBody(stream),
): Promise<void> {
  // A stream that the peer resets emits an error after we have lost interest; the call's fate is told by `destroyed`.
  stream.on('error', () => stream.destroy())
  try {
    const call = readCallName(headers)
    const encoding = singleHeader(headers['grpc-encoding'])
    const message = unframeMessage(await body, encoding)
    const pieces = await handler(message, { ...call, headers })
    if (stream.destroyed) return
    // A client that compresses is answered in kind.
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

/** The whole body of a request. */
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
    stream.on('close', () => reject(new RpcError('cancelled', 'the caller went away')))
  })
}

const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc' } as const

/** Answers with a message and the status OK. */
export function answerWithMessage(stream: ServerHttp2Stream, pieces: MessagePieces): void {
  let byteLength = 0
  for (const piece of pieces) byteLength += piece.byteLength
  const frames = [frameHead(byteLength), ...pieces]
  // Below this size, joining the pieces costs less than a second write.
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

/** Answers with a gRPC status alone, in the form that gRPC calls trailers-only. */
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
