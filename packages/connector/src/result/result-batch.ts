import { UsageError } from '../errors.ts'
import { type ArrayRow, JSON_TYPES, type ObjectRow, type TypeOptions } from '../types/value-types.ts'
import { columnNames } from './column-names.ts'
import type { Field } from './field.ts'
import { rowValues } from './row-values.ts'
import type { Vector } from './vector.ts'

export type RowShape = 'object' | 'array'

export interface RowOptions {
  /** Rows as objects by column name, or as arrays in the order of the columns. @default 'object' */
  readonly rowShape?: RowShape
  readonly types?: TypeOptions
}

type TypesOf<O extends RowOptions> = O['types'] extends TypeOptions ? O['types'] : Record<never, never>

/** The rows that options ask for. */
export type Row<O extends RowOptions> = O['rowShape'] extends 'array' ? ArrayRow<TypesOf<O>> : ObjectRow<TypesOf<O>>

/** The values of one column of a batch; see {@link ResultBatch.column}. */
export type ColumnValues =
  | BigInt64Array
  | Int32Array
  | Float64Array
  | Uint8Array
  | readonly (string | null)[]
  | readonly (Uint8Array | null)[]
  | readonly null[]

/** One batch of a result, as columns. Rows are made only when asked for. */
export class ResultBatch {
  /** The names columns go by in rows and in {@link column}: the fields' names, with repeated ones numbered. */
  readonly names: readonly string[]

  constructor(
    readonly fields: readonly Field[],
    readonly vectors: readonly Vector[],
    readonly rowCount: number,
    /** Bytes received for this batch. */
    readonly byteLength: number,
  ) {
    this.names = columnNames(fields)
  }

  /**
   * A column with its nulls, as it was decoded.
   * @throws UsageError when there is no such column.
   */
  vector(column: string | number): Vector {
    const index = typeof column === 'number' ? column : this.names.indexOf(column)
    const vector = this.vectors[index]
    if (vector === undefined) throw new UsageError(`there is no column ${JSON.stringify(column)} in this result`)
    return vector
  }

  /**
   * The values of a column, one for each row: LONG `BigInt64Array`; INTEGER, INT, SHORT, BYTE `Int32Array`; DOUBLE, FLOAT
   * `Float64Array`; BOOLEAN `Uint8Array` of 0 and 1; DATE, DATETIME, TIMESTAMP, TIMESTAMP_TZ `BigInt64Array` of microseconds
   * since the epoch; STRING, CHAR, ARRAY, MAP, STRUCT, DECIMAL128 strings; BINARY `Uint8Array`s. In an array of numbers a null
   * is whatever the engine sent, mostly 0: see {@link vector} and `isNull`. Everywhere else it is `null`.
   * @throws UsageError when there is no such column.
   */
  column(column: string | number): ColumnValues {
    const vector = this.vector(column)
    switch (vector.kind) {
      case 'int64':
        return vector.constant ? new BigInt64Array(this.rowCount).fill(vector.values[0]!) : vector.values
      case 'int32':
        return vector.constant ? new Int32Array(this.rowCount).fill(vector.values[0]!) : vector.values
      case 'float64':
        return vector.constant ? new Float64Array(this.rowCount).fill(vector.values[0]!) : vector.values
      case 'boolean':
        return vector.constant ? new Uint8Array(this.rowCount).fill(vector.values[0]!) : vector.values
      case 'date':
      case 'timestamp':
        return vector.constant ? new BigInt64Array(this.rowCount).fill(vector.micros[0]!) : vector.micros
      default:
        return rowValues(vector, {}, 0, this.rowCount) as (string | null)[]
    }
  }

  /**
   * All rows of the batch.
   * @throws ValueRangeError when `types` asks for a JavaScript type that can't hold a value.
   */
  toRows<const O extends RowOptions = Record<never, never>>(options?: O): Row<O>[] {
    const types = options?.types ?? {}
    const columns = this.vectors.map((vector) => rowValues(vector, types, 0, this.rowCount))
    const asArray = options?.rowShape === 'array'
    const rows: unknown[] = []
    for (let row = 0; row < this.rowCount; row++) {
      if (asArray) rows.push(columns.map((values) => values[row]))
      else rows.push(Object.fromEntries(this.names.map((name, index) => [name, columns[index]![row]])))
    }
    return rows as Row<O>[]
  }

  /** All rows of the batch, as values that `JSON.stringify` takes and loses nothing of; see `JSON_TYPES`. */
  toJsonRows<const O extends Pick<RowOptions, 'rowShape'>>(options?: O): Row<O & { types: typeof JSON_TYPES }>[] {
    return this.toRows({ ...options, types: JSON_TYPES }) as Row<O & { types: typeof JSON_TYPES }>[]
  }
}
