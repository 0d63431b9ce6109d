import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api'
import { encodeChunk } from 'e6data-connector/wire'
import type { ColumnBuilder } from './column-builder.ts'
import { columnBuilder } from './engine-types.ts'

export interface BatchOptions {
  /** Maximum number of rows in a batch. */
  batchRows: number
  /** Approximate maximum size of a batch, in bytes. */
  batchBytes: number
  /** The zone of timestamps with time zone. */
  timeZone: string
}

/** One encoded batch, as `getNextResultBatch` sends it. */
export interface Batch {
  bytes: Uint8Array
  rowCount: number
}

/** Returns the next chunk of rows; `undefined` at the end. */
export type ChunkSource = () => Promise<DuckDBDataChunk | undefined>

/** Encodes DuckDB's chunks as batches, with one batch and one chunk in memory. */
export class BatchStream {
  readonly #columns: ColumnBuilder[]
  #chunk: DuckDBDataChunk | undefined
  #chunkRow = 0

  constructor(
    types: readonly DuckDBType[],
    private readonly options: BatchOptions,
    private readonly source: ChunkSource,
  ) {
    this.#columns = types.map((type, index) => columnBuilder(type, index, options.batchRows, options.timeZone))
  }

  /** The next batch, or `undefined` when there are no more rows. */
  async next(): Promise<Batch | undefined> {
    let rowCount = 0
    while (rowCount < this.options.batchRows && this.#gatheredBytes() < this.options.batchBytes) {
      this.#chunk ??= await this.source()
      if (this.#chunk === undefined) break
      rowCount += this.#takeFrom(this.#chunk, this.options.batchRows - rowCount)
    }
    if (rowCount === 0) return undefined
    return {
      bytes: encodeChunk(
        this.#columns.map((column) => column.take()),
        rowCount,
      ),
      rowCount,
    }
  }

  #gatheredBytes(): number {
    let bytes = 0
    for (const column of this.#columns) bytes += column.byteLength
    return bytes
  }

  #takeFrom(chunk: DuckDBDataChunk, room: number): number {
    const from = this.#chunkRow
    const to = Math.min(chunk.rowCount, from + room)
    for (const column of this.#columns) column.append(chunk, from, to)
    this.#chunkRow = to
    if (to === chunk.rowCount) {
      this.#chunk = undefined
      this.#chunkRow = 0
    }
    return to - from
  }
}
