import { countDigits, writeSix, ZERO } from './digits.ts'

const POINT = 46
const DASH = 45
const DIGITS_PER_GROUP = 6
const GROUP = 1e6
const WORD = 4_294_967_296
/** A 128-bit integer has at most 39 digits. */
const MOST_GROUPS = 7

/** Formats 128-bit integers as decimals. One writer serves a whole column; it holds the number in progress. */
export class DecimalWriter {
  /** The digits in groups of six, lowest first. */
  private readonly groups = new Int32Array(MOST_GROUPS)
  /** The start of the string that {@link write} wrote last; `write` returns its end. */
  begin = 0

  /**
   * Writes the integer of four 32-bit words in two's complement, highest first, divided by 10^scale: plain digits with
   * exactly `scale` of them after the point. A negative scale adds zeros, as in Java's `BigDecimal`. The string starts
   * at {@link begin}, somewhat after `at`.
   * @returns the end of the string.
   */
  write(bytes: Uint8Array, at: number, w3: number, w2: number, w1: number, w0: number, scale: number): number {
    const negative = w3 < 0
    const count = negative ? this.splitNegated(w3, w2, w1, w0) : this.split(w3 >>> 0, w2 >>> 0, w1 >>> 0, w0 >>> 0)
    const top = this.groups[count - 1]!
    const significant = (count - 1) * DIGITS_PER_GROUP + countDigits(top)
    const total = Math.max(significant, scale + 1)
    const base = at + 1 + Math.max(0, total - count * DIGITS_PER_GROUP)
    let end = base
    for (let group = count - 1; group >= 0; group--) {
      writeSix(bytes, end, this.groups[group]!)
      end += DIGITS_PER_GROUP
    }
    const begin = end - total
    for (let zero = begin; zero < base; zero++) bytes[zero] = ZERO
    if (negative) bytes[begin - 1] = DASH
    this.begin = negative ? begin - 1 : begin
    if (scale > 0) return insertPoint(bytes, end, scale)
    if (scale === 0 || (top === 0 && count === 1)) return end
    bytes.fill(ZERO, end, end - scale)
    return end - scale
  }

  private splitNegated(w3: number, w2: number, w1: number, w0: number): number {
    const n0 = -w0 >>> 0
    const carry1 = n0 === 0 ? 1 : 0
    const n1 = (~w1 + carry1) >>> 0
    const carry2 = carry1 === 1 && n1 === 0 ? 1 : 0
    const n2 = (~w2 + carry2) >>> 0
    const carry3 = carry2 === 1 && n2 === 0 ? 1 : 0
    return this.split((~w3 + carry3) >>> 0, n2, n1, n0)
  }

  /**
   * Divides by a million until nothing is left; a remainder and the word below it together stay under 2^53.
   * @returns the number of groups.
   */
  private split(w3: number, w2: number, w1: number, w0: number): number {
    const { groups } = this
    let count = 0
    while (w3 > 0 || w2 > 0) {
      const q3 = Math.floor(w3 / GROUP)
      const r2 = (w3 - q3 * GROUP) * WORD + w2
      const q2 = Math.floor(r2 / GROUP)
      const r1 = (r2 - q2 * GROUP) * WORD + w1
      const q1 = Math.floor(r1 / GROUP)
      const r0 = (r1 - q1 * GROUP) * WORD + w0
      const q0 = Math.floor(r0 / GROUP)
      groups[count++] = r0 - q0 * GROUP
      w3 = q3
      w2 = q2
      w1 = q1
      w0 = q0
    }
    if (w1 > 0) {
      const q1 = Math.floor(w1 / GROUP)
      const r0 = (w1 - q1 * GROUP) * WORD + w0
      const q0 = Math.floor(r0 / GROUP)
      groups[count++] = r0 - q0 * GROUP
      // The remaining value times a million is below 2^64, so the value is below 2^53 and fits one number.
      w0 = q1 * WORD + q0
    }
    do {
      const quotient = Math.floor(w0 / GROUP)
      groups[count++] = w0 - quotient * GROUP
      w0 = quotient
    } while (w0 > 0)
    return count
  }
}

/** Moves the last `scale` digits by one place and inserts a point before them. */
function insertPoint(bytes: Uint8Array, end: number, scale: number): number {
  const point = end - scale
  for (let at = end; at > point; at--) bytes[at] = bytes[at - 1]!
  bytes[point] = POINT
  return end + 1
}

/** Reads a big-endian two's complement integer of any length. */
export function integerFromBytes(bytes: Uint8Array, from: number, to: number): bigint {
  let value = BigInt((bytes[from]! << 24) >> 24)
  for (let at = from + 1; at < to; at++) value = (value << 8n) | BigInt(bytes[at]!)
  return value
}

/** Formats integers of any size like {@link DecimalWriter}. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return unscaled === 0n ? '0' : `${unscaled}${'0'.repeat(-scale)}`
  const negative = unscaled < 0n
  const digits = String(negative ? -unscaled : unscaled).padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}
