import { type InspectOptions, inspect } from 'node:util'
import { UsageError } from '../errors.ts'
import { summary } from '../observability/summary.ts'
import type { ResultBatch } from '../result/result-batch.ts'
import type { QueryStream } from '../statement/query-stream.ts'
import { ResultStream } from '../statement/result-stream.ts'
import type { Lease } from './lease.ts'

/** A stream on a borrowed connection. */
type Opened<Row> = { readonly lease: Lease<unknown>; readonly stream: QueryStream<Row> }

/**
 * A result that is read as it arrives, on a connection that is borrowed when reading starts. The connection is returned
 * when reading ends: with the last row, when the loop is left, or on an abort, an error or a timeout.
 */
export class PooledStream<Row> extends ResultStream<Row> implements Pick<QueryStream<Row>, keyof QueryStream<Row>> {
  readonly #open: () => Promise<Opened<Row>>
  #stream: QueryStream<Row> | undefined
  #begun = false

  /** @internal */
  constructor(open: () => Promise<Opened<Row>>) {
    super()
    this.#open = open
  }

  /** The query's id, available once it runs. */
  get queryId(): string | undefined {
    return this.#stream?.queryId
  }

  /** The result's columns, available once the query runs. */
  get fields(): QueryStream<Row>['fields'] {
    return this.#stream?.fields
  }

  /** The strategy whose deployment runs the query, available once it runs. */
  get strategy(): QueryStream<Row>['strategy'] {
    return this.#stream?.strategy
  }

  /** The engine's row count for the whole result, available once the query runs. */
  get rowCount(): number | undefined {
    return this.#stream?.rowCount
  }

  /** A single line without the statement or its rows. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { queryId, strategy, rowCount } = this
    return summary('PooledStream', { begun: this.#begun, queryId, strategy, rowCount }, options)
  }

  /** Yields the result batch by batch, as columns: the fastest way to read. */
  batches(): ReturnType<QueryStream<Row>['batches']> {
    return this.#read((stream) => stream.batches())
  }

  /** Yields the result as an Arrow IPC stream; needs no Arrow library. */
  arrowIpc(): ReturnType<QueryStream<Row>['arrowIpc']> {
    return this.#read((stream) => stream.arrowIpc())
  }

  /** Yields the result as record batches of the optional peer `apache-arrow`. */
  recordBatches<Batch = unknown>(): AsyncGenerator<Batch, void, undefined> {
    return this.#read((stream) => stream.recordBatches<Batch>())
  }

  /** @internal */
  startedBatches(): ReturnType<QueryStream<Row>['startedBatches']> {
    return this.#read((stream) => stream.startedBatches())
  }

  /** @internal The rows of a batch in the form that the caller requested. */
  rowsOf(batch: ResultBatch): IterableIterator<Row, undefined> {
    return this.#stream!.rowsOf(batch)
  }

  async *#read<T>(form: (stream: QueryStream<Row>) => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    if (this.#begun) throw new UsageError('a stream can be read only once: run the query again')
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
