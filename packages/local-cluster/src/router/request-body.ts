import type { ServerHttp2Stream } from 'node:http2'

/** Requests up to this size are read before they are passed on, so that faults can be aimed at a query. */
const READ_AHEAD_BYTES = 256 * 1024

/** The beginning of a request's body, or all of it. */
export interface RequestBody {
  chunks: readonly Buffer[]
  /** Whether the chunks are the whole body; the rest of a longer one is still in the stream, which is paused. */
  complete: boolean
}

/** Reads a request's body as far as {@link READ_AHEAD_BYTES}. `undefined` when the client went away meanwhile. */
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
