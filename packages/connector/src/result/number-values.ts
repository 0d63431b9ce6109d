import { ValueRangeError } from '../errors.ts'
import type { TypeOptions } from '../types/value-types.ts'
import { HIGH_WORD, LOW_WORD, wordsOf } from './byte-order.ts'
import { DecimalBlock } from './decimal-block.ts'
import type { FillValues } from './fill-values.ts'
import { CAN_WRITE_WORDS, type TextBlock } from './text-block.ts'
import type { BooleanVector, Float64Vector, Int32Vector, Int64Vector } from './vector.ts'

export function int64Filler(
  { name, values, nulls }: Int64Vector,
  { int64 = 'bigint' }: TypeOptions,
  block: TextBlock,
): FillValues {
  if (int64 === 'string') return int64TextFiller(values, nulls, block)
  if (int64 === 'number') {
    return (into, from, count) => {
      for (let row = 0; row < count; row++) {
        into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : exactNumber(values[from + row]!, name)
      }
    }
  }
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : values[from + row]
    }
  }
}

function exactNumber(value: bigint, column: string): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new ValueRangeError(`column "${column}" holds ${value}, which a number can't hold exactly`)
}

function int64TextFiller(values: BigInt64Array, nulls: Uint8Array | undefined, block: TextBlock): FillValues {
  if (!CAN_WRITE_WORDS) return (into, from, count) => spell(into, values, nulls, from, count)
  const words = wordsOf(values)
  const integers = new DecimalBlock()
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      integers.split(row, words[2 * (from + row) + HIGH_WORD]!, words[2 * (from + row) + LOW_WORD]!)
    }
    block.cut(into, from, count, integers.write(block, count, 0), nulls)
  }
}

function spell(into: unknown[], values: BigInt64Array, nulls: Uint8Array | undefined, from: number, count: number) {
  for (let row = 0; row < count; row++) {
    into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : String(values[from + row])
  }
}

export function int32Filler({ values, nulls }: Int32Vector): FillValues {
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : values[from + row]
    }
  }
}

export function float64Filler({ values, nulls }: Float64Vector, { float = 'number' }: TypeOptions): FillValues {
  if (float === 'tagged') {
    return (into, from, count) => {
      for (let row = 0; row < count; row++) {
        into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : tagged(values[from + row]!)
      }
    }
  }
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : values[from + row]
    }
  }
}

function tagged(value: number): number | string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : value
  return String(value)
}

export function booleanFiller({ values, nulls }: BooleanVector): FillValues {
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : values[from + row] !== 0
    }
  }
}
