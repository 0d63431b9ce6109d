import type { DuckDBDataChunk } from '@duckdb/node-api'
import type { EncodableColumn } from 'e6data-connector/wire'

/** Builds a column of a batch from DuckDB's vectors. */
export interface ColumnBuilder {
  /** Copies the rows `from` to `to` of a chunk, which may be freed afterwards. */
  append(chunk: DuckDBDataChunk, from: number, to: number): void
  /** Returns the column of all rows since the last call. The next `append` may overwrite it. */
  take(): EncodableColumn
  /** Approximate size of the rows, in bytes, which limits batches. */
  readonly byteLength: number
}
