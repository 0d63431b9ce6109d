import { ValueRangeError } from '../errors.ts'
import type { TypeOptions } from '../types/value-types.ts'
import type { FillValues } from './fill-values.ts'
import { CAN_WRITE_WORDS, type TextBlock } from './text-block.ts'
import type { BooleanVector, Float64Vector, Int32Vector, Int64Vector } from './vector.ts'

export function int64Filler(
  vector: Int64Vector,
  { int64 = 'bigint' }: TypeOptions,
  memory: { readonly block: TextBlock },
): FillValues {
  if (int64 === 'string' && CAN_WRITE_WORDS) return int64TextFiller(vector, memory.block)
  const { name, values, nulls } = vector
  if (int64 === 'bigint') {
    return (into, from, count) => {
      for (let row = 0; row < count; row++) {
        into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : values[from + row]
      }
    }
  }
  const convert = int64 === 'string' ? String : (value: bigint) => exactNumber(value, name)
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : convert(values[from + row]!)
    }
  }
}

function exactNumber(value: bigint, column: string): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new ValueRangeError(`column "${column}" has ${value}, which a number cannot represent exactly`)
}

function int64TextFiller({ received, nulls }: Int64Vector, block: TextBlock): FillValues {
  const { view, at } = received
  const { integers } = block
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      const place = at + (from + row) * 8
      integers.split(row, view.getInt32(place), view.getInt32(place + 4))
    }
    block.cut(into, from, count, integers.write(block, count, 0), nulls)
  }
}

export function int32Filler({ received, nulls }: Int32Vector): FillValues {
  const { view, at } = received
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : view.getInt32(at + (from + row) * 4)
    }
  }
}

export function float64Filler({ received, nulls }: Float64Vector, { float = 'number' }: TypeOptions): FillValues {
  const { view, at } = received
  if (float === 'tagged') {
    return (into, from, count) => {
      for (let row = 0; row < count; row++) {
        into[row] =
          nulls !== undefined && nulls[from + row] !== 0 ? null : tagged(view.getFloat64(at + (from + row) * 8))
      }
    }
  }
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : view.getFloat64(at + (from + row) * 8)
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
