import { Buffer } from 'node:buffer'
import { ValueRangeError } from '../errors.ts'
import { bufferOf, HIGH_WORD, LOW_WORD, swap32, swap64, wordsOf } from './byte-order.ts'
import { THRIFT } from './thrift.ts'

const LENGTH_BYTES = 4
const WORD_BYTES = 4
const INT128_BYTES = 16
const LAST_ASCII = 0x7f
/** Strings up to this length are written unit by unit; a call into native code costs more. */
const SHORT_STRING = 32
/** Longer strings are copied by native code. */
const LONG_TEXT = 128
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

  /** Writes the elements of a list of booleans, one byte each. */
  booleans(values: Uint8Array): void {
    this.reserve(values.length)
    this.bytes.set(values, this.at)
    this.at += values.length
  }

  /** Writes `count` zero bytes, such as a null set without nulls. */
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
    this.reserve(LENGTH_BYTES + most)
    const length = this.bytes.write(text, this.at + LENGTH_BYTES, most, 'utf8')
    this.bytes.writeInt32BE(length, this.at)
    this.at += LENGTH_BYTES + length
  }

  /** Writes the strings of a column; nulls become empty strings. */
  strings(values: readonly (string | null)[], count: number): void {
    for (let index = 0; index < count; index++) {
      const text = values[index] ?? ''
      if (text.length > SHORT_STRING) {
        this.string(text)
        continue
      }
      this.reserve(LENGTH_BYTES + text.length)
      const { bytes, at } = this
      const start = at + LENGTH_BYTES
      let seen = 0
      for (let unit = 0; unit < text.length; unit++) {
        const code = text.charCodeAt(unit)
        seen |= code
        bytes[start + unit] = code
      }
      if (seen > LAST_ASCII) {
        this.string(text)
        continue
      }
      bytes[at] = 0
      bytes[at + 1] = 0
      bytes[at + 2] = 0
      bytes[at + 3] = text.length
      this.at = start + text.length
    }
  }

  /** Writes one string several times. */
  repeated(text: string, count: number): void {
    const start = this.at
    if (count === 0) return
    this.string(text)
    const length = this.at - start
    this.reserve(length * (count - 1))
    this.bytes.fill(this.bytes.subarray(start, this.at), this.at, this.at + length * (count - 1))
    this.at += length * (count - 1)
  }

  /** Writes strings given as offsets into one run of UTF-8; `offsets` has one more entry than there are strings. */
  texts(offsets: Uint32Array, text: Uint8Array): void {
    const count = offsets.length - 1
    if (count < 1) return
    this.reserve(offsets[count]! - offsets[0]! + count * LENGTH_BYTES + WORD_BYTES)
    const source = bufferOf(text)
    const from = new DataView(text.buffer, text.byteOffset, text.byteLength)
    const to = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength)
    // Short strings are copied in words. The last word may reach into the next string, which then overwrites it.
    const lastWord = text.byteLength - WORD_BYTES
    let at = this.at
    for (let index = 0; index < count; index++) {
      const start = offsets[index]!
      const end = offsets[index + 1]!
      to.setInt32(at, end - start)
      at += LENGTH_BYTES
      if (end - start > LONG_TEXT || end > lastWord) {
        source.copy(this.bytes, at, start, end)
      } else {
        for (let word = start, target = at; word < end; word += WORD_BYTES, target += WORD_BYTES) {
          to.setInt32(target, from.getInt32(word))
        }
      }
      at += end - start
    }
    this.at = at
  }

  /**
   * Writes sixteen-byte two's complement integers, each with a length prefix; nulls become zeros.
   * @throws ValueRangeError for an integer of more than 128 bits.
   */
  int128s(values: readonly (bigint | null)[], count: number): void {
    const words = new BigInt64Array(count * 2)
    for (let index = 0; index < count; index++) {
      const value = values[index]
      if (value === null || value === undefined) continue
      // A store keeps the lowest 64 bits. Most values have no more, and shifting would allocate an integer.
      words[2 * index] = value
      if (words[2 * index] === value) {
        words[2 * index + 1] = value < 0n ? -1n : 0n
        continue
      }
      const high = value >> 64n
      words[2 * index + 1] = high
      if (words[2 * index + 1] !== high) throw new ValueRangeError(`${value} has more than 128 bits`)
    }
    const halves = wordsOf(words)
    this.reserve(count * (LENGTH_BYTES + INT128_BYTES))
    const target = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength)
    for (let index = 0; index < count; index++) {
      target.setInt32(this.at, INT128_BYTES)
      target.setInt32(this.at + 4, halves[4 * index + 2 + HIGH_WORD]!)
      target.setInt32(this.at + 8, halves[4 * index + 2 + LOW_WORD]!)
      target.setInt32(this.at + 12, halves[4 * index + HIGH_WORD]!)
      target.setInt32(this.at + 16, halves[4 * index + LOW_WORD]!)
      this.at += LENGTH_BYTES + INT128_BYTES
    }
  }

  /** Writes 64-bit integers as 128-bit integers. */
  int64sAs128(values: BigInt64Array, count: number): void {
    const halves = wordsOf(values)
    this.reserve(count * (LENGTH_BYTES + INT128_BYTES))
    const target = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength)
    for (let index = 0; index < count; index++) {
      const high = halves[2 * index + HIGH_WORD]!
      target.setInt32(this.at, INT128_BYTES)
      target.setInt32(this.at + 4, high >> 31)
      target.setInt32(this.at + 8, high >> 31)
      target.setInt32(this.at + 12, high)
      target.setInt32(this.at + 16, halves[2 * index + LOW_WORD]!)
      this.at += LENGTH_BYTES + INT128_BYTES
    }
  }

  private copyIn(values: ArrayBufferView): Buffer {
    this.reserve(values.byteLength)
    const target = this.bytes.subarray(this.at, this.at + values.byteLength)
    target.set(bufferOf(values))
    this.at += values.byteLength
    return target
  }

  private reserve(more: number): void {
    const needed = this.at + more
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.at)
    this.bytes = grown
  }
}
