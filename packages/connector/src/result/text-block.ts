import { Buffer } from 'node:buffer'
import { endianness } from 'node:os'
import { DecimalBlock } from './decimal-block.ts'

/**
 * The number of rows whose values are made together. It is small because a substring of a block keeps the whole block
 * alive.
 */
export const BLOCK_ROWS = 256
/** The longest string of a number or an instant: 77 digits of a decimal, 76 zeros, a sign and a point. */
const MOST_BYTES_PER_VALUE = 160
/** Whether several bytes can be written at once, which requires a little-endian machine. */
export const CAN_WRITE_WORDS = endianness() === 'LE'

/** Strings of equal length at equal distances. */
export interface EvenTexts {
  readonly stride: number
  readonly width: number
}

/**
 * The strings of one block of rows, written as ASCII and converted to one string, of which each row gets a slice. A
 * call into native code for each value would take several times as long.
 *
 * A block is processed in passes. Each is a short loop over all rows that stores its results in these arrays of
 * integers, because the runtime compiles short loops better than one long loop body.
 */
export class TextBlock {
  readonly bytes = Buffer.allocUnsafeSlow(BLOCK_ROWS * MOST_BYTES_PER_VALUE)
  /** The same bytes in groups of four, the first in the lowest bits. */
  readonly words = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length / 4)
  /** The same bytes in pairs, the first in the lowest bits. */
  readonly pairs = new Uint16Array(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length / 2)
  readonly begins = new Int32Array(BLOCK_ROWS)
  readonly ends = new Int32Array(BLOCK_ROWS)
  readonly rows = new Int32Array(BLOCK_ROWS)
  readonly days = new Int32Array(BLOCK_ROWS)
  readonly secondsOfDay = new Int32Array(BLOCK_ROWS)
  readonly micros = new Int32Array(BLOCK_ROWS)
  readonly offsets = new Int32Array(BLOCK_ROWS)
  readonly civils = new Int32Array(BLOCK_ROWS)
  readonly integers = new DecimalBlock(BLOCK_ROWS)

  /** Cuts the strings of `count` rows, from `begins` to `ends`, out of the first `length` bytes. */
  cut(into: unknown[], from: number, count: number, length: number, nulls: Uint8Array | undefined): void {
    const { begins, ends } = this
    const text = this.bytes.toString('latin1', 0, length)
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : text.slice(begins[row]!, ends[row]!)
    }
  }

  /** Cuts strings that were written as words: `width` bytes in every `stride`. */
  cutEven(into: unknown[], from: number, count: number, shape: EvenTexts, nulls: Uint8Array | undefined): void {
    const { stride, width } = shape
    const length = count * stride
    const text = this.bytes.toString('latin1', 0, length)
    for (let row = 0; row < count; row++) {
      const at = row * stride
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : text.slice(at, at + width)
    }
  }
}
