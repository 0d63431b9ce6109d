import { type InspectOptions, inspect } from 'node:util'
import { UsageError } from '../errors.ts'
import { summary } from '../observability/summary.ts'
import type { RecordBatchMaker } from '../result/arrow.ts'
import type { ArrowEncoder } from '../result/arrow-encoder.ts'
import type { Field } from '../result/field.ts'
import type { ResultBatch } from '../result/result-batch.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Strategy } from '../types/strategy.ts'
import { BatchReader } from './batch-reader.ts'
import type { QueryPlan } from './query-start.ts'
import { ResultStream } from './result-stream.ts'
import { STARTED } from './row-iterator.ts'
import { RunningQuery } from './running-query.ts'

/**
 * A result that is read as it arrives, never entirely in memory. The query starts when reading starts, and the stream
 * can be read once, in one form. Leaving a loop, an abort, an error or a timeout clears the query on the server.
 */
export class QueryStream<Row> extends ResultStream<Row> {
  readonly #plan: QueryPlan
  readonly #makeDeadline: () => Deadline
  #query: RunningQuery | undefined
  #begun = false

  /** @internal */
  constructor(plan: QueryPlan, makeDeadline: () => Deadline) {
    super()
    this.#plan = plan
    this.#makeDeadline = makeDeadline
  }

  /** The query's id, available once it runs. */
  get queryId(): string | undefined {
    return this.#query?.queryId
  }

  /** The result's columns, available once the query runs. */
  get fields(): readonly Field[] | undefined {
    return this.#query?.showFields()
  }

  /** The strategy whose deployment runs the query, available once it runs. */
  get strategy(): Strategy | undefined {
    return this.#query?.strategy
  }

  /** The engine's row count for the whole result, available once the query runs. */
  get rowCount(): number | undefined {
    return this.#query?.rowCount
  }

  /** A single line without the statement or its rows. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { queryId, strategy, rowCount } = this
    return summary('QueryStream', { begun: this.#begun, queryId, strategy, rowCount }, options)
  }

  /** Yields the result batch by batch, as columns: the fastest way to read. */
  batches(): AsyncGenerator<ResultBatch, void, undefined> {
    return this.#read([])
  }

  /**
   * @internal Yields `STARTED` and then the batches. At `STARTED` the query runs and reads ahead, but nothing was
   * handed over.
   */
  startedBatches(): AsyncGenerator<ResultBatch | typeof STARTED, void, undefined> {
    return this.#read([STARTED])
  }

  async *#read<First>(first: readonly First[]): AsyncGenerator<ResultBatch | First, void, undefined> {
    if (this.#begun) throw new UsageError('a stream can be read only once: run the query again')
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

  /**
   * Yields the result as an Arrow IPC stream: the schema, a record batch for each engine batch, and the end. Needs no
   * Arrow library. Strings and numbers are copied once.
   */
  async *arrowIpc(): AsyncGenerator<Uint8Array, void, undefined> {
    // Loaded on first use, and a separate chunk in bundles.
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
   * Yields the result as record batches of the optional peer `apache-arrow`. The type parameter in
   * `recordBatches<RecordBatch>()` lets programs without that package compile.
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

  /** @internal The rows of a batch in the form that the caller requested. */
  rowsOf(batch: ResultBatch): IterableIterator<Row, undefined> {
    const { rowShape, types } = this.#plan.options
    return batch.rows({ rowShape, types }) as unknown as IterableIterator<Row, undefined>
  }
}
