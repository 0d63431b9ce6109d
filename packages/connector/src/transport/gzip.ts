import { constants as bufferConstants } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { type FrameFault, tooLarge } from './framing.ts'

/** The piece size for decompression: large enough to be fast, small enough not to block the event loop. */
const UNPACKED_CHUNK_BYTES = 256 << 10

/** The decompressed message of an answer, or its fault. */
export type Unpacked = { readonly bytes: Uint8Array } | FrameFault

export function compress(message: Uint8Array): Promise<Buffer> {
  return promisify(gzip)(message)
}

/** Decompresses a message, up to `limitBytes`. */
export async function decompress(message: Uint8Array, encoding: unknown, limitBytes: number): Promise<Unpacked> {
  if (encoding !== 'gzip') return { cause: 'bad-answer', reason: `the answer has the unknown encoding ${encoding}` }
  const maxOutputLength = Math.min(Math.max(limitBytes, 1), bufferConstants.MAX_LENGTH)
  try {
    return { bytes: await promisify(gunzip)(message, { maxOutputLength, chunkSize: UNPACKED_CHUNK_BYTES }) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge('decompresses to more', maxOutputLength)
    return { cause: 'bad-answer', reason: `the answer cannot be decompressed (${code})` }
  }
}
