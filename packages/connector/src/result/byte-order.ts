import { Buffer } from 'node:buffer'
import { endianness } from 'node:os'

/** The wire is big-endian; almost every machine is not. */
const SAME_AS_WIRE = endianness() === 'BE'

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
