import { ValueRangeError } from '../errors.ts'
import { dateText, daysOfMicros, FURTHEST_DATE_MILLIS } from '../types/date.ts'
import { decimalText, integerFromBytes } from '../types/decimal.ts'
import { floorDivide, timestampText } from '../types/timestamp.ts'
import type { TypeOptions } from '../types/value-types.ts'
import { bufferOf } from './byte-order.ts'
import { parseNested } from './nested-json.ts'
import { isNull, type Vector } from './vector.ts'

/** Makes the JavaScript values of rows `from` to `to` of a vector, nulls included. */
export function rowValues(vector: Vector, options: TypeOptions, from: number, to: number): unknown[] {
  const read = valueReader(vector, options)
  const values: unknown[] = new Array(to - from)
  for (let row = from; row < to; row++)
    values[row - from] = isNull(vector, row) ? null : read(vector.constant ? 0 : row)
  return values
}

function valueReader(vector: Vector, options: TypeOptions): (index: number) => unknown {
  switch (vector.kind) {
    case 'int64':
      return int64Reader(vector.values, vector.name, options.int64 ?? 'bigint')
    case 'int32':
      return (index) => vector.values[index]
    case 'float64':
      return options.float === 'tagged' ? (index) => tagged(vector.values[index]!) : (index) => vector.values[index]
    case 'boolean':
      return (index) => vector.values[index] !== 0
    case 'date':
      return instantReader(vector.micros, vector.name, options.date ?? 'string', (micros) =>
        dateText(daysOfMicros(micros)),
      )
    case 'timestamp':
      return instantReader(vector.micros, vector.name, options.timestamp ?? 'string', (micros, index) =>
        timestampText(micros, vector.zones[vector.zoneIds?.[index] ?? 0]!),
      )
    case 'decimal': {
      const asNumber = options.decimal === 'number'
      return (index) => {
        const unscaled = integerFromBytes(vector.bytes, vector.starts[index]!, vector.starts[index + 1]! - 4)
        const text = decimalText(unscaled, vector.scale)
        return asNumber ? Number(text) : text
      }
    }
    case 'null':
      return () => null
    default: {
      const bytes = bufferOf(vector.bytes)
      const { starts } = vector
      if (vector.kind === 'binary') {
        const encoding = options.binary ?? 'bytes'
        return (index) => {
          const from = starts[index]!
          const to = starts[index + 1]! - 4
          return encoding === 'bytes'
            ? Uint8Array.prototype.slice.call(bytes, from, to)
            : bytes.toString(encoding, from, to)
        }
      }
      if (vector.kind === 'nested' && options.nested === 'parsed') {
        return (index) =>
          parseNested(bytes.toString('utf8', starts[index]!, starts[index + 1]! - 4), options.int64 ?? 'bigint')
      }
      return (index) => bytes.toString('utf8', starts[index]!, starts[index + 1]! - 4)
    }
  }
}

function int64Reader(
  values: BigInt64Array,
  name: string,
  as: 'bigint' | 'number' | 'string',
): (index: number) => unknown {
  if (as === 'bigint') return (index) => values[index]
  if (as === 'string') return (index) => String(values[index])
  return (index) => {
    const value = Number(values[index])
    if (!Number.isSafeInteger(value)) {
      throw new ValueRangeError(`column "${name}" holds ${values[index]}, which a number can't hold exactly`)
    }
    return value
  }
}

function instantReader(
  micros: BigInt64Array,
  name: string,
  as: 'string' | 'date' | 'micros',
  text: (micros: bigint, index: number) => string,
): (index: number) => unknown {
  if (as === 'micros') return (index) => micros[index]
  if (as === 'string') return (index) => text(micros[index]!, index)
  return (index) => {
    const millis = Number(floorDivide(micros[index]!, 1000n))
    if (Math.abs(millis) > FURTHEST_DATE_MILLIS) {
      throw new ValueRangeError(`column "${name}" holds an instant beyond the range of Date`)
    }
    return new Date(millis)
  }
}

function tagged(value: number): number | string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : value
  return String(value)
}
