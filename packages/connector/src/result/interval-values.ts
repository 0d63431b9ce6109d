import { durationText } from '../types/duration.ts'
import { microsOfSecond, secondsOf } from '../types/timestamp.ts'
import type { TypeOptions } from '../types/value-types.ts'
import type { FillValues } from './fill-values.ts'
import { microsFiller } from './temporal-values.ts'
import type { IntervalVector } from './vector.ts'

const MICROS_BYTES = 8

export function intervalFiller(vector: IntervalVector, { interval = 'iso' }: TypeOptions): FillValues {
  const { nulls } = vector
  if (interval === 'micros') return microsFiller(vector)
  const { view, at } = vector.received
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      if (nulls !== undefined && nulls[from + row] !== 0) {
        into[row] = null
        continue
      }
      const place = at + (from + row) * MICROS_BYTES
      const [high, low] = [view.getInt32(place), view.getInt32(place + 4)]
      into[row] = durationText(secondsOf(high, low), microsOfSecond(high, low))
    }
  }
}
