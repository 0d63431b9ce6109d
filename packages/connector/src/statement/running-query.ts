import { ClosedError, ResultIncompleteError, ResultTooLargeError } from '../errors.ts'
import type { ChunkDecoder } from '../result/decode-chunk.ts'
import type { Field } from '../result/field.ts'
import { freeMessage } from '../result/message-memory.ts'
import type { ResultBatch } from '../result/result-batch.ts'
import type { Deadline } from '../time/deadline.ts'
import { CallFailure } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import { type QueryAnalysis, readAnalysis } from './explanation.ts'
import type { PinnedCallOptions, PinnedQuery } from './pinned-query.ts'
import {
  fetchBatch,
  type QueryPlan,
  type QueryRun,
  QueryStarter,
  type WatchedPlan,
  withOutcome,
} from './query-start.ts'
import type { Releasable } from './statement-context.ts'

const method = engineMethods

/** The number of consecutive empty batches that end a result whose promised rows have not arrived. */
const MOST_EMPTY_BATCHES = 3

/** The time limit for verifying the end of a result that ended by its row count, in milliseconds. */
const VERIFY_END_MS = 10_000

export interface QueryStatus {
  finished: boolean
  /** The number of rows that the engine has produced so far. */
  rowCount: number
}

/** A received batch that is not decoded yet. */
export interface ReceivedBatch {
  readonly byteLength: number
  readonly rowCount: number
  /**
   * Decodes the batch. Batches are decoded in the order they arrived.
   * @throws DecodeError when it cannot be read
   */
  decode(): ResultBatch
}

/** The engine's description of one placeholder whose value it binds. */
export interface DynamicParameter {
  /** The position, counted from 1; unverified against the hosted engine. */
  index: number
  /** The engine's name for the type. */
  type: string
}

/**
 * A run that was cut off while its result was read. The number of rows already handed over decides whether it is
 * repeated.
 */
export class CutOffFetch {
  constructor(
    readonly run: QueryRun,
    readonly error: CallFailure,
  ) {}
}

/**
 * A running statement, until its result is read or released: one run, or several if it was cut off before rows were
 * seen.
 */
export class RunningQuery implements Releasable {
  readonly #plan: WatchedPlan
  readonly #starter: QueryStarter
  #run: QueryRun
  #rowsReceived = 0
  #rowsHandedOver = 0
  #emptyBatches = 0
  #ended = false
  #endedByRowCount = false
  #released: Promise<void> | undefined

  private constructor(plan: WatchedPlan, starter: QueryStarter, run: QueryRun) {
    this.#plan = plan
    this.#starter = starter
    this.#run = run
    plan.context.running.add(this)
  }

  /** Prepares and executes a statement, and reads the result metadata. */
  static async start(plan: QueryPlan, deadline: Deadline): Promise<RunningQuery> {
    const { context, statement } = plan
    const { keyword: name, text, catalog, database } = statement
    const watch = context.instruments.watch({ kind: 'query', name, text, catalog, database })
    const watched = { ...plan, watch }
    const release = context.holdOpen()
    try {
      const starter = new QueryStarter(watched)
      return new RunningQuery(watched, starter, await watch.within(() => starter.start(deadline)))
    } catch (error) {
      watch.failed(error)
      watch.end('failed')
      throw error
    } finally {
      release()
    }
  }

  get queryId(): string {
    return this.#run.pin.queryId
  }

  get strategy(): Strategy {
    return this.#run.pin.strategy
  }

  get engineIp(): string {
    return this.#run.pin.engineIp
  }

  get fields(): readonly Field[] {
    return this.#run.decoder.fields
  }

  /** The number of rows in the whole result, as promised by the metadata. */
  get rowCount(): number {
    return this.#run.rowCount
  }

  /** Returns the columns for the program: a later run must have the same. */
  showFields(): readonly Field[] {
    this.#starter.showed(this.fields)
    return this.fields
  }

  /** Records that rows were handed to the program. From now on the statement is not run again. */
  handOver(rows: number): void {
    this.#rowsHandedOver += rows
  }

