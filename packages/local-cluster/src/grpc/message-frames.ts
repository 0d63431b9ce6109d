import { gunzipSync, gzipSync } from 'node:zlib'
import { RpcError } from './rpc-error.ts'

/** Size of a gRPC frame's head: a flag byte and a 32-bit length. */
export const FRAME_HEAD_BYTES = 5

const COMPRESSED = 1

/** The head of a frame for a message of this many bytes. */
export function frameHead(byteLength: number, flag: 0 | 1 = 0): Uint8Array {
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head[0] = flag
  head.writeUInt32BE(byteLength, 1)
  return head
}

/** Frames a message. */
export function frameMessage(message: Uint8Array): Uint8Array {
  return Buffer.concat([frameHead(message.byteLength), message])
}

/** Frames a message, compressed with gzip. */
export function frameGzipped(message: Uint8Array): Uint8Array {
  const packed = gzipSync(message)
  return Buffer.concat([frameHead(packed.byteLength, COMPRESSED), packed])
}

/**
 * Extracts the message from the body of a unary call.
 * @throws RpcError `internal` when the body is not exactly one frame, `unimplemented` for an encoding other than gzip.
 */
export function unframeMessage(body: Uint8Array, encoding: string | undefined): Uint8Array {
  if (body.byteLength < FRAME_HEAD_BYTES)
    throw new RpcError('internal', 'the request does not contain a complete message')
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const byteLength = view.getUint32(1)
  if (body.byteLength !== FRAME_HEAD_BYTES + byteLength) {
    throw new RpcError(
      'internal',
      `expected one message of ${byteLength} bytes, got ${body.byteLength - FRAME_HEAD_BYTES}`,
    )
  }
  const message = body.subarray(FRAME_HEAD_BYTES)
  if (body[0] !== COMPRESSED) return message
  if (encoding !== 'gzip')
    throw new RpcError('unimplemented', `message encoding ${encoding ?? 'not named'} is not supported`)
  return gunzipSync(message)
}
