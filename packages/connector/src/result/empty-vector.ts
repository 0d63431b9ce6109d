import type { Family } from '../types/type-table.ts'
import {
  DateNumberVector,
  Float64NumberVector,
  Int32NumberVector,
  Int64NumberVector,
  IntervalNumberVector,
  TimestampNumberVector,
} from './number-vectors.ts'
import { ReceivedNumbers } from './received-numbers.ts'
import type { Vector } from './vector.ts'
import { UTC_ONLY } from './zone-column.ts'

/** Returns a vector of the type in the metadata, for a batch without rows. */
export function emptyVector(family: Family, name: string, type: string): Vector {
  const facts = { name, type, rowCount: 0, constant: false, nulls: undefined }
  const bytes = new Uint8Array(0)
  const starts = new Uint32Array(1).fill(4)
  const none = new ReceivedNumbers(new DataView(bytes.buffer), 0, 0)
  switch (family) {
    case 'int64':
      return new Int64NumberVector(facts, none)
    case 'int32':
      return new Int32NumberVector(facts, none)
    case 'float64':
      return new Float64NumberVector(facts, none)
    case 'boolean':
      return { kind: family, ...facts, values: bytes }
    case 'text':
    case 'nested':
    case 'binary':
      return { kind: family, ...facts, bytes, starts }
    case 'date':
      return new DateNumberVector(facts, none)
    case 'timestamp':
    case 'timestamp-tz':
      return new TimestampNumberVector(facts, none, UTC_ONLY)
    case 'interval':
      return new IntervalNumberVector(facts, none)
    case 'decimal':
      return { kind: family, ...facts, bytes, at: 0, starts, scale: 0 }
    case 'null':
      return { kind: family, ...facts }
  }
}
