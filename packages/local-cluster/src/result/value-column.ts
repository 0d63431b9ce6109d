import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { EncodableColumn } from 'e6data-connector/wire'
import type { ColumnBuilder } from './column-builder.ts'
import { leafText } from './leaf-json.ts'
import { jsonReader } from './nested-json.ts'
import { isValid, validityOf } from './validity.ts'

/** Returns the string of each row of a chunk's column. */
type TextReader = (chunk: DuckDBDataChunk, columnIndex: number) => (row: number) => string | null

/** Nested values, as JSON. */
export function nestedText(type: DuckDBType): TextReader {
  return (chunk, columnIndex) => {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, columnIndex)
    const validity = validityOf(vector, chunk.rowCount)
    const json = jsonReader(type, vector, chunk.rowCount)
    return (row) => (isValid(validity, row) ? json(row) : null)
  }
}

/** Values of rare types, as DuckDB writes them. */
export const spelledText: TextReader = (chunk, columnIndex) => {
  const vector = chunk.getColumnVector(columnIndex)
  return (row) => {
    const value = vector.getItem(row)
    return value === null ? null : leafText(value)
  }
}

/** Columns that are sent as strings and written value by value. */
export class ValueColumn implements ColumnBuilder {
  #texts: (string | null)[] = []
  #characters = 0

  constructor(
    private readonly type: EncodableColumn['type'],
    private readonly reader: TextReader,
    private readonly columnIndex: number,
  ) {}

  get byteLength(): number {
    return this.#characters + this.#texts.length * 4
  }

  append(chunk: DuckDBDataChunk, from: number, to: number): void {
    const textAt = this.reader(chunk, this.columnIndex)
    for (let row = from; row < to; row++) {
      const text = textAt(row)
      this.#characters += text?.length ?? 0
      this.#texts.push(text)
    }
  }

  take(): EncodableColumn {
    const values = this.#texts
    this.#texts = []
    this.#characters = 0
    if (values.every((value) => value === null)) return { type: this.type, data: { kind: 'null' }, constant: true }
    const constant = values.length > 1 && values.every((value) => value === values[0])
    return { type: this.type, data: { kind: 'strings', values }, constant }
  }
}

/** A column of type NULL, without values. */
export class NullColumn implements ColumnBuilder {
  readonly byteLength = 0

  append(): void {
    // The batch's row count is enough.
  }

  take(): EncodableColumn {
    return { type: 'NULL', data: { kind: 'null' }, constant: true }
  }
}
