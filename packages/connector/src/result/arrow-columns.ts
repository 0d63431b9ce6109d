import { DecodeError, ValueRangeError } from '../errors.ts'
import { SECONDS_PER_DAY } from '../types/date.ts'
import { secondsOf } from '../types/timestamp.ts'
import { type ArrowBody, packBits, packTexts, validityBits } from './arrow-body.ts'
import type { ArrowType } from './arrow-types.ts'
import { decimalRange, unscaledAt } from './decimal-values.ts'
import type { DateVector, DecimalVector, TextVector, Vector } from './vector.ts'

/** Bytes per value, for types of a fixed size. */
const WIDTHS = { int64: 8, int32: 4, float64: 8, date: 4, timestamp: 8, duration: 8, decimal: 16 } as const
const LARGEST_OFFSET = 0x7fffffff
type TextType = Extract<ArrowType, { kind: 'text' } | { kind: 'binary' }>

const LARGEST_INT128 = 2n ** 127n - 1n
const INT128_BYTES = 16

/**
 * Adds a column to a record batch's body.
 * @throws DecodeError when the column's type differs from that in earlier batches.
 * @throws ValueRangeError when a decimal does not fit 128 bits at the column's scale, or the strings exceed 2 GiB.
 */
export function addColumn(body: ArrowBody, type: ArrowType, vector: Vector): void {
  const { rowCount } = vector
  if (vector.kind === 'null') {
    addNulls(body, type, rowCount)
    return
  }
  const { bits, nullCount } = validityBits(vector.nulls)
  body.column(rowCount, nullCount)
  body.add(bits)
  if (type.kind === 'text' || type.kind === 'binary') addTexts(body, type, vector)
  else body.add(evenValues(type, vector))
}

function addNulls(body: ArrowBody, type: ArrowType, rowCount: number): void {
  body.column(rowCount, rowCount)
  if (type.kind === 'null') return
  body.add(new Uint8Array(Math.ceil(rowCount / 8)))
  if (type.kind === 'boolean') body.add(new Uint8Array(Math.ceil(rowCount / 8)))
  else if (type.kind === 'text' && type.dictionary) body.add(new Int32Array(rowCount))
  else if (type.kind === 'text' || type.kind === 'binary') {
    body.add(new Int32Array(rowCount + 1))
    body.add(new Uint8Array(0))
  } else body.add(new Uint8Array(rowCount * WIDTHS[type.kind]))
}

function evenValues(type: ArrowType, vector: Vector): ArrayBufferView {
  const count = vector.rowCount
  if (type.kind === 'int64' && vector.kind === 'int64') return repeated(vector, vector.values, BigInt64Array)
  if (type.kind === 'int64' && vector.kind === 'int32') {
    return repeated(vector, BigInt64Array.from(vector.values, BigInt), BigInt64Array)
  }
  if (type.kind === 'int32' && vector.kind === 'int32') return repeated(vector, vector.values, Int32Array)
  if (type.kind === 'float64' && vector.kind === 'float64') return repeated(vector, vector.values, Float64Array)
  if (type.kind === 'timestamp' && vector.kind === 'timestamp') return repeated(vector, vector.micros, BigInt64Array)
  if (type.kind === 'duration' && vector.kind === 'interval') return repeated(vector, vector.micros, BigInt64Array)
  if (type.kind === 'date' && vector.kind === 'date') return repeated(vector, daysOf(vector), Int32Array)
  if (type.kind === 'decimal' && vector.kind === 'decimal') return decimalsOf(vector, type.scale)
  if (type.kind === 'boolean' && vector.kind === 'boolean') {
    return packBits(vector.constant ? new Uint8Array(count).fill(vector.values[0]!) : vector.values)
  }
  throw mismatch(type, vector)
}

function mismatch(type: ArrowType, vector: Vector): DecodeError {
  return new DecodeError(`column "${vector.name}" changed from ${type.kind} to ${vector.type} within one result`)
}

/** The values as they are; a constant is repeated for every row. */
function repeated<V extends bigint | number, A extends ArrayBufferView & { fill(value: V): A; [index: number]: V }>(
  vector: Vector,
  values: A,
  make: new (length: number) => A,
): A {
  return vector.constant ? new make(vector.rowCount).fill(values[0]!) : values
}

