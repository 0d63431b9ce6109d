import { countDigits, TWO_DIGITS } from '../types/digits.ts'

/** The output: a block's bytes, with the offset and end of each string. */
interface Texts {
  readonly bytes: Uint8Array
  /** The same bytes in pairs, the first in the lowest bits. */
  readonly pairs: Uint16Array
  readonly begins: Int32Array
  readonly ends: Int32Array
}

/** The passes that format a block of 64-bit integers over 10^scale. */

const DASH = 45
const POINT = 46
const DIGITS_PER_GROUP = 6
const GROUP = 1e6
const PER_GROUP = 1e-6
const WORD = 4_294_967_296
const MOST_GROUPS = 4
/** Space before the digits: room for a sign, and even. */
const DIGITS_AT = 2
/** Larger scales need leading zeros that no group of digits holds. */
export const WIDEST_BLOCK_SCALE = MOST_GROUPS * DIGITS_PER_GROUP - 1

/** The signs of a block of integers, and their magnitudes as four groups of six digits, lowest first. */
export class DecimalBlock {
  private readonly signs: Int32Array
  private readonly digits0: Int32Array
  private readonly digits6: Int32Array
  private readonly digits12: Int32Array
  private readonly digits18: Int32Array
  private readonly counts: Int32Array

  constructor(rows: number) {
    this.signs = new Int32Array(rows)
    this.digits0 = new Int32Array(rows)
    this.digits6 = new Int32Array(rows)
    this.digits12 = new Int32Array(rows)
    this.digits18 = new Int32Array(rows)
    this.counts = new Int32Array(rows)
  }

  /** Splits the integer of a row, given as two words in two's complement. */
  split(row: number, high: number, low: number): void {
    const negative = high < 0
    const size0 = negative ? -low >>> 0 : low >>> 0
    const size1 = negative ? (~high + (size0 === 0 ? 1 : 0)) >>> 0 : high
    // A remainder times 2^32 stays below 2^53, and the rounding error of the product in `quotient0` is below what
    // remains.
    const quotient1 = (size1 / GROUP) | 0
    const rest = (size1 - quotient1 * GROUP) * WORD + size0
    const quotient0 = Math.floor(rest * PER_GROUP)
    const millions = quotient1 * WORD + quotient0
    const billions = Math.floor(millions / GROUP)
    const top = Math.floor(billions / GROUP)
    this.signs[row] = negative ? 1 : 0
    this.digits0[row] = rest - quotient0 * GROUP
    this.digits6[row] = millions - billions * GROUP
    this.digits12[row] = billions - top * GROUP
    this.digits18[row] = top
  }

  /**
   * Writes the integers that {@link split} stored, each with as many groups as the longest needs.
   * @returns the number of bytes that hold the strings.
   */
  write(texts: Texts, count: number, scale: number): number {
    const width = Math.max(this.countDigits(count), scale + 1)
    const groups = Math.ceil(width / DIGITS_PER_GROUP)
    const stride = DIGITS_AT + groups * DIGITS_PER_GROUP + 2
    this.writeDigits(texts.pairs, count, groups, stride)
    this.place(texts, count, stride, scale)
    if (scale > 0) insertPoints(texts, count, scale)
    return count * stride
  }

  /** @returns the largest number of digits in a row. */
  private countDigits(count: number): number {
    const { digits0, digits6, digits12, digits18, counts } = this
    let most = 0
    for (let row = 0; row < count; row++) {
      let significant: number
      if (digits18[row] !== 0) significant = 18 + countDigits(digits18[row]!)
      else if (digits12[row] !== 0) significant = 12 + countDigits(digits12[row]!)
      else significant = digits6[row] === 0 ? countDigits(digits0[row]!) : 6 + countDigits(digits6[row]!)
      counts[row] = significant
      if (significant > most) most = significant
    }
    return most
  }

  private writeDigits(pairs: Uint16Array, count: number, groups: number, stride: number): void {
    const columns = [this.digits0, this.digits6, this.digits12, this.digits18]
    for (let group = 0; group < groups; group++) {
      const digits = columns[group]!
      let at = (DIGITS_AT + (groups - 1 - group) * DIGITS_PER_GROUP) >> 1
      for (let row = 0; row < count; row++, at += stride >> 1) {
        const value = digits[row]!
        const hundreds = (value / 100) | 0
        const tenThousands = (hundreds / 100) | 0
        pairs[at] = TWO_DIGITS[tenThousands]!
        pairs[at + 1] = TWO_DIGITS[hundreds - tenThousands * 100]!
        pairs[at + 2] = TWO_DIGITS[value - hundreds * 100]!
      }
    }
  }

  /** Finds the offset of each string, which is the position of its sign. The point is not inserted yet. */
  private place({ bytes, begins, ends }: Texts, count: number, stride: number, scale: number): void {
    const { signs, counts } = this
    for (let row = 0, end = stride - 2; row < count; row++, end += stride) {
      const significant = counts[row]!
      const sign = signs[row]!
      const begin = end - (significant > scale ? significant : scale + 1) - sign
      if (sign === 1) bytes[begin] = DASH
      begins[row] = begin
      ends[row] = end
    }
  }
}

/** Moves the last `scale` digits of each string by one place and inserts a point before them. */
function insertPoints({ bytes, ends }: Texts, count: number, scale: number): void {
  for (let row = 0; row < count; row++) {
    const end = ends[row]!
    const point = end - scale
    for (let at = end; at > point; at--) bytes[at] = bytes[at - 1]!
    bytes[point] = POINT
    ends[row] = end + 1
  }
}
