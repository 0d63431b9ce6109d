import { Buffer } from 'node:buffer'
import { bufferOf } from './byte-order.ts'

/** The alignment of buffers, in bytes. */
const ALIGNMENT = 8

/** The buffers of one record batch in order, with the offset and length of each. */
export class ArrowBody {
  private readonly parts: Uint8Array[] = []
  /** The offset and length of each buffer. */
  readonly buffers: [at: number, length: number][] = []
  /** The number of rows and nulls of each column. */
  readonly nodes: [rows: number, nulls: number][] = []
  byteLength = 0

  column(rows: number, nulls: number): void {
    this.nodes.push([rows, nulls])
  }

  /** Takes over a buffer without copying it. The buffer must not change until the body is copied out. */
  add(bytes: ArrayBufferView): void {
    this.parts.push(bufferOf(bytes))
    this.buffers.push([this.byteLength, bytes.byteLength])
    this.byteLength += Math.ceil(bytes.byteLength / ALIGNMENT) * ALIGNMENT
  }

  /** Copies the buffers to their places. `at` is the first byte of the body. */
  copyTo(target: Uint8Array, at: number): void {
    for (const [index, part] of this.parts.entries()) target.set(part, at + this.buffers[index]![0])
  }
}

/** A bit per row, 1 where there is a value, lowest bit first; empty when no row is null. */
export function validityBits(nulls: Uint8Array | undefined): { bits: Uint8Array; nullCount: number } {
  if (nulls === undefined) return { bits: new Uint8Array(0), nullCount: 0 }
  const bits = packBits(nulls)
  return { bits, nullCount: invert(bits) }
}

/** @returns the number of bits that were set before. */
function invert(bits: Uint8Array): number {
  let count = 0
  for (let at = 0; at < bits.length; at++) {
    const byte = bits[at]!
    count += bitCount(byte)
    bits[at] = ~byte
  }
  return count
}

/** A bit per row, set where the byte is not 0. */
export function packBits(values: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8))
  const whole = values.length >> 3
  for (let row = whole * 8; row < values.length; row++) bits[whole]! |= bit(values[row]!, row & 7)
  packWhole(bits, values, whole)
  return bits
}

function packWhole(bits: Uint8Array, values: Uint8Array, whole: number): void {
  for (let at = 0, row = 0; at < whole; at++, row += 8) {
    bits[at] =
      bit(values[row]!, 0) |
      bit(values[row + 1]!, 1) |
      bit(values[row + 2]!, 2) |
      bit(values[row + 3]!, 3) |
      bit(values[row + 4]!, 4) |
      bit(values[row + 5]!, 5) |
      bit(values[row + 6]!, 6) |
      bit(values[row + 7]!, 7)
  }
}

function bit(value: number, place: number): number {
  return value === 0 ? 0 : 1 << place
}

function bitCount(byte: number): number {
  const pairs = byte - ((byte >> 1) & 0x55)
  const fours = (pairs & 0x33) + ((pairs >> 2) & 0x33)
  return (fours + (fours >> 4)) & 0x0f
}

/** Strings without the length prefixes between them, with the offset of each and the end of the last. */
export interface PackedTexts {
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}

const LENGTH_BYTES = 4
const WORD_BYTES = 4
/** Longer strings are copied by native code. */
const LONG_TEXT = 128

/**
 * Packs strings together. Short strings are copied in words: the last word may reach past its string, into bytes that
 * the next string overwrites.
 */
export function packTexts(received: Uint8Array, starts: Uint32Array, count: number): PackedTexts {
  const total = starts[count]! - starts[0]! - count * LENGTH_BYTES
  const target = Buffer.allocUnsafeSlow(total + WORD_BYTES)
  const offsets = new Int32Array(count + 1)
  const source = bufferOf(received)
  const from = new DataView(received.buffer, received.byteOffset, received.byteLength)
  const to = new DataView(target.buffer, target.byteOffset, target.byteLength)
  const lastWord = received.byteLength - WORD_BYTES
  let at = 0
  for (let row = 0; row < count; row++) {
    const start = starts[row]!
    const end = starts[row + 1]! - LENGTH_BYTES
    offsets[row] = at
    if (end - start > LONG_TEXT || end > lastWord) {
      source.copy(target, at, start, end)
    } else {
      for (let word = start, place = at; word < end; word += WORD_BYTES, place += WORD_BYTES) {
        to.setInt32(place, from.getInt32(word))
      }
    }
    at += end - start
  }
  offsets[count] = at
  return { offsets, bytes: target.subarray(0, total) }
}
