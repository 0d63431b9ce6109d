import { Buffer } from 'node:buffer'

const FIRST_BYTES = 256
/** The length of the longest variable-length integer, in bytes. */
const MOST_VARINT_BYTES = 10
/** The maximum number of UTF-8 bytes per UTF-16 unit. */
const MOST_BYTES_PER_UNIT = 3
/** The length of shorter runs takes one byte. */
const ONE_BYTE_LENGTH = 128

/** Writes the protobuf encoding into a growing buffer. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0

  /** Returns the written bytes; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  /** @param value from 0 to 4294967295 */
  uint32(value: number): void {
    this.#need(MOST_VARINT_BYTES)
    let left = value
    while (left >= ONE_BYTE_LENGTH) {
      this.#bytes[this.#at++] = (left & 127) | 128
      left >>>= 7
    }
    this.#bytes[this.#at++] = left
  }

  /** Writes the 64 lowest bits as an unsigned number, in halves: V8 in Node 20 miscompiles loops over bigints. */
  uint64(value: bigint): void {
    this.#need(MOST_VARINT_BYTES)
    let low = Number(BigInt.asUintN(32, value))
    let high = Number(BigInt.asUintN(32, value >> 32n))
    while (high > 0 || low >= ONE_BYTE_LENGTH) {
      this.#bytes[this.#at++] = (low & 127) | 128
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    this.#bytes[this.#at++] = low
  }

  bytes(value: Uint8Array): void {
    this.uint32(value.byteLength)
    this.#need(value.byteLength)
    this.#bytes.set(value, this.#at)
    this.#at += value.byteLength
  }

  string(value: string): void {
    const most = value.length * MOST_BYTES_PER_UNIT
    if (most >= ONE_BYTE_LENGTH) {
      const length = Buffer.byteLength(value)
      this.uint32(length)
      this.#need(length)
      this.#at += this.#bytes.write(value, this.#at)
      return
    }
    this.#need(1 + most)
    const length = this.#bytes.write(value, this.#at + 1)
    this.#bytes[this.#at] = length
    this.#at += 1 + length
  }

  #need(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count))
    grown.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = grown
  }
}
