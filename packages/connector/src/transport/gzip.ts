import { constants as bufferConstants } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { type FrameFault, tooLarge } from './framing.ts'

/** Chunks in which messages are unpacked: large enough to be quick, small enough that no chunk holds the event loop up. */
const UNPACKED_CHUNK_BYTES = 256 << 10

/** An answer's message, or why there is none. */
export type Unpacked = { readonly bytes: Uint8Array } | FrameFault

export function compress(message: Uint8Array): Promise<Buffer> {
  return promisify(gzip)(message)
}

/** Unpacks a compressed message, but never to more than `limitBytes`. */
export async function decompress(message: Uint8Array, encoding: unknown, limitBytes: number): Promise<Unpacked> {
  if (encoding !== 'gzip') return { cause: 'bad-answer', reason: `the answer has the unknown encoding ${encoding}` }
  const maxOutputLength = Math.min(Math.max(limitBytes, 1), bufferConstants.MAX_LENGTH)
  try {
    return { bytes: await promisify(gunzip)(message, { maxOutputLength, chunkSize: UNPACKED_CHUNK_BYTES }) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge('unpacks to more', maxOutputLength)
    return { cause: 'bad-answer', reason: `the answer can't be unpacked (${code})` }
  }
}
