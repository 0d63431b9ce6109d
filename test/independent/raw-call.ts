import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { frame } from '../independent-server/grpc-framing.ts'
import { bytesField, message } from '../independent-server/protobuf.ts'

/** What an HTTP/2 client sees of one call, without any gRPC library in between. */
export interface RawAnswer {
  readonly httpStatus?: number
  readonly grpcStatus?: string
  /** Whether the gRPC status came in trailers. */
  readonly inTrailers: boolean
  readonly body: Buffer
  readonly resetCode?: number
  readonly goaway?: { readonly code: number; readonly lastStream: number }
  /** How it ended; `nothing` when it did not within the time. */
  readonly end: 'answered' | 'reset' | 'connection lost' | 'nothing'
}

/** Time limit of a call that should hang, in milliseconds. */
const HANGS_MS = 200

/** Logs a user in by hand, twice on a connection of its own. Returns the second answer. */
export async function rawLogin(port: number, strategy: string): Promise<RawAnswer> {
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    await call(session, strategy)
    return await call(session, strategy)
  } finally {
    session.destroy()
  }
}

function call(session: ClientHttp2Session, strategy: string): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let seen: Omit<RawAnswer, 'end'> = { inTrailers: false, body: Buffer.alloc(0) }
    let lost = false
    session.on('goaway', (code, lastStream) => (seen = { ...seen, goaway: { code, lastStream } }))
    session.on('error', () => (lost = true))
    session.on('close', () => (lost = true))
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/QueryEngineService/authenticate',
      'content-type': 'application/grpc',
      te: 'trailers',
      strategy,
    })
    const settle = (end: RawAnswer['end']) => resolve({ ...seen, end })
    const timer = setTimeout(() => settle('nothing'), HANGS_MS)
    stream.on('response', (headers) => {
      const grpcStatus = headers['grpc-status']
      seen = { ...seen, httpStatus: Number(headers[':status']), ...(grpcStatus && { grpcStatus: String(grpcStatus) }) }
    })
    stream.on('trailers', (trailers) => {
      seen = { ...seen, grpcStatus: String(trailers['grpc-status']), inTrailers: true }
    })
    stream.on('data', (part: Buffer) => (seen = { ...seen, body: Buffer.concat([seen.body, part]) }))
    stream.on('error', () => undefined)
    stream.on('close', () => {
      clearTimeout(timer)
      // The session's own end is known a turn later than the stream's.
      setImmediate(() => {
        if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) seen = { ...seen, resetCode: stream.rstCode }
        const complete = stream.readableEnded && !stream.aborted
        settle(complete && seen.resetCode === undefined ? 'answered' : lost ? 'connection lost' : 'reset')
      })
    })
    stream.end(frame(message(bytesField(1, 'analyst'), bytesField(2, 'secret'))))
  })
}
