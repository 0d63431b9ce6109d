import type { TypeOptions } from '../types/value-types.ts'
import { decimalFiller } from './decimal-values.ts'
import type { FillValues } from './fill-values.ts'
import { intervalFiller } from './interval-values.ts'
import { booleanFiller, float64Filler, int32Filler, int64Filler } from './number-values.ts'
import type { ResultSchema } from './result-schema.ts'
import { dateFiller, timestampFiller } from './temporal-values.ts'
import { textFiller } from './text-values.ts'
import type { Vector } from './vector.ts'

/** Chooses once, from the vector and the options, how values are made; at most `BLOCK_ROWS` at a time. */
export function valueFiller(vector: Vector, options: TypeOptions, schema: ResultSchema): FillValues {
  if (vector.kind === 'null') return (into, _from, count) => void into.fill(null, 0, count)
  const fill = fillerOf(vector, options, schema)
  return vector.constant ? constantFiller(fill) : fill
}

function fillerOf(vector: Exclude<Vector, { kind: 'null' }>, options: TypeOptions, schema: ResultSchema): FillValues {
  switch (vector.kind) {
    case 'int64':
      return int64Filler(vector, options, schema)
    case 'int32':
      return int32Filler(vector)
    case 'float64':
      return float64Filler(vector, options)
    case 'boolean':
      return booleanFiller(vector)
    case 'text':
    case 'nested':
    case 'binary':
      return textFiller(vector, options)
    case 'date':
      return dateFiller(vector, options, schema.block, schema.dates)
    case 'timestamp':
      return timestampFiller(vector, options, schema.block)
    case 'interval':
      return intervalFiller(vector, options)
    case 'decimal':
      return decimalFiller(vector, options, schema.block)
  }
}

/** Rows share an immutable constant; otherwise each row gets its own object. */
function constantFiller(fill: FillValues): FillValues {
  const one: unknown[] = []
  return (into, _from, count) => {
    for (let row = 0; row < count; row++) {
      fill(one, 0, 1)
      if (typeof one[0] !== 'object' || one[0] === null) return void into.fill(one[0], row, count)
      into[row] = one[0]
    }
  }
}