  /**
   * Returns the next batch that has rows, or `undefined` at the end. One call at a time.
   * @throws CutOffFetch when this run was cut off: the batch may be lost and is never requested again (rule 7)
   * @throws DecodeError when the row count cannot be read
   * @throws ResultIncompleteError when the result ends before the promised rows have arrived
   */
  async nextBatch(deadline: Deadline, maxAnswerBytes?: number): Promise<ReceivedBatch | undefined> {
    while (!this.#ended) {
      if (this.#released) throw this.#failure(new ClosedError('the query was cleared or cancelled before its end'))
      if (this.#endsByRowCount()) break
      const bytes = await this.#plan.watch.within(() => this.#fetch(deadline, maxAnswerBytes))
      const rowCount = this.#read((decoder) => decoder.rowCountOf(bytes))
      this.#plan.watch.received(rowCount, bytes.byteLength)
      if (bytes.byteLength === 0) this.#ended = true
      else if (rowCount === 0) this.#ended = this.#isEndOfResult()
      else {
        this.#emptyBatches = 0
        this.#rowsReceived += rowCount
        return this.#received(bytes, rowCount)
      }
    }
    this.#verifyRowCount()
    return undefined
  }

  /** Whether a call about this run is failing before a row was handed over, so received batches may become void. */
  get isInDoubt(): boolean {
    const { statement, options } = this.#plan
    const mayRunAgain = statement.readsOnly && options.restartUnreadQueries && this.#rowsHandedOver === 0
    return mayRunAgain && this.#run.pin.isFailing
  }

  /** Returns whether the statement may be run again after its run was cut off. */
  mayRunAgain({ error }: CutOffFetch): boolean {
    return this.#starter.mayRunAgain({ stage: 'fetch', error, rowsHandedOver: this.#rowsHandedOver })
  }

  /**
   * Runs the statement again after its run was cut off. Everything received from that run is void.
   * @throws the error for the program, when no rule allows it
   */
  async runAgain({ run: { pin }, error }: CutOffFetch, deadline: Deadline): Promise<void> {
    const { context, watch } = this.#plan
    const cutOff = { pin, stage: 'fetch' as const, error, rowsHandedOver: this.#rowsHandedOver }
    const release = context.holdOpen()
    try {
      const run = await watch.within(() => this.#starter.again(cutOff, deadline))
      if (this.#released) {
        // The program released the query in the meantime, but only its first run.
        await run.pin.release('cancel')
        throw run.pin.identified(new ClosedError('the query was cleared or cancelled before its end'))
      }
      this.#run = run
      this.#rowsReceived = 0
      this.#emptyBatches = 0
    } catch (failure) {
      throw pin.identified(failure)
    } finally {
      release()
    }
  }

  /** Adds the query's id to an error that has none. */
  identified(error: unknown): unknown {
    return this.#run.pin.identified(error)
  }

  /** Records the error that the program received in place of the rest of its result. */
  failed(error: unknown): void {
    this.#plan.watch.failed(error)
  }

  /** Returns whether the engine has finished, and the number of rows. */
  async status(deadline: Deadline): Promise<QueryStatus> {
    const answer = await this.#ask(deadline, 'asking for the status', (pin, call) =>
      pin.call(method.status, pin.request, call),
    )
    return { finished: answer.status, rowCount: Number(answer.rowCount) }
  }

  /** Returns the values that the statement needs, in order. */
  async parameters(deadline: Deadline): Promise<DynamicParameter[]> {
    const { params } = await this.#ask(deadline, 'asking for the parameters', (pin, call) =>
      pin.call(method.getDynamicParams, pin.request, call),
    )
    return params.map(({ index, type }) => ({ index, type }))
  }

  /** Returns the engine's plan. */
  async explain(deadline: Deadline): Promise<string> {
    const answer = await this.#ask(deadline, 'explaining the query', (pin, call) =>
      pin.call(method.explain, pin.request, call),
    )
    return answer.explain
  }

  /** Returns the plan with measurements from its execution. */
  async explainAnalyze(deadline: Deadline): Promise<QueryAnalysis> {
    const answer = await this.#ask(deadline, 'analyzing the query', (pin, call) =>
      pin.call(method.explainAnalyze, pin.request, call),
    )
    return readAnalysis(answer, this.queryId)
  }

  /** Releases the query on the server, once; later calls wait for the first. Never rejects. */
  release(how: 'clear' | 'cancel'): Promise<void> {
    this.#released ??= this.#release(how)
    return this.#released
  }

