import { Buffer } from 'node:buffer'
import { endianness } from 'node:os'

/** The wire is big-endian; almost every machine is not. */
const SAME_AS_WIRE = endianness() === 'BE'

/** Where in a 64-bit number its two halves of 32 bits lie, on this machine. */
export const HIGH_WORD = SAME_AS_WIRE ? 0 : 1
export const LOW_WORD = SAME_AS_WIRE ? 1 : 0

/** 64-bit numbers as pairs of words; see {@link HIGH_WORD}. */
export function wordsOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2)
}

/** Turns 8-byte numbers between wire order and this machine's order, in place. `bytes` must be whole numbers long. */
export function swap64(bytes: Buffer): void {
  if (!SAME_AS_WIRE) bytes.swap64()
}

/** Turns 4-byte numbers between wire order and this machine's order, in place. `bytes` must be whole numbers long. */
export function swap32(bytes: Buffer): void {
  if (!SAME_AS_WIRE) bytes.swap32()
}

/** The same memory, seen as a Buffer. */
export function bufferOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}
