import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api'
import type { EncodableColumn } from 'e6data-connector/wire'
import type { ColumnBuilder } from './column-builder.ts'

/** Columns that travel as text and are written value by value: nested ones as JSON, rare ones as DuckDB spells them. */
export class ValueColumn implements ColumnBuilder {
  #texts: (string | null)[] = []
  #characters = 0

  constructor(
    private readonly type: EncodableColumn['type'],
    private readonly write: (value: DuckDBValue) => string,
    private readonly columnIndex: number,
  ) {}

  get byteLength(): number {
    return this.#characters + this.#texts.length * 4
  }

  append(chunk: DuckDBDataChunk, from: number, to: number): void {
    const vector = chunk.getColumnVector(this.columnIndex)
    for (let row = from; row < to; row++) {
      const value = vector.getItem(row)
      const text = value === null ? null : this.write(value)
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

/** A column of type NULL: it has rows and no values. */
export class NullColumn implements ColumnBuilder {
  readonly byteLength = 0

  append(): void {
    // Nothing to gather: the batch's row count says it all.
  }

  take(): EncodableColumn {
    return { type: 'NULL', data: { kind: 'null' }, constant: true }
  }
}

/** Timestamps that carry a zone each: a STRUCT of `instant` (timestamp with time zone) and `zone` (text). */
export class ZonedColumn implements ColumnBuilder {
  #micros: bigint[] = []
  #zones: string[] = []
  #nulls: number[] = []

  constructor(
    private readonly read: (value: DuckDBValue) => { micros: bigint; zone: string } | null,
    private readonly columnIndex: number,
  ) {}

  get byteLength(): number {
    return this.#micros.length * 16
  }

  append(chunk: DuckDBDataChunk, from: number, to: number): void {
    const vector = chunk.getColumnVector(this.columnIndex)
    for (let row = from; row < to; row++) {
      const value = vector.getItem(row)
      const zoned = value === null ? null : this.read(value)
      if (zoned === null) this.#nulls.push(this.#micros.length)
      this.#micros.push(zoned?.micros ?? 0n)
      this.#zones.push(zoned?.zone ?? 'Z')
    }
  }

  take(): EncodableColumn {
    const rows = this.#micros.length
    const data = { kind: 'timestamp', micros: BigInt64Array.from(this.#micros), zones: this.#zones } as const
    const nulls = new Uint8Array(rows)
    for (const row of this.#nulls) nulls[row] = 1
    const nullCount = this.#nulls.length
    this.#micros = []
    this.#zones = []
    this.#nulls = []
    if (nullCount === rows) return { type: 'TIMESTAMP_TZ', data: { kind: 'null' }, constant: true }
    return nullCount === 0 ? { type: 'TIMESTAMP_TZ', data } : { type: 'TIMESTAMP_TZ', data, nulls }
  }
}
