import { Buffer } from 'node:buffer'
import { endianness } from 'node:os'

/** The wire is big-endian; almost all machines are not. */
const SAME_AS_WIRE = endianness() === 'BE'

/** The index of the high 32-bit half in a 64-bit number, on this machine. */
export const HIGH_WORD = SAME_AS_WIRE ? 0 : 1
export const LOW_WORD = SAME_AS_WIRE ? 1 : 0

/** Views 64-bit numbers as pairs of words; see {@link HIGH_WORD}. */
export function wordsOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2)
}

/**
 * Converts 8-byte numbers between wire order and machine order, in place. The length of `bytes` must be a multiple of
 * 8.
 */
export function swap64(bytes: Buffer): void {
  if (!SAME_AS_WIRE) bytes.swap64()
}

/**
 * Converts 4-byte numbers between wire order and machine order, in place. The length of `bytes` must be a multiple of
 * 4.
 */
export function swap32(bytes: Buffer): void {
  if (!SAME_AS_WIRE) bytes.swap32()
}

/** The same memory as a Buffer. */
export function bufferOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}
