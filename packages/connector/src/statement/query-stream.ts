import type { Readable } from 'node:stream'
import { type InspectOptions, inspect } from 'node:util'
import { UsageError } from '../errors.ts'
import { summary } from '../observability/summary.ts'
import type { RecordBatchMaker } from '../result/arrow.ts'
import type { ArrowEncoder } from '../result/arrow-encoder.ts'
import type { Field } from '../result/field.ts'
import type { ResultBatch, RowOptions } from '../result/result-batch.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Strategy } from '../types/strategy.ts'
import { JSON_TYPES } from '../types/value-types.ts'
import { BatchReader } from './batch-reader.ts'
import {
  type CsvExportOptions,
  csvStream,
  type ExportStream,
  type ExportStreamOptions,
  type NdjsonExportOptions,
  ndjsonStream,
  parquetStream,
} from './export-stream.ts'
import type { QueryPlan } from './query-start.ts'
import { RowIterator, STARTED } from './row-iterator.ts'
import { RowReadable } from './row-readable.ts'
import { RunningQuery } from './running-query.ts'

/**
 * A result that is read as it comes, never whole in memory. It is run when reading begins, and read once, in one of its
 * forms. Leaving a loop, an abort, an error or a timeout clears the query on the server.
 */
export class QueryStream<Row> implements AsyncIterable<Row> {
  readonly #plan: QueryPlan
  readonly #makeDeadline: () => Deadline
  #query: RunningQuery | undefined
  #begun = false

  /** @internal */
  constructor(plan: QueryPlan, makeDeadline: () => Deadline) {
    this.#plan = plan
    this.#makeDeadline = makeDeadline
  }

  /** The query's id, once it runs. */
  get queryId(): string | undefined {
    return this.#query?.queryId
  }

  /** The result's columns, once it runs. */
  get fields(): readonly Field[] | undefined {
    return this.#query?.showFields()
  }

  /** The deployment that runs the query, once it runs. */
  get strategy(): Strategy | undefined {
    return this.#query?.strategy
  }

  /** Rows of the whole result as the engine counts them, once the query runs. */
  get rowCount(): number | undefined {
    return this.#query?.rowCount
  }

  /** One line; neither the statement nor its rows are in it. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { queryId, strategy, rowCount } = this
    return summary('QueryStream', { begun: this.#begun, queryId, strategy, rowCount }, options)
  }

  /** Row by row. */
  [Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    return this.#rows()
  }

  /** Batch by batch, as columns: the fastest way to read. */
  batches(): AsyncGenerator<ResultBatch, void, undefined> {
    return this.#read([])
  }

  /** @internal The batches, after `STARTED`: by then the query runs and reads ahead, and nothing of it is handed over. */
  startedBatches(): AsyncGenerator<ResultBatch | typeof STARTED, void, undefined> {
    return this.#read([STARTED])
  }

  async *#read<First>(first: readonly First[]): AsyncGenerator<ResultBatch | First, void, undefined> {
    if (this.#begun) throw new UsageError('a stream is read once: run the query again for another reading')
    this.#begun = true
    const deadline = this.#makeDeadline()
    const query = await RunningQuery.start(this.#plan, deadline)
    this.#query = query
    const reader = new BatchReader(this.#plan.context, query, this.#plan.options.maxBufferedBytes, deadline)
    try {
      reader.readAhead()
      yield* first
      for (let batch = await reader.next(deadline); batch; batch = await reader.next(deadline)) yield batch
    } finally {
      await this.#plan.context.settle(reader.close('cancel'), deadline)
    }
  }

  /** Rows that `JSON.stringify` takes as they are, with nothing lost. */
  json(options: Pick<RowOptions, 'rowShape'> = {}): AsyncGenerator<unknown, void, undefined> {
    return new RowIterator<unknown>(this.batches(), (batch) => batch.rows({ ...options, types: JSON_TYPES }))
  }

  /**
   * The result as an Arrow IPC stream: its schema, a record batch for each batch of the engine, its end. Needs no Arrow
   * library. Text and numbers are copied once.
   */
  async *arrowIpc(): AsyncGenerator<Uint8Array, void, undefined> {
    // Loaded by those alone who use it, and a piece of its own in what bundlers make.
    const { createArrowEncoder } = await import('../result/arrow-encoder.ts')
    let encoder: ArrowEncoder | undefined
    for await (const batch of this.batches()) {
      encoder ??= createArrowEncoder(batch.fields)
      const encoded = encoder.batch(batch)
      batch.release()
      yield encoded
    }
    encoder ??= createArrowEncoder(this.fields ?? [])
    yield encoder.end()
  }

  /**
   * Batch by batch, as record batches of the optional peer `apache-arrow`: `recordBatches<RecordBatch>()`, so that programs
   * without that package need not know its types.
   * @throws UsageError when `apache-arrow` is not installed
   */
  async *recordBatches<Batch = unknown>(): AsyncGenerator<Batch, void, undefined> {
    const { createRecordBatchMaker } = await import('../result/arrow.ts')
    let maker: RecordBatchMaker | undefined
    for await (const batch of this.batches()) {
      maker ??= await createRecordBatchMaker(batch.fields)
      const recordBatch = maker.recordBatch(batch)
      batch.release()
      yield recordBatch as Batch
    }
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

  /**
   * A Node stream of rows, in object mode; destroying it clears the query. Rows are handed over once the program asks for
   * one: until then a query that is cut off can be run again.
   */
  toReadable(): Readable {
    return new RowReadable(new RowIterator(this.startedBatches(), (batch) => this.rowsOf(batch)))
  }

  /** @internal The rows of a batch in the form that the stream was asked for. */
  rowsOf(batch: ResultBatch): IterableIterator<Row, undefined> {
    const { rowShape, types } = this.#plan.options
    return batch.rows({ rowShape, types }) as unknown as IterableIterator<Row, undefined>
  }

  #rows(): RowIterator<Row> {
    return new RowIterator(this.batches(), (batch) => this.rowsOf(batch))
  }
}
