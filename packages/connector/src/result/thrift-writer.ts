import { Buffer } from 'node:buffer'
import { bufferOf, swap32, swap64 } from './byte-order.ts'
import { THRIFT } from './thrift.ts'

/** Strings up to this length are written unit by unit; a call into native code costs more than that. */
const SHORT_STRING = 24
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const MOST_BYTES_PER_UNIT = 3

/** Writes TBinaryProtocol into one growing buffer. */
export class ThriftWriter {
  private bytes: Buffer
  private at = 0

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(capacity, 64))
  }

  finish(): Uint8Array {
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset, this.at)
  }

  fieldHeader(type: number, id: number): void {
    this.reserve(3)
    this.bytes[this.at] = type
    this.bytes[this.at + 1] = id >> 8
    this.bytes[this.at + 2] = id
    this.at += 3
  }

  stop(): void {
    this.byte(THRIFT.stop)
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.at++] = value
  }

  i32(value: number): void {
    this.reserve(4)
    this.at = this.bytes.writeInt32BE(value, this.at)
  }

  i64(value: bigint): void {
    this.reserve(8)
    this.at = this.bytes.writeBigInt64BE(value, this.at)
  }

  double(value: number): void {
    this.reserve(8)
    this.at = this.bytes.writeDoubleBE(value, this.at)
  }

  listHeader(elementType: number, count: number): void {
    this.byte(elementType)
    this.i32(count)
  }

  /** Elements of a list of booleans, one byte each. */
  booleans(values: Uint8Array): void {
    this.reserve(values.length)
    this.bytes.set(values, this.at)
    this.at += values.length
  }

  /** `count` zero bytes, such as a null set without nulls. */
  zeros(count: number): void {
    this.reserve(count)
    this.bytes.fill(0, this.at, this.at + count)
    this.at += count
  }

  words64(values: BigInt64Array | Float64Array): void {
    swap64(this.copyIn(values))
  }

  words32(values: Int32Array): void {
    swap32(this.copyIn(values))
  }

  binary(value: Uint8Array): void {
    this.i32(value.length)
    this.reserve(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  string(text: string): void {
    const most = text.length * MOST_BYTES_PER_UNIT
    this.reserve(most + 4)
    const start = this.at + 4
    const written = text.length <= SHORT_STRING ? this.shortAscii(text, start) : -1
    const length = written >= 0 ? written : this.bytes.write(text, start, most, 'utf8')
    this.bytes.writeInt32BE(length, this.at)
    this.at = start + length
  }

  /** Strings given as offsets into one run of UTF-8; `offsets` has one entry more than there are strings. */
  texts(offsets: Uint32Array, text: Uint8Array): void {
    const count = offsets.length - 1
    const source = bufferOf(text)
    const total = (offsets[count] ?? 0) - (offsets[0] ?? 0)
    this.reserve(total + count * 4)
    const target = this.bytes
    let at = this.at
    for (let index = 0; index < count; index++) {
      const from = offsets[index]!
      const to = offsets[index + 1]!
      const length = to - from
      target[at] = length >>> 24
      target[at + 1] = length >>> 16
      target[at + 2] = length >>> 8
      target[at + 3] = length
      at += 4
      if (length > SHORT_STRING) source.copy(target, at, from, to)
      else for (let byte = 0; byte < length; byte++) target[at + byte] = source[from + byte]!
      at += length
    }
    this.at = at
  }

  /** Sixteen-byte two's complement integers, each with its length before it. */
  int128s(values: readonly (bigint | null)[]): void {
    this.reserve(values.length * 20)
    for (const value of values) this.int128(value ?? 0n)
  }

  int128(value: bigint): void {
    this.reserve(20)
    this.bytes.writeInt32BE(16, this.at)
    this.bytes.writeBigInt64BE(value >> 64n, this.at + 4)
    this.bytes.writeBigUInt64BE(BigInt.asUintN(64, value), this.at + 12)
    this.at += 20
  }

  private copyIn(values: ArrayBufferView): Buffer {
    this.reserve(values.byteLength)
    const target = this.bytes.subarray(this.at, this.at + values.byteLength)
    target.set(bufferOf(values))
    this.at += values.byteLength
    return target
  }

  /** @returns the bytes written, or -1 when the text holds anything but ASCII. */
  private shortAscii(text: string, start: number): number {
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      if (unit > 0x7f) return -1
      this.bytes[start + index] = unit
    }
    return text.length
  }

  private reserve(more: number): void {
    const needed = this.at + more
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.at)
    this.bytes = grown
  }
}
