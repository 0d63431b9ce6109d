import type { DuckDBDataChunk } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { ColumnData, EncodableColumn } from 'e6data-connector/wire'
import type { ColumnBuilder } from './column-builder.ts'
import { NullSet } from './null-set.ts'
import { repeatsItself } from './repeating-bytes.ts'

/** The typed arrays that hold a batch's values of fixed width. */
type Values = Int32Array | BigInt64Array | Float64Array | Uint8Array

/** The memory layout of a DuckDB type, and its conversion to the wire. */
export interface FixedLayout<Target extends Values> {
  type: EncodableColumn['type']
  /** Bytes of one value in DuckDB's vector. */
  width: number
  allocate(rows: number): Target
  /** Copies the values of the rows `from` to `to` of a vector's memory into `target` at `at`. */
  copy(memory: Uint8Array, from: number, to: number, target: Target, at: number): void
  wrap(values: Target): ColumnData
}

/** A column of values of fixed width. */
export class FixedColumn<Target extends Values> implements ColumnBuilder {
  readonly #values: Target
  readonly #nulls: NullSet
  #rows = 0

  constructor(
    private readonly layout: FixedLayout<Target>,
    private readonly columnIndex: number,
    capacity: number,
  ) {
    this.#values = layout.allocate(capacity)
    this.#nulls = new NullSet(capacity)
  }

  get byteLength(): number {
    return this.#rows * this.#values.BYTES_PER_ELEMENT
  }

  append(chunk: DuckDBDataChunk, from: number, to: number): void {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, this.columnIndex)
    const memory = duckdb.vector_get_data(vector, to * this.layout.width)
    this.layout.copy(memory, from, to, this.#values, this.#rows)
    this.#nulls.append(vector, from, to, this.#rows)
    this.#rows += to - from
  }

  take(): EncodableColumn {
    const rows = this.#rows
    const values = this.#values.subarray(0, rows) as Target
    const { flags, count } = this.#nulls.take(rows)
    this.#rows = 0
    const { type } = this.layout
    if (count === rows) return { type, data: { kind: 'null' }, constant: true }
    const data = this.layout.wrap(values)
    if (flags !== undefined) return { type, data, nulls: flags }
    const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } = values
    const bytes = new Uint8Array(buffer, byteOffset, byteLength)
    return { type, data, constant: rows > 1 && repeatsItself(bytes, BYTES_PER_ELEMENT) }
  }
}
