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
 * A result that is read as it comes, never whole in memory. It is run when reading begins, and read once, in one of its
 * forms. Leaving a loop, an abort, an error or a timeout clears the query on the server.
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

  /** @internal The rows of a batch in the form that the stream was asked for. */
  rowsOf(batch: ResultBatch): IterableIterator<Row, undefined> {
    const { rowShape, types } = this.#plan.options
    return batch.rows({ rowShape, types }) as unknown as IterableIterator<Row, undefined>
  }
}
