import type { Readable } from 'node:stream'
import type { Field } from '../result/field.ts'
import type { ResultBatch, RowOptions } from '../result/result-batch.ts'
import { JSON_TYPES } from '../types/value-types.ts'
import {
  type CsvExportOptions,
  csvStream,
  type ExportStream,
  type ExportStreamOptions,
  type NdjsonExportOptions,
  ndjsonStream,
  parquetStream,
} from './export-stream.ts'
import { RowIterator, type STARTED } from './row-iterator.ts'
import { RowReadable } from './row-readable.ts'

/** The forms in which a result can be read as it arrives, built from its batches. */
export abstract class ResultStream<Row> implements AsyncIterable<Row> {
  /** The result's columns, available once the query runs. */
  abstract get fields(): readonly Field[] | undefined

  /** Yields the result batch by batch, as columns: the fastest way to read. */
  abstract batches(): AsyncGenerator<ResultBatch, void, undefined>

  /**
   * @internal Yields `STARTED` and then the batches. At `STARTED` the query runs and reads ahead, but nothing was
   * handed over.
   */
  abstract startedBatches(): AsyncGenerator<ResultBatch | typeof STARTED, void, undefined>

  /** @internal The rows of a batch in the form that the caller requested. */
  abstract rowsOf(batch: ResultBatch): IterableIterator<Row, undefined>

  /** Iterates over the rows. */
  [Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    return new RowIterator(this.batches(), (batch) => this.rowsOf(batch))
  }

  /** Iterates over rows that `JSON.stringify` writes without loss. */
  json(options: Pick<RowOptions, 'rowShape'> = {}): AsyncGenerator<unknown, void, undefined> {
    return new RowIterator<unknown>(this.batches(), (batch) => batch.rows({ ...options, types: JSON_TYPES }))
  }

  /**
   * Returns the result as CSV (RFC 4180 with LF): a Node stream of bytes, or a web stream with `stream: 'web'`. NULL is
   * an empty field and an empty string is `""`. Uses the memory of one batch, whatever the size of the result.
   */
  toCsv<const Options extends CsvExportOptions = Record<never, never>>(options?: Options): ExportStream<Options> {
    return csvStream(this, options ?? ({} as Options))
  }

  /**
   * Returns the result as one JSON object per line: a Node stream of bytes, or a web stream with `stream: 'web'`.
   * 64-bit integers and decimals are strings, so no reader rounds them, unless `numbers` is set; ARRAY, MAP and STRUCT
   * are JSON. Uses the memory of one batch.
   */
  toNdjson<const Options extends NdjsonExportOptions = Record<never, never>>(options?: Options): ExportStream<Options> {
    return ndjsonStream(this, options ?? ({} as Options))
  }

  /**
   * Returns the result as a Parquet file: a Node stream of bytes, or a web stream with `stream: 'web'`. Needs the
   * optional peer `hyparquet-writer`; without it the stream fails with a `UsageError`. Uses the memory of one row group
   * (at most 65 536 rows or 16 MiB of received data) and one batch.
   */
  toParquet<const Options extends ExportStreamOptions = Record<never, never>>(
    options?: Options,
  ): ExportStream<Options> {
    return parquetStream(this, options ?? ({} as Options))
  }

  /**
   * Returns a Node stream of rows in object mode; destroying it clears the query. Rows are handed over only after the
   * program asks for one. Until then, a query that is cut off can be run again.
   */
  toReadable(): Readable {
    return new RowReadable(new RowIterator(this.startedBatches(), (batch) => this.rowsOf(batch)))
  }
}
