import type { TypeName } from '../types/type-table.ts'

/** The values of a column to encode. A column marked `constant` needs only its first value. */
export type ColumnData =
  /** LONG */
  | { kind: 'int64'; values: BigInt64Array }
  /** INTEGER, INT, SHORT, BYTE */
  | { kind: 'int32'; values: Int32Array }
  /** DOUBLE */
  | { kind: 'float64'; values: Float64Array }
  /** FLOAT, sent as a double */
  | { kind: 'float32'; values: Float64Array | Float32Array }
  /** BOOLEAN: 0 or 1 per row */
  | { kind: 'boolean'; values: Uint8Array }
  /** STRING, CHAR, ARRAY, MAP, STRUCT; `null` entries are null regardless of `nulls` */
  | { kind: 'strings'; values: readonly (string | null)[] }
  /** BINARY; `null` entries are null regardless of `nulls` */
  | { kind: 'bytes'; values: readonly (Uint8Array | null)[] }
  /** STRING, CHAR, BINARY, ARRAY, MAP, STRUCT: one more offset than rows, into one run of bytes */
  | { kind: 'text'; offsets: Uint32Array; bytes: Uint8Array }
  /** DATE: microseconds since 1970-01-01 UTC, whole days */
  | { kind: 'date'; micros: BigInt64Array }
  /** DATETIME, TIMESTAMP, TIMESTAMP_TZ: microseconds since the epoch, UTC; a zone per row, or one for all */
  | { kind: 'timestamp'; micros: BigInt64Array; zones?: readonly string[] | string }
  /** INTERVAL_DAY_SECOND: microseconds */
  | { kind: 'interval'; micros: BigInt64Array }
  /** DECIMAL128: the value times 10^scale; `null` entries are null regardless of `nulls` */
  | { kind: 'decimal128'; unscaled: readonly (bigint | null)[]; scale: number }
  /** DECIMAL128 values that fit 64 bits, at a fraction of the cost */
  | { kind: 'decimal64'; unscaled: BigInt64Array; scale: number }
  /** NULL, or a column of any type with only nulls */
  | { kind: 'null' }

export interface EncodableColumn {
  type: TypeName
  data: ColumnData
  /** 1 = null, one entry per row; omitted when nothing is null. */
  nulls?: Uint8Array
  /** Whether one value, sent once, applies to all rows. @default false */
  constant?: boolean
  /** The vector's `zoneOffset`. @default '' */
  zone?: string
  /** The vector's `format`. @default '' */
  format?: string
}
