import { ValueRangeError } from '../errors.ts'
import { FURTHEST_DATE_MILLIS } from '../types/date.ts'
import { microsOfSecond, secondsOf } from '../types/timestamp.ts'
import type { TypeOptions } from '../types/value-types.ts'
import type { DateTexts } from './date-texts.ts'
import type { FillValues } from './fill-values.ts'
import {
  areOffsetsEven,
  EVEN_TIMESTAMPS,
  findCivils,
  findOffsets,
  splitDays,
  splitInstants,
  writeEvenTimestamps,
  writeTimestamps,
} from './instant-block.ts'
import type { TextBlock } from './text-block.ts'
import type { DateVector, IntervalVector, TimestampVector } from './vector.ts'

export function dateFiller(
  vector: DateVector,
  { date = 'string' }: TypeOptions,
  block: TextBlock,
  texts: DateTexts,
): FillValues {
  if (date !== 'string') return instantFiller(vector, date)
  const { nulls } = vector
  const { view, at } = vector.received
  return (into, from, count) => {
    splitDays(block, view, at, from, count)
    texts.fill(block, into, from, count, nulls)
  }
}

export function timestampFiller(
  vector: TimestampVector,
  { timestamp = 'string' }: TypeOptions,
  block: TextBlock,
): FillValues {
  if (timestamp !== 'string') return instantFiller(vector, timestamp)
  const { nulls } = vector
  const { view, at } = vector.received
  return (into, from, count) => {
    findOffsets(block, vector, from, count)
    splitInstants(block, view, at, from, count)
    if (findCivils(block, count) && areOffsetsEven(block, count)) {
      writeEvenTimestamps(block, count)
      block.cutEven(into, from, count, EVEN_TIMESTAMPS, nulls)
    } else {
      block.cut(into, from, count, writeTimestamps(block, count), nulls)
    }
  }
}

/** The microseconds as received, and `null`. */
export function microsFiller({ micros, nulls }: TimestampVector | DateVector | IntervalVector): FillValues {
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      into[row] = nulls !== undefined && nulls[from + row] !== 0 ? null : micros[from + row]
    }
  }
}

function instantFiller(vector: DateVector | TimestampVector, as: 'date' | 'micros'): FillValues {
  const { name, nulls } = vector
  if (as === 'micros') return microsFiller(vector)
  const { view, at } = vector.received
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      const place = at + (from + row) * 8
      into[row] =
        nulls !== undefined && nulls[from + row] !== 0
          ? null
          : dateOf(view.getInt32(place), view.getInt32(place + 4), name)
    }
  }
}

function dateOf(high: number, low: number, column: string): Date {
  const millis = secondsOf(high, low) * 1000 + Math.floor(microsOfSecond(high, low) / 1000)
  if (Math.abs(millis) <= FURTHEST_DATE_MILLIS) return new Date(millis)
  throw new ValueRangeError(`column "${column}" has an instant beyond the range of Date; read it as string or micros`)
}