function daysOf({ received: { view, at, count } }: DateVector): Int32Array {
  const days = new Int32Array(count)
  for (let row = 0; row < count; row++) {
    const place = at + row * 8
    days[row] = Math.floor(secondsOf(view.getInt32(place), view.getInt32(place + 4)) / SECONDS_PER_DAY)
  }
  return days
}

/** Reverses the bytes of each integer; those of a constant only once. */
function decimalsOf(vector: DecimalVector, scale: number): Uint8Array {
  const given = vector.constant ? 1 : vector.rowCount
  const values = new Uint8Array(vector.rowCount * INT128_BYTES)
  const to = new DataView(values.buffer)
  if (vector.starts === undefined && vector.scale === scale) {
    const from = new DataView(vector.bytes.buffer, vector.bytes.byteOffset, vector.bytes.byteLength)
    for (let row = 0; row < given; row++) {
      const [at] = decimalRange(vector, row)
      to.setInt32(row * INT128_BYTES + 12, from.getInt32(at), true)
      to.setInt32(row * INT128_BYTES + 8, from.getInt32(at + 4), true)
      to.setInt32(row * INT128_BYTES + 4, from.getInt32(at + 8), true)
      to.setInt32(row * INT128_BYTES, from.getInt32(at + 12), true)
    }
  } else {
    for (let row = 0; row < given; row++) {
      const value = vector.nulls?.[row] ? 0n : rescaled(vector, row, scale)
      to.setBigInt64(row * INT128_BYTES, BigInt.asIntN(64, value), true)
      to.setBigInt64(row * INT128_BYTES + 8, value >> 64n, true)
    }
  }
  for (let row = given; row < vector.rowCount; row++) values.copyWithin(row * INT128_BYTES, 0, INT128_BYTES)
  return values
}

function rescaled(vector: DecimalVector, row: number, scale: number): bigint {
  const unscaled = unscaledAt(vector, row)
  const more = scale - vector.scale
  const unit = 10n ** BigInt(Math.abs(more))
  const value = more >= 0 ? unscaled * unit : unscaled / unit
  const exact = more >= 0 || value * unit === unscaled
  if (exact && value <= LARGEST_INT128 && value >= -LARGEST_INT128 - 1n) return value
  throw new ValueRangeError(`column "${vector.name}" has a decimal that does not fit 128 bits at scale ${scale}`)
}

function addTexts(body: ArrowBody, type: TextType, vector: Vector): void {
  if (vector.kind !== 'text' && vector.kind !== 'nested' && vector.kind !== 'binary') throw mismatch(type, vector)
  if ((vector.kind === 'binary') !== (type.kind === 'binary')) throw mismatch(type, vector)
  if (type.kind === 'text' && type.dictionary) {
    body.add(
      vector.constant ? new Int32Array(vector.rowCount) : Int32Array.from({ length: vector.rowCount }, (_, row) => row),
    )
    return
  }
  if (vector.constant) {
    addRepeatedText(body, vector)
    return
  }
  const { offsets, bytes } = packTexts(vector.bytes, vector.starts, vector.rowCount)
  body.add(offsets)
  body.add(bytes)
}

function addRepeatedText(body: ArrowBody, vector: TextVector): void {
  const text = vector.bytes.subarray(vector.starts[0]!, vector.starts[1]! - 4)
  const total = text.length * vector.rowCount
  if (total > LARGEST_OFFSET) {
    throw new ValueRangeError(`column "${vector.name}" repeats ${text.length} bytes ${vector.rowCount} times`)
  }
  body.add(Int32Array.from({ length: vector.rowCount + 1 }, (_, row) => row * text.length))
  const bytes = new Uint8Array(total)
  for (let at = 0; at < total; at += text.length) bytes.set(text, at)
  body.add(bytes)
}

/** Adds the values of a dictionary: the one string of a constant column, or the string of each row. */
export function addDictionary(body: ArrowBody, vector: TextVector): void {
  const count = vector.constant ? 1 : vector.rowCount
  const { offsets, bytes } = packTexts(vector.bytes, vector.starts, count)
  body.column(count, 0)
  body.add(new Uint8Array(0))
  body.add(offsets)
  body.add(bytes)
}
