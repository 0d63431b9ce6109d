import { type InspectOptions, inspect } from 'node:util'
import { ClosedError, UsageError } from '../errors.ts'
import { summary } from '../observability/summary.ts'
import type { Field } from '../result/field.ts'
import { CloseSignal } from '../time/close-signal.ts'
import type { CallLimits, Deadline } from '../time/deadline.ts'
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

/** A result that is being read. */
interface OpenResult<Row> extends ReadResult {
  readonly buffer: RowBuffer<Row>
  /** Whether a batch is being waited for. */
  fetching: boolean
}

type CursorState<Row> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'executing'; readonly abandon: CloseSignal }
  | { readonly kind: 'reading'; readonly result: OpenResult<Row> }
  /** The server has forgotten the query; what it was can still be asked for. */
  | { readonly kind: 'cleared'; readonly query: RunningQuery }
  | { readonly kind: 'closed' }

/**
 * Runs statements one after the other, as DB-API programs do. A query keeps the strategy it was prepared on until it is
 * cleared, whatever is deployed meanwhile. One method at a time.
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

  /** Rows `fetchMany` takes when no number is given. */
  get arraySize(): number {
    return this.#options.arraySize
  }

  /** The columns of the result; `undefined` before a statement has run. */
  get description(): readonly Field[] | undefined {
    return this.#query?.showFields()
  }

  /** Rows of the whole result as the engine counts them; -1 before a statement has run. */
  get rowCount(): number {
    return this.#query?.rowCount ?? -1
  }

  /** The deployment that runs the query. */
  get strategy(): Strategy | undefined {
    return this.#query?.strategy
  }

  get queryId(): string | undefined {
    return this.#query?.queryId
  }

  /** The headers of calls about this cursor's query, or of its next statement. No secret is among them. */
  get metadata(): GrpcHeader {
    const query = this.#query
    return grpcHeader({
      ...this.#context.headerFields,
      engineIp: query?.engineIp,
      strategy: query?.strategy ?? this.#context.manager.getActiveStrategy(),
    })
  }

  /**
   * Runs a statement; what was run before is cleared first. Returns the query's id.
   * @throws QueryFailedError with the engine's message
   * @throws ParameterError when parameters don't fit; nothing was sent
   */
  async execute(sql: string, params?: StatementParameters, input: CallLimits & StatementNature = {}): Promise<string> {
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

  /** The next row; `undefined` at the end. */
  async fetchOne(limits: CallLimits = {}): Promise<Row | undefined> {
    const [row] = await this.fetchMany(1, limits)
    return row
  }

  /** The next `count` rows; fewer, or none, only at the end. */
  async fetchMany(count: number = this.arraySize, limits: CallLimits = {}): Promise<Row[]> {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new UsageError(`fetchMany takes a number of rows, not ${count}`)
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
   * All rows that are left.
   * @throws ResultTooLargeError when they are more than `maxResultBytes`; the query is cancelled
   */
  async fetchAll(limits: CallLimits = {}): Promise<Row[]> {
    const deadline = this.#context.runningDeadline(limits, 'fetching rows')
    const result = this.#result()
    const rows = result.buffer.takeAll()
    const more = await this.#fetching(result, () => collectRows<Row>(result, this.#options, deadline))
    if (rows.length === 0) return more
    for (const row of more) rows.push(row)
    return rows
  }

  /** All rows that are left, batch by batch, as they come from the engine. */
  async *fetchBatches(limits: CallLimits = {}): AsyncGenerator<Row[], void, undefined> {
    const deadline = this.#context.runningDeadline(limits, 'fetching rows')
    const result = this.#result()
    const { buffer } = result
    if (buffer.length > 0) yield buffer.takeAll()
    while (await this.#refill(result, deadline)) yield buffer.takeAll()
  }

  /** Row by row. Unlike `fetchAll` this keeps one batch in memory. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    for await (const rows of this.fetchBatches()) yield* rows
  }

  /** How far a query is: this cursor's own, or any that runs on this host. */
  async status(queryId = this.queryId, limits: CallLimits = {}): Promise<QueryStatus> {
    const query = this.#query
    const what = 'asking for the status'
    if (query && query.queryId === queryId) return query.status(this.#context.runningDeadline(limits, what))
    const deadline = this.#context.deadline(limits, what)
    return statusElsewhere(this.#context, this.#knownId(queryId), deadline)
  }

  /**
   * What the engine says of the placeholders of the statement that has run, where it binds their values
   * (`binding: 'server'`); without any, an empty array. Unverified against the hosted engine.
   */
  async dynamicParameters(limits: CallLimits = {}): Promise<DynamicParameter[]> {
    return this.#result().query.parameters(this.#context.runningDeadline(limits, 'asking for the parameters'))
  }

  /** The plan of the statement that has run. */
  async explain(limits: CallLimits = {}): Promise<string> {
    return this.#result().query.explain(this.#context.runningDeadline(limits, 'explaining the query'))
  }

  /** The plan with what running it has measured. */
  async explainAnalyze(limits: CallLimits = {}): Promise<QueryAnalysis> {
    return this.#result().query.explainAnalyze(this.#context.runningDeadline(limits, 'analyzing the query'))
  }

  /**
   * Has the server forget the query. Does nothing when there is none. Waits for the server for at most a second; after that
   * it goes on in the background.
   */
  async clear(): Promise<void> {
    if (this.#state.kind === 'closed') throw new ClosedError('the cursor is closed')
    await this.#context.settle(this.#end('clear'))
  }

  /** Cancels a query: this cursor's own, or any that runs on this host, on the strategy it runs on. */
  async cancel(queryId = this.queryId, limits: CallLimits = {}): Promise<void> {
    if (queryId === undefined || queryId === this.queryId) return this.#context.settle(this.#end('cancel'))
    await cancelElsewhere(this.#context, queryId, this.#context.deadline(limits, 'cancelling the query'))
  }

  /** Clears the query, as `clear()` does, and ends the cursor's use. */
  async close(): Promise<void> {
    const ended = this.#end('clear')
    this.#state = { kind: 'closed' }
    await this.#context.settle(ended)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** One line; neither the statement nor its rows are in it. */
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

  /** Reads from a result, which nothing else does meanwhile. A failure cancels the query. */
  async #fetching<Read>(result: OpenResult<Row>, read: () => Promise<Read>): Promise<Read> {
    if (!this.#isReading(result)) throw new UsageError('the query was cleared or cancelled: execute a statement again')
    // Two that wait would take each other's rows.
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
