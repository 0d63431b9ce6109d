import { type InspectOptions, inspect } from 'node:util'
import { ClosedError, UsageError } from '../errors.ts'
import { summary } from '../observability/summary.ts'
import type { Field } from '../result/field.ts'
import { CloseSignal } from '../time/close-signal.ts'
import type { CallOptions, Deadline } from '../time/deadline.ts'
import { type GrpcHeader, grpcHeader } from '../transport/headers.ts'
import type { Strategy } from '../types/strategy.ts'
import { BatchReader } from './batch-reader.ts'
import { collectRows, type ReadResult } from './collect-rows.ts'
import type { QueryAnalysis } from './explanation.ts'
import { cancelElsewhere, statusElsewhere } from './foreign-query.ts'
import type { StatementParameters } from './parameters.ts'
import { RowBuffer } from './row-buffer.ts'
import { type DynamicParameter, type QueryStatus, RunningQuery } from './running-query.ts'
import { makeStatement } from './statement.ts'
import type { StatementContext, StatementDefaults } from './statement-context.ts'
import type { StatementNature } from './statement-options.ts'

/** A result being read. */
interface OpenResult<Row> extends ReadResult {
  readonly buffer: RowBuffer<Row>
  /** Whether a fetch is in progress. */
  fetching: boolean
}

type CursorState<Row> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'executing'; readonly abandon: CloseSignal }
  | { readonly kind: 'reading'; readonly result: OpenResult<Row> }
  /** The query was released on the server; its facts remain available. */
  | { readonly kind: 'cleared'; readonly query: RunningQuery }
  | { readonly kind: 'closed' }

/**
 * Runs statements one at a time, like a DB-API cursor. A query stays on the strategy that prepared it until it is
 * cleared, even if a switch happens. Only one method may run at a time.
 */
export class Cursor<Row = Record<string, unknown>> {
  readonly #context: StatementContext
  readonly #options: StatementDefaults
  #state: CursorState<Row> = { kind: 'idle' }

  /** @internal */
  constructor(context: StatementContext, options: StatementDefaults) {
    this.#context = context
    this.#options = options
  }

  /** The default number of rows that `fetchMany` returns. */
  get arraySize(): number {
    return this.#options.arraySize
  }

  /** The columns of the result; `undefined` before a statement has run. */
  get description(): readonly Field[] | undefined {
    return this.#query?.showFields()
  }

  /** The engine's row count for the whole result; -1 before a statement has run. */
  get rowCount(): number {
    return this.#query?.rowCount ?? -1
  }

  /** The strategy whose deployment runs the query. */
  get strategy(): Strategy | undefined {
    return this.#query?.strategy
  }

  get queryId(): string | undefined {
    return this.#query?.queryId
  }

  /** The headers for calls about this cursor's query, or for its next statement. They contain no secret. */
  get metadata(): GrpcHeader {
    const query = this.#query
    return grpcHeader({
      ...this.#context.headerFields,
      engineIp: query?.engineIp,
      strategy: query?.strategy ?? this.#context.manager.getActiveStrategy(),
    })
  }

