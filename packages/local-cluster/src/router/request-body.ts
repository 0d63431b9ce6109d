import type { ServerHttp2Stream } from 'node:http2'

/** Requests up to this size, in bytes, are read before they are forwarded, so that faults can match their query. */
const READ_AHEAD_BYTES = 256 * 1024

/** The start of a request's body, or all of it. */
export interface RequestBody {
  chunks: readonly Buffer[]
  /** Whether the chunks are the complete body; otherwise the rest is in the paused stream. */
  complete: boolean
}

/** Reads a request's body up to {@link READ_AHEAD_BYTES}; `undefined` when the client disconnects. */
export function readRequestBody(stream: ServerHttp2Stream): Promise<RequestBody | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let byteLength = 0
    const settle = (body: RequestBody | undefined) => {
      stream.off('data', onData)
      stream.off('end', onEnd)
      stream.off('close', onClose)
      resolve(body)
    }
    const onData = (chunk: Buffer) => {
      chunks.push(chunk)
      byteLength += chunk.byteLength
      if (byteLength <= READ_AHEAD_BYTES) return
      stream.pause()
      settle({ chunks, complete: false })
    }
    const onEnd = () => settle({ chunks, complete: true })
    const onClose = () => settle(undefined)
    stream.on('data', onData)
    stream.on('end', onEnd)
    stream.on('close', onClose)
  })
}
