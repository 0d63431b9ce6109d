import { UsageError } from '../errors.ts'
import {
  type ArrayRow,
  JSON_TYPES,
  type ObjectRow,
  type RowShape,
  type TypeOptions,
  type TypesOf,
} from '../types/value-types.ts'
import { BlockIterator, type MakeRows } from './block-iterator.ts'
import type { Field } from './field.ts'
import type { ResultSchema } from './result-schema.ts'
import type { AssembleRows } from './row-assembly.ts'
import { BLOCK_ROWS } from './text-block.ts'
import { valueFiller } from './value-filler.ts'
import type { BooleanVector, Vector } from './vector.ts'

export interface RowOptions {
  /** Whether rows are objects keyed by column name, or arrays in column order. @default 'object' */
  readonly rowShape?: RowShape
  readonly types?: TypeOptions
  /** The first row to return. @default 0 */
  readonly from?: number
  /** The row after the last one to return. @default all rows */
  readonly to?: number
}

/** The row type for the given options. */
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

/**
 * One batch of a result, stored as columns. Rows are made only on demand. Callers that are done with a batch may
 * {@link release} it, or declare it with `using`; keeping or dropping a batch is also correct.
 */
export class ResultBatch implements Disposable {
  private held: readonly Vector[] | undefined

  /**
   * @internal
   * @param onRelease called once, when the memory behind the vectors is no longer needed
   */
  constructor(
    private readonly schema: ResultSchema,
    vectors: readonly Vector[],
    readonly rowCount: number,
    /** The number of bytes received for this batch. */
    readonly byteLength: number,
    private readonly onRelease: () => void = () => undefined,
  ) {
    this.held = vectors
  }

  /**
   * The columns as decoded, with their nulls.
   * @throws UsageError when the batch was released.
   */
  get vectors(): readonly Vector[] {
    if (!this.held) throw new UsageError('the batch was released and can no longer be read')
    return this.held
  }

  get fields(): readonly Field[] {
    return this.schema.fields
  }

  /** The column names used in rows and by {@link column}: the fields' names, with repeated ones numbered. */
  get names(): readonly string[] {
    return this.schema.names
  }

  /**
   * Returns a column as decoded, with its nulls.
   * @throws UsageError when there is no such column, or the batch was released.
   */
  vector(column: string | number): Vector {
    const index = typeof column === 'number' ? column : this.names.indexOf(column)
    const vector = this.vectors[index]
    if (vector === undefined) throw new UsageError(`this result has no column ${JSON.stringify(column)}`)
    return vector
  }

  /**
   * Returns the values of a column, one per row: LONG `BigInt64Array`; INTEGER, INT, SHORT, BYTE `Int32Array`; DOUBLE,
   * FLOAT `Float64Array`; BOOLEAN `Uint8Array` of 0 and 1; DATE, DATETIME, TIMESTAMP, TIMESTAMP_TZ `BigInt64Array` of
   * microseconds since the epoch; INTERVAL_DAY_SECOND `BigInt64Array` of microseconds; STRING, CHAR, ARRAY, MAP,
   * STRUCT, DECIMAL128 strings; BINARY `Uint8Array`s. In an array of numbers a null has the value that the engine sent,
   * usually 0: see {@link vector} and `isNull`. In other arrays it is `null`.
   * @throws UsageError when there is no such column, or the batch was released.
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
        return this.booleansOf(vector)
      case 'date':
      case 'timestamp':
      case 'interval':
        return vector.constant ? new BigInt64Array(this.rowCount).fill(vector.micros[0]!) : vector.micros
      default:
        return this.valuesOf(vector)
    }
  }

  /**
   * Returns the rows of the batch, or those from `from` up to but excluding `to`.
   * @throws UsageError when the batch was released.
   * @throws ValueRangeError when `types` asks for a JavaScript type that cannot represent a value.
   * @throws DecodeError when a nested value to be parsed is not JSON.
   */
  toRows<const O extends RowOptions = Record<never, never>>(options?: O): Row<O>[] {
    const [from, to] = this.range(options)
    const rows: Row<O>[] = new Array(to - from)
    const make = this.rowMaker(to - from, options, (count) => this.schema.keptObjects(count))
    for (let at = from; at < to; at += BLOCK_ROWS) make(rows, at - from, at, Math.min(BLOCK_ROWS, to - at))
    return rows
  }

  /**
   * Iterates over the same rows, made a few hundred at a time. Callers that do not keep the rows need less memory and
   * less time.
   */
  rows<const O extends RowOptions = Record<never, never>>(options?: O): IterableIterator<Row<O>> {
    const [from, to] = this.range(options)
    const make = this.rowMaker(to - from, options, (count) => this.schema.rows.objects(count))
    return new BlockIterator<Row<O>>(make, from, to)
  }

  /** Returns the rows of the batch with values that `JSON.stringify` writes without loss; see `JSON_TYPES`. */
  toJsonRows<const O extends Pick<RowOptions, 'rowShape'>>(options?: O): Row<O & { types: typeof JSON_TYPES }>[] {
    return this.toRows({ ...options, types: JSON_TYPES }) as unknown as Row<O & { types: typeof JSON_TYPES }>[]
  }

  /**
   * Releases the received message. With `transportThread` its memory is free immediately; otherwise it may stay until a
   * collection of the whole heap. Rows and values returned by {@link column} stay valid. The vectors refer to that
   * memory and must not be used any more, and the batch can no longer be read. A second call has no effect.
   */
  release(): void {
    if (!this.held) return
    this.held = undefined
    this.onRelease()
  }

  [Symbol.dispose](): void {
    this.release()
  }

  private booleansOf({ values, constant }: BooleanVector): Uint8Array {
    const booleans = new Uint8Array(this.rowCount)
    for (let row = 0; row < booleans.length; row++) booleans[row] = values[constant ? 0 : row] === 0 ? 0 : 1
    return booleans
  }

  private range({ from = 0, to = this.rowCount }: RowOptions = {}): [from: number, to: number] {
    const first = Math.min(Math.max(from, 0), this.rowCount)
    return [first, Math.min(Math.max(to, first), this.rowCount)]
  }

  /** Chooses once how rows are made. */
  private rowMaker(
    rowCount: number,
    { rowShape = 'object', types = {} }: RowOptions = {},
    objects: (count: number) => AssembleRows,
  ): MakeRows {
    const { schema } = this
    const fills = this.vectors.map((vector) => valueFiller(vector, types, schema))
    const columns = fills.map((): unknown[] => new Array(Math.min(BLOCK_ROWS, rowCount)))
    const assemble = rowShape === 'array' ? schema.rows.arrays() : objects(rowCount)
    return (rows, at, from, count) => {
      void this.vectors // throws if the batch was released in the meantime
      for (let column = 0; column < fills.length; column++) fills[column]!(columns[column]!, from, count)
      assemble(rows, at, columns, count)
    }
  }

  private valuesOf(vector: Vector): (string | null)[] {
    const fill = valueFiller(vector, {}, this.schema)
    const values: (string | null)[] = new Array(this.rowCount)
    const block: unknown[] = []
    for (let at = 0; at < values.length; at += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, values.length - at)
      fill(block, at, count)
      for (let row = 0; row < count; row++) values[at + row] = block[row] as string | null
    }
    return values
  }
}
