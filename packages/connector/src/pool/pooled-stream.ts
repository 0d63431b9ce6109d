import type { Readable } from 'node:stream'
import { type InspectOptions, inspect } from 'node:util'
import { UsageError } from '../errors.ts'
import { summary } from '../observability/summary.ts'
import type { ResultBatch, RowOptions } from '../result/result-batch.ts'
import {
  type CsvExportOptions,
  csvStream,
  type ExportStream,
  type ExportStreamOptions,
  type NdjsonExportOptions,
  ndjsonStream,
  parquetStream,
} from '../statement/export-stream.ts'
import type { QueryStream } from '../statement/query-stream.ts'
import { RowIterator } from '../statement/row-iterator.ts'
import { RowReadable } from '../statement/row-readable.ts'
import { JSON_TYPES } from '../types/value-types.ts'
import type { Lease } from './lease.ts'

/** A stream as a borrowed connection gives it. */
type Opened<Row> = { readonly lease: Lease<unknown>; readonly stream: QueryStream<Row> }

/**
 * A result that is read as it comes, on a connection that is borrowed when reading begins and given back when it ends:
 * with the last row, when the loop is left, on an abort, an error or a timeout.
 */
export class PooledStream<Row> implements Pick<QueryStream<Row>, keyof QueryStream<Row>> {
  readonly #open: () => Promise<Opened<Row>>
  #stream: QueryStream<Row> | undefined
  #begun = false

  /** @internal */
  constructor(open: () => Promise<Opened<Row>>) {
    this.#open = open
  }

  /** The query's id, once it runs. */
  get queryId(): string | undefined {
    return this.#stream?.queryId
  }

  /** The result's columns, once it runs. */
  get fields(): QueryStream<Row>['fields'] {
    return this.#stream?.fields
  }

  /** The deployment that runs the query, once it runs. */
  get strategy(): QueryStream<Row>['strategy'] {
    return this.#stream?.strategy
  }

  /** Rows of the whole result as the engine counts them, once the query runs. */
  get rowCount(): number | undefined {
    return this.#stream?.rowCount
  }

  /** One line; neither the statement nor its rows are in it. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { queryId, strategy, rowCount } = this
    return summary('PooledStream', { begun: this.#begun, queryId, strategy, rowCount }, options)
  }

  /** Row by row. */
  [Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    return this.#rows()
  }

  /** Batch by batch, as columns: the fastest way to read. */
  batches(): ReturnType<QueryStream<Row>['batches']> {
    return this.#read((stream) => stream.batches())
  }

  /** Rows that `JSON.stringify` takes as they are, with nothing lost. */
  json(options: Pick<RowOptions, 'rowShape'> = {}): ReturnType<QueryStream<Row>['json']> {
    return new RowIterator<unknown>(this.batches(), (batch) => batch.rows({ ...options, types: JSON_TYPES }))
  }

  /** The result as an Arrow IPC stream; needs no Arrow library. */
  arrowIpc(): ReturnType<QueryStream<Row>['arrowIpc']> {
    return this.#read((stream) => stream.arrowIpc())
  }

  /** Batch by batch, as record batches of the optional peer `apache-arrow`. */
  recordBatches<Batch = unknown>(): AsyncGenerator<Batch, void, undefined> {
    return this.#read((stream) => stream.recordBatches<Batch>())
  }

  /**
   * The result as CSV (RFC 4180 with LF): a Node stream of bytes, or a web stream with `stream: 'web'`. NULL is an empty field and an
   * empty string is `""`. Takes the memory of one batch, whatever the size of the result.
   */
  toCsv<const Options extends CsvExportOptions = Record<never, never>>(options?: Options): ExportStream<Options> {
    return csvStream(this, options ?? ({} as Options))
  }

  /**
   * The result as a JSON object a line: a Node stream of bytes, or a web stream with `stream: 'web'`. 64-bit integers and decimals are
   * strings, so that no reader rounds them, unless `numbers` is set; ARRAY, MAP and STRUCT are JSON. Takes the memory of one batch.
   */
  toNdjson<const Options extends NdjsonExportOptions = Record<never, never>>(options?: Options): ExportStream<Options> {
    return ndjsonStream(this, options ?? ({} as Options))
  }

  /**
   * The result as a Parquet file: a Node stream of bytes, or a web stream with `stream: 'web'`. Needs the optional peer
   * `hyparquet-writer`, without which the stream fails with a `UsageError`. Takes the memory of one row group: at most 65 536 rows
   * or 16 MiB of received data, and one batch.
   */
  toParquet<const Options extends ExportStreamOptions = Record<never, never>>(
    options?: Options,
  ): ExportStream<Options> {
    return parquetStream(this, options ?? ({} as Options))
  }

  /** A Node stream of rows, in object mode; destroying it clears the query and gives the connection back. */
  toReadable(): Readable {
    return new RowReadable(new RowIterator(this.startedBatches(), (batch) => this.rowsOf(batch)))
  }

  /** @internal */
  startedBatches(): ReturnType<QueryStream<Row>['startedBatches']> {
    return this.#read((stream) => stream.startedBatches())
  }

  /** @internal The rows of a batch in the form that the stream was asked for. */
  rowsOf(batch: ResultBatch): IterableIterator<Row, undefined> {
    return this.#stream!.rowsOf(batch)
  }

  #rows(): RowIterator<Row> {
    return new RowIterator(this.batches(), (batch) => this.rowsOf(batch))
  }

  async *#read<T>(form: (stream: QueryStream<Row>) => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    if (this.#begun) throw new UsageError('a stream is read once: run the query again for another reading')
    this.#begun = true
    const { lease, stream } = await this.#open()
    this.#stream = stream
    try {
      yield* form(stream)
    } catch (error) {
      lease.failed(error)
      throw error
    } finally {
      lease.release()
    }
  }
}