  async #release(how: 'clear' | 'cancel'): Promise<void> {
    const { context, watch } = this.#plan
    const isRead = this.#ended || this.#rowsReceived >= this.#run.rowCount
    watch.end(isRead ? 'finished' : 'left')
    if (isRead) {
      context.rerunBudget.succeeded()
      this.#starter.finished(this.#run.pin)
    }
    if (this.#endedByRowCount) await this.#verifyEnd()
    await watch.within(() => this.#run.pin.release(how))
    context.running.delete(this)
  }

  #ask<Answer>(
    deadline: Deadline,
    what: string,
    send: (pin: PinnedQuery, options: PinnedCallOptions) => Promise<Answer>,
  ): Promise<Answer> {
    const { pin } = this.#run
    const limit = deadline.within(this.#plan.options.callTimeoutMs, what)
    return pin.ask((options) => send(pin, options), limit, this.#rowsHandedOver)
  }

  /** Checks that a result which ended with its last promised row has no more rows; an event reports a difference. */
  async #verifyEnd(): Promise<void> {
    const { context } = this.#plan
    const { pin, decoder, rowCount } = this.#run
    const deadline = context.releaseDeadline(VERIFY_END_MS)
    try {
      const { resultBatch } = await fetchBatch(this.#plan, pin, { deadline, mayRunElsewhere: () => false })
      const more = decoder.rowCountOf(resultBatch)
      if (more > 0) this.#tellRowCountDiffers(rowCount, this.#rowsReceived + more)
    } catch (error) {
      context.logger.debug({ queryId: pin.queryId, error: String(error) }, 'the end of a result could not be verified')
    }
  }

  #tellRowCountDiffers(promised: number, received: number): void {
    const { context } = this.#plan
    const { queryId, strategy } = this.#run.pin
    context.events.emit('query:row-count-differs', { queryId, strategy, promised, received })
    context.logger.warn(
      { queryId, strategy, promised, received },
      'the number of rows in a result differs from its metadata',
    )
  }

  async #fetch(deadline: Deadline, maxAnswerBytes: number | undefined): Promise<Uint8Array> {
    const run = this.#run
    const { statement, options } = this.#plan
    const mayRunElsewhere = () => statement.readsOnly && options.restartUnreadQueries && this.#rowsHandedOver === 0
    const early = run.firstBatch
    run.firstBatch = undefined
    try {
      const fetched = early ?? fetchBatch(this.#plan, run.pin, { deadline, mayRunElsewhere, maxAnswerBytes })
      return (await fetched).resultBatch
    } catch (error) {
      if (!(error instanceof CallFailure)) throw this.#failure(error)
      throw isTooLarge(error, maxAnswerBytes) ? this.#failure(tooLarge(maxAnswerBytes)) : new CutOffFetch(run, error)
    }
  }

  /** Adds the query's id and the known effect of the statement to an error. */
  #failure(error: unknown): unknown {
    return withOutcome(this.#run.pin.identified(error), this.#plan.statement, 'fetch')
  }

  #received(bytes: Uint8Array, rowCount: number): ReceivedBatch {
    const onRelease = this.#plan.options.transportThread ? () => freeMessage(bytes) : undefined
    const { decoder } = this.#run
    const decode = () => this.#read(() => decoder.decode(bytes, onRelease))
    return { byteLength: bytes.byteLength, rowCount, decode }
  }

  #read<Read>(read: (decoder: ChunkDecoder) => Read): Read {
    try {
      return read(this.#run.decoder)
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** Returns whether a batch without rows ends the result (rule 23). */
  #isEndOfResult(): boolean {
    const { rowCount } = this.#run
    this.#emptyBatches += 1
    const hasAll = this.#rowsReceived >= rowCount && (rowCount > 0 || !this.#plan.statement.readsOnly)
    return hasAll || this.#emptyBatches >= MOST_EMPTY_BATCHES
  }

  /** With `resultEnd: 'row-count'`, a result ends with its last promised row; the end is verified later. */
  #endsByRowCount(): boolean {
    const { statement, options } = this.#plan
    const { rowCount } = this.#run
    if (options.resultEnd === 'batch' || !statement.readsOnly || rowCount <= 0) return false
    this.#endedByRowCount = this.#rowsReceived >= rowCount
    if (this.#endedByRowCount) this.#ended = true
    return this.#endedByRowCount
  }

  /** Ensures that a result is complete, or throws (rule 23). */
  #verifyRowCount(): void {
    const { context, statement, options } = this.#plan
    const { rowCount, pin } = this.#run
    if (options.verifyRowCount === 'off' || !statement.readsOnly || rowCount <= 0) return
    const received = this.#rowsReceived
    if (received === rowCount) context.rowCounts.areExact = true
    if (received >= rowCount) return
    if (options.verifyRowCount === 'error' || context.rowCounts.areExact) {
      const { queryId, strategy } = pin
      throw new ResultIncompleteError(rowCount, received, { queryId, strategy })
    }
    this.#tellRowCountDiffers(rowCount, received)
  }
}

/** Returns whether a batch exceeded the limit of this call, not the limit of all messages. */
function isTooLarge({ fault }: CallFailure, limitBytes: number | undefined): limitBytes is number {
  return fault.kind === 'message-too-large' && fault.details.endsWith(`limit of ${limitBytes} bytes`)
}

/** Returns the error for a result that is too large to collect. */
export function tooLarge(limitBytes: number): ResultTooLargeError {
  const message = `the result has more than ${limitBytes} bytes (maxResultBytes): read it with stream() or fetchBatches()`
  return new ResultTooLargeError(message)
}
