import type { DuckDBDataChunk } from '@duckdb/node-api'
import type { EncodableColumn } from 'e6data-connector/wire'

/** Gathers one column of a batch from the vectors that DuckDB hands out. */
export interface ColumnBuilder {
  /** Takes over the rows `from` to `to` of a chunk. The chunk may be freed afterwards. */
  append(chunk: DuckDBDataChunk, from: number, to: number): void
  /** The column of all rows taken over since the last call. It may be overwritten by the next `append`. */
  take(): EncodableColumn
  /** Bytes the gathered rows take, roughly; batches are cut by it. */
  readonly byteLength: number
}
