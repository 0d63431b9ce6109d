import { gunzipSync, gzipSync } from 'node:zlib'

/** One flag byte, a length of 32 bits, then the message. */
const HEAD_BYTES = 5

/** A message as gRPC sends it. `claimedBytes` is the length that the head says, if it is to lie. */
export function frame(message: Uint8Array, claimedBytes = message.length): Buffer {
  return framed(message, claimedBytes, 0)
}

export function gzipFrame(message: Uint8Array): Buffer {
  const packed = gzipSync(message)
  return framed(packed, packed.length, 1)
}

/** Bytes that are packed already, as a frame that says so. */
export const packedFrame = (packed: Uint8Array): Buffer => framed(packed, packed.length, 1)

function framed(bytes: Uint8Array, length: number, flag: 0 | 1): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head[0] = flag
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, bytes])
}

/** The message in the body of a unary call. */
export function unframe(body: Buffer): Buffer {
  const bytes = body.subarray(HEAD_BYTES)
  return body[0] === 1 ? gunzipSync(bytes) : bytes
}

/** `grpc-message` is percent-encoded UTF-8. */
export function encodeStatusMessage(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}
