import { Buffer } from 'node:buffer'
import { endianness } from 'node:os'
import { DecimalBlock } from './decimal-block.ts'

/** Rows whose values are made together. Small, since a text cut from a block keeps the whole block's text alive. */
export const BLOCK_ROWS = 256
/** The longest text of a number or an instant: 77 digits of a decimal, 76 zeros, a sign and a point. */
const MOST_BYTES_PER_VALUE = 160
/** Whether bytes can be written several at a time, which takes a machine that keeps the lowest first. */
export const CAN_WRITE_WORDS = endianness() === 'LE'

/** Texts of one length, at even distances. */
export interface EvenTexts {
  readonly stride: number
  readonly width: number
}

/**
 * Texts of one block of rows, written as ASCII and turned into one string, of which each row gets a slice: a call into
 * native code for each value would take several times as long.
 *
 * A block is worked on in passes, each a short loop over all rows that keeps its results in these arrays of integers:
 * passes are compiled well, where one long loop body is not.
 */
export class TextBlock {
  readonly bytes = Buffer.allocUnsafeSlow(BLOCK_ROWS * MOST_BYTES_PER_VALUE)
  /** The same bytes, to be written four at a time, the first in the lowest bits. */
  readonly words = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length / 4)
  /** The same bytes, to be written two at a time, the first in the lowest bits. */
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

  /** Cuts the texts of `count` rows out of the first `length` bytes, from `begins` to `ends`. */
  cut(into: unknown[], from: number, count: number, length: number, nulls: Uint8Array | undefined): void {
    const { begins, ends } = this
    const text = this.bytes.toString('latin1', 0, length)
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : text.slice(begins[row]!, ends[row]!)
    }
  }

  /** Cuts texts that were written as words, `width` bytes in every `stride`. */
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