  /**
   * Clears the previous query, then runs a statement. Returns the id of the query.
   * @throws QueryFailedError with the engine's message
   * @throws ParameterError when the parameters do not match the statement; nothing was sent
   */
  async execute(sql: string, params?: StatementParameters, input: CallOptions & StatementNature = {}): Promise<string> {
    const { signal, timeoutMs } = input
    const options = this.#context.resolveOptions(input, 'execute', this.#options)
    const statement = makeStatement(sql, params, options)
    if (this.#state.kind === 'executing') throw new UsageError('a statement is being executed on this cursor: await it')
    const clearing = this.#state.kind === 'idle' ? undefined : this.clear()
    const abandon = new CloseSignal()
    if (this.#state.kind !== 'closed') this.#state = { kind: 'executing', abandon }
    try {
      await clearing
      const deadline = this.#context.deadline({ signal, timeoutMs }, 'executing the statement').closedBy(abandon)
      const query = await RunningQuery.start({ context: this.#context, statement, options: this.#options }, deadline)
      if (abandon.reason !== undefined) {
        this.#context.inBackground(query.release('cancel'))
        throw deadline.error('unknown')
      }
      const lifetime = this.#context.runningDeadline({}, 'reading the result')
      const reader = new BatchReader(this.#context, query, this.#options.maxBufferedBytes, lifetime)
      const { rowShape, types } = this.#options
      const buffer = new RowBuffer<Row>({ rowShape, types })
      this.#state = { kind: 'reading', result: { query, reader, buffer, fetching: false } }
      return query.queryId
    } catch (error) {
      if (this.#isExecuting(abandon)) this.#state = { kind: 'idle' }
      throw error
    }
  }

  /** Returns the next row, or `undefined` at the end. */
  async fetchOne(limits: CallOptions = {}): Promise<Row | undefined> {
    const [row] = await this.fetchMany(1, limits)
    return row
  }

  /** Returns the next `count` rows; fewer, or none, only at the end. */
  async fetchMany(count: number = this.arraySize, limits: CallOptions = {}): Promise<Row[]> {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new UsageError(`fetchMany needs a whole number of rows of at least 0, not ${count}`)
    const deadline = this.#context.runningDeadline(limits, 'fetching rows')
    const result = this.#result()
    const { buffer } = result
    const rows = buffer.take(count)
    while (rows.length < count && (await this.#refill(result, deadline))) {
      for (const row of buffer.take(count - rows.length)) rows.push(row)
    }
    return rows
  }

  /**
   * Returns all remaining rows.
   * @throws ResultTooLargeError when they exceed `maxResultBytes`; the query is cancelled
   */
  async fetchAll(limits: CallOptions = {}): Promise<Row[]> {
    const deadline = this.#context.runningDeadline(limits, 'fetching rows')
    const result = this.#result()
    const rows = result.buffer.takeAll()
    const more = await this.#fetching(result, () => collectRows<Row>(result, this.#options, deadline))
    if (rows.length === 0) return more
    for (const row of more) rows.push(row)
    return rows
  }

  /** Yields all remaining rows, one engine batch at a time. */
  async *fetchBatches(limits: CallOptions = {}): AsyncGenerator<Row[], void, undefined> {
    const deadline = this.#context.runningDeadline(limits, 'fetching rows')
    const result = this.#result()
    const { buffer } = result
    if (buffer.length > 0) yield buffer.takeAll()
    while (await this.#refill(result, deadline)) yield buffer.takeAll()
  }

  /** Iterates over the rows. Unlike `fetchAll`, this keeps only one batch in memory. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    for await (const rows of this.fetchBatches()) yield* rows
  }

  /** Returns the progress of a query: this cursor's own, or any other on this host. */
  async status(queryId = this.queryId, limits: CallOptions = {}): Promise<QueryStatus> {
    const query = this.#query
    const what = 'asking for the status'
    if (query && query.queryId === queryId) return query.status(this.#context.runningDeadline(limits, what))
    const deadline = this.#context.deadline(limits, what)
    return statusElsewhere(this.#context, this.#knownId(queryId), deadline)
  }

  /**
   * Returns the engine's description of the placeholders in the executed statement, when the engine binds their values
   * (`binding: 'server'`); otherwise an empty array. Unverified against the hosted engine.
   */
  async dynamicParameters(limits: CallOptions = {}): Promise<DynamicParameter[]> {
    return this.#result().query.parameters(this.#context.runningDeadline(limits, 'asking for the parameters'))
  }

  /** Returns the plan of the executed statement. */
  async explain(limits: CallOptions = {}): Promise<string> {
    return this.#result().query.explain(this.#context.runningDeadline(limits, 'explaining the query'))
  }

  /** Returns the plan with measurements from its execution. */
  async explainAnalyze(limits: CallOptions = {}): Promise<QueryAnalysis> {
    return this.#result().query.explainAnalyze(this.#context.runningDeadline(limits, 'analyzing the query'))
  }

  /**
   * Releases the query on the server; does nothing without a query. Waits for at most one second, then continues in the
   * background.
   */
  async clear(): Promise<void> {
    if (this.#state.kind === 'closed') throw new ClosedError('the cursor is closed')
    await this.#context.settle(this.#end('clear'))
  }

  /** Cancels a query on the strategy that runs it: this cursor's own, or any other on this host. */
  async cancel(queryId = this.queryId, limits: CallOptions = {}): Promise<void> {
    if (queryId === undefined || queryId === this.queryId) return this.#context.settle(this.#end('cancel'))
    await cancelElsewhere(this.#context, queryId, this.#context.deadline(limits, 'cancelling the query'))
  }

  /** Clears the query, as `clear()` does, and closes the cursor. */
  async close(): Promise<void> {
    const ended = this.#end('clear')
    this.#state = { kind: 'closed' }
    await this.#context.settle(ended)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** A single line without the statement or its rows. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { queryId, strategy, rowCount } = this
    return summary('Cursor', { state: this.#state.kind, queryId, strategy, rowCount }, options)
  }

  get #query(): RunningQuery | undefined {
    switch (this.#state.kind) {
      case 'reading':
        return this.#state.result.query
      case 'cleared':
        return this.#state.query
      default:
        return undefined
    }
  }

  #result(): OpenResult<Row> {
    const state = this.#state
    switch (state.kind) {
      case 'reading':
        return state.result
      case 'closed':
        throw new ClosedError('the cursor is closed')
      case 'cleared':
        throw new UsageError('the query was cleared or cancelled: execute a statement again')
      case 'executing':
        throw new UsageError('a statement is being executed on this cursor: await it')
      case 'idle':
        throw new UsageError('nothing was executed on this cursor yet')
    }
  }

  #knownId(queryId: string | undefined): string {
    if (queryId === undefined) throw new UsageError('nothing was executed on this cursor yet')
    return queryId
  }

  #isExecuting(abandon: CloseSignal): boolean {
    return this.#state.kind === 'executing' && this.#state.abandon === abandon
  }

  #isReading(result: OpenResult<Row>): boolean {
    return this.#state.kind === 'reading' && this.#state.result === result
  }

  async #end(how: 'clear' | 'cancel'): Promise<void> {
    const state = this.#state
    if (state.kind === 'executing') {
      this.#state = { kind: 'idle' }
      state.abandon.close('the statement was cancelled while it was being executed')
    }
    if (state.kind !== 'reading') return
    const { query, reader } = state.result
    this.#state = { kind: 'cleared', query }
    await reader.close(how)
  }

  /** Puts the next batch into the buffer. Returns whether there was one. */
  #refill(result: OpenResult<Row>, deadline: Deadline): Promise<boolean> {
    return this.#fetching(result, async () => {
      const batch = await result.reader.next(deadline)
      if (batch) result.buffer.refill(batch)
      return batch !== undefined
    })
  }

  /** Reads from a result exclusively. A failure cancels the query. */
  async #fetching<Read>(result: OpenResult<Row>, read: () => Promise<Read>): Promise<Read> {
    if (!this.#isReading(result)) throw new UsageError('the query was cleared or cancelled: execute a statement again')
    // Two concurrent readers would take each other's rows.
    if (result.fetching) throw new UsageError('rows are being fetched from this cursor: await them')
    result.fetching = true
    try {
      return await read()
    } catch (error) {
      if (this.#isReading(result)) this.#context.inBackground(this.#end('cancel'))
      throw error
    } finally {
      result.fetching = false
    }
  }
}
