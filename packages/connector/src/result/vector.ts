import type { Zone } from '../types/zones.ts'
import type { ReceivedNumbers } from './received-numbers.ts'

/** The properties of every vector, which is one column of one batch. */
export interface VectorFacts {
  readonly name: string
  /** The type of the column, or of the vector if the two differ in more than name. */
  readonly type: string
  readonly rowCount: number
  /** Whether one value applies to all rows: `values`, `nulls` and the like then have one entry. */
  readonly constant: boolean
  /** One byte per row, 0 where there is a value; `undefined` when nothing is null. A view of the received bytes. */
  readonly nulls: Uint8Array | undefined
}

/** A LONG column. */
export interface Int64Vector extends VectorFacts {
  readonly kind: 'int64'
  /** @internal */
  readonly received: ReceivedNumbers
  /** The values. Like all arrays of numbers, this one is made on first use. */
  readonly values: BigInt64Array
}

/** An INTEGER, INT, SHORT or BYTE column. */
export interface Int32Vector extends VectorFacts {
  readonly kind: 'int32'
  /** @internal */
  readonly received: ReceivedNumbers
  readonly values: Int32Array
}

/** A DOUBLE or FLOAT column. */
export interface Float64Vector extends VectorFacts {
  readonly kind: 'float64'
  /** @internal */
  readonly received: ReceivedNumbers
  readonly values: Float64Array
}

/** A BOOLEAN column: 0 is false, anything else true. A view of the received bytes. */
export interface BooleanVector extends VectorFacts {
  readonly kind: 'boolean'
  readonly values: Uint8Array
}

/**
 * STRING and CHAR (`text`), ARRAY, MAP and STRUCT as JSON (`nested`), BINARY. Row `i` is
 * `bytes.subarray(starts[i], starts[i + 1] - 4)`: the length of each value precedes it.
 */
export interface TextVector extends VectorFacts {
  readonly kind: 'text' | 'nested' | 'binary'
  /** The received bytes. */
  readonly bytes: Uint8Array
  /** One more entry than there are values. */
  readonly starts: Uint32Array
}

/** DATE: microseconds since 1970-01-01 UTC. */
export interface DateVector extends VectorFacts {
  readonly kind: 'date'
  /** @internal */
  readonly received: ReceivedNumbers
  readonly micros: BigInt64Array
}

/** DATETIME and TIMESTAMP (always UTC), TIMESTAMP_TZ: microseconds since the epoch, UTC. */
export interface TimestampVector extends VectorFacts {
  readonly kind: 'timestamp'
  /** @internal */
  readonly received: ReceivedNumbers
  readonly micros: BigInt64Array
  /** The zones that occur. Row `i` has `zones[zoneIds[i]]`; without ids, all rows have the only zone. */
  readonly zones: readonly Zone[]
  readonly zoneIds: Uint16Array | undefined
}

/** INTERVAL_DAY_SECOND: microseconds. */
export interface IntervalVector extends VectorFacts {
  readonly kind: 'interval'
  /** @internal */
  readonly received: ReceivedNumbers
  readonly micros: BigInt64Array
}

/** DECIMAL128: big-endian two's complement integers over 10^scale. */
export interface DecimalVector extends VectorFacts {
  readonly kind: 'decimal'
  /** The received bytes. */
  readonly bytes: Uint8Array
  /** The offset of the first integer, when all have sixteen bytes; the others follow every twenty bytes. */
  readonly at: number
  /** The offset of each integer in the layout of {@link TextVector}, when they differ in length. */
  readonly starts: Uint32Array | undefined
  readonly scale: number
}

/** NULL, or a column of another type in which every row of the batch is null. */
export interface NullVector extends VectorFacts {
  readonly kind: 'null'
}

/** A column of a batch, discriminated by `kind`. */
export type Vector =
  | Int64Vector
  | Int32Vector
  | Float64Vector
  | BooleanVector
  | TextVector
  | DateVector
  | TimestampVector
  | IntervalVector
  | DecimalVector
  | NullVector

/** Returns whether a row is null. */
export function isNull(vector: Vector, row: number): boolean {
  if (vector.kind === 'null') return true
  return vector.nulls !== undefined && vector.nulls[vector.constant ? 0 : row] !== 0
}
