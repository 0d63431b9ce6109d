import { ClosedError } from '../errors.ts'
import type { ChunkDecoder } from '../result/decode-chunk.ts'
import type { Field } from '../result/field.ts'
import { freeMessage } from '../result/message-memory.ts'
import type { ResultBatch } from '../result/result-batch.ts'
import type { Deadline } from '../time/deadline.ts'
import { CallFailure } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import { type QueryAnalysis, readAnalysis } from './explanation.ts'
import { callHome, homeRequest, identified, orInterrupted, releaseHome } from './query-home.ts'
import { giveUpOrRestart, type QueryPlan, type StartedQuery, startQuery, type WatchedPlan } from './query-start.ts'
import type { Releasable } from './statement-context.ts'

const method = engineMethods

/** So many batches without rows in a row end a result, when the metadata's row count has not been reached. */
const MOST_EMPTY_BATCHES = 3

export interface QueryStatus {
  finished: boolean
  /** Rows the engine has made so far. */
  rowCount: bigint
}

/** A batch as it came, not decoded yet. */
export interface ReceivedBatch {
  readonly byteLength: number
  /**
   * Decodes it. Batches are decoded in the order in which they came.
   * @throws DecodeError when it can't be read
   */
  decode(): ResultBatch
}

/** What an engine says of one placeholder of a statement whose values it binds. */
export interface DynamicParameter {
  /** Counted from 1; unverified against the hosted engine. */
  index: number
  /** The engine's name of the type. */
  type: string
}

/** A query from prepare to clear, on the strategy, session and engine it was prepared on. */
export class RunningQuery implements Releasable {
  readonly #plan: WatchedPlan
  #started: StartedQuery
  #rowsReceived = 0
  #emptyBatches = 0
  #ended = false
  #released: Promise<void> | undefined

  private constructor(plan: WatchedPlan, started: StartedQuery) {
    this.#plan = plan
    this.#started = started
    plan.context.running.add(this)
  }

  /** Prepares and executes a statement, and reads what its result looks like. */
  static async start(plan: QueryPlan, deadline: Deadline): Promise<RunningQuery> {
    const { context, statement } = plan
    const { keyword: name, text, catalog, database } = statement
    const watch = context.instruments.watch({ kind: 'query', name, text, catalog, database })
    const watched = { ...plan, watch }
    const letGo = context.holdOpen()
    try {
      const started = await watch.within(() => startQuery(watched, deadline, 0))
      return new RunningQuery(watched, started)
    } catch (error) {
      watch.failed(error)
      watch.end('failed')
      throw error
    } finally {
      letGo()
    }
  }

  get queryId(): string {
    return this.#started.home.queryId
  }

  get strategy(): Strategy {
    return this.#started.home.session.strategy
  }

  get engineIp(): string {
    return this.#started.home.engineIp
  }

  get fields(): readonly Field[] {
    return this.#started.decoder.fields
  }

  /** Rows of the whole result, as the metadata says. */
  get rowCount(): bigint {
    return this.#started.rowCount
  }

  get rowsReceived(): number {
    return this.#rowsReceived
  }

  /**
   * The next batch that has rows; `undefined` at the end. One call at a time. Its rows count as received whether or not it
   * can be decoded: the engine gives them once.
   * @throws DecodeError when not even its number of rows can be read
   * @throws QueryInterruptedError when the strategy the query runs on serves it no longer and rows have been received
   * @throws TransportError with `outcome: 'unknown'` when the batch may be lost; it is never asked for again (rule 7)
   */
  async nextBatch(deadline: Deadline): Promise<ReceivedBatch | undefined> {
    while (!this.#ended) {
      if (this.#released) throw this.#identified(new ClosedError('the query was cleared or cancelled before its end'))
      const bytes = await this.#plan.watch.within(() => this.#fetch(deadline))
      const rowCount = this.#read((decoder) => decoder.rowCountOf(bytes))
      this.#plan.watch.received(rowCount, bytes.byteLength)
      if (bytes.byteLength === 0) this.#ended = true
      else if (rowCount === 0) this.#ended = this.#isEndOfResult()
      else {
        this.#emptyBatches = 0
        this.#rowsReceived += rowCount
        return this.#received(bytes)
      }
    }
    return undefined
  }

  /** Tells whoever watches what the program was told in place of the rest of its result. */
  failed(error: unknown): void {
    this.#plan.watch.failed(error)
  }

  /** Whether the engine has finished, and how many rows there are. */
  async status(deadline: Deadline): Promise<QueryStatus> {
    const { context, home, limit } = this.#question(deadline, 'asking for the status')
    const answer = callHome(context, home, method.status, homeRequest(home), limit)
    const { status, rowCount } = await this.#orInterrupted(answer)
    return { finished: status, rowCount }
  }

  /** The values that the statement asks for, in order. */
  async parameters(deadline: Deadline): Promise<DynamicParameter[]> {
    const { context, home, limit } = this.#question(deadline, 'asking for the parameters')
    const answer = callHome(context, home, method.getDynamicParams, homeRequest(home), limit)
    return (await this.#orInterrupted(answer)).params.map(({ index, type }) => ({ index, type }))
  }

  /** The plan, as the engine writes it. */
  async explain(deadline: Deadline): Promise<string> {
    const { context, home, limit } = this.#question(deadline, 'explaining the query')
    return (await this.#orInterrupted(callHome(context, home, method.explain, homeRequest(home), limit))).explain
  }

  /** The plan with what running it has measured. */
  async explainAnalyze(deadline: Deadline): Promise<QueryAnalysis> {
    const { context, home, limit } = this.#question(deadline, 'analyzing the query')
    const answer = callHome(context, home, method.explainAnalyze, homeRequest(home), limit)
    return readAnalysis(await this.#orInterrupted(answer), home.queryId)
  }

  /**
   * Lets the server forget the query, once; later calls wait for the first. A server that has forgotten it already, or
   * is gone, is what was wanted.
   */
  release(how: 'clear' | 'cancel'): Promise<void> {
    this.#released ??= this.#release(how)
    return this.#released
  }

  #identified(error: unknown): unknown {
    return identified(error, this.#started.home, this.#plan.statement)
  }

  async #release(how: 'clear' | 'cancel'): Promise<void> {
    const { context, watch } = this.#plan
    await watch.within(() => releaseHome(context, this.#started.home, how))
    context.running.delete(this)
    const isRead = this.#ended || BigInt(this.#rowsReceived) >= this.#started.rowCount
    watch.end(isRead ? 'finished' : 'left')
  }

  #question(deadline: Deadline, what: string) {
    return { context: this.#plan.context, home: this.#started.home, limit: this.#limit(deadline, what) }
  }

  #orInterrupted<Answer>(answer: Promise<Answer>): Promise<Answer> {
    return orInterrupted(this.#plan.context, this.#started.home, this.#rowsReceived, answer)
  }

  #limit(deadline: Deadline, what: string): Deadline {
    return deadline.within(this.#plan.options.callTimeoutMs, what)
  }

  async #fetch(deadline: Deadline): Promise<Uint8Array> {
    for (;;) {
      const { context } = this.#plan
      const { home, restarts } = this.#started
      const limit = this.#limit(deadline, 'fetching a batch')
      try {
        const request = homeRequest(home)
        const repeatable = 'only when it reached no engine'
        return (await callHome(context, home, method.getNextResultBatch, request, limit, repeatable)).resultBatch
      } catch (error) {
        if (!(error instanceof CallFailure)) throw this.#identified(error)
        giveUpOrRestart(this.#plan, home, 'fetch', error, restarts, this.#rowsReceived)
      }
      const letGo = context.holdOpen()
      try {
        await this.#startAgain(deadline, restarts + 1)
      } finally {
        letGo()
      }
    }
  }

  async #startAgain(deadline: Deadline, restarts: number): Promise<void> {
    const started = await startQuery(this.#plan, deadline, restarts)
    if (this.#released) {
      // Whoever let go of the query meanwhile only knew of its first run.
      await releaseHome(this.#plan.context, started.home, 'cancel')
      throw this.#identified(new ClosedError('the query was cleared or cancelled before its end'))
    }
    this.#started = started
    this.#emptyBatches = 0
  }

  #received(bytes: Uint8Array): ReceivedBatch {
    const giveBack = this.#plan.options.transportThread ? () => freeMessage(bytes) : undefined
    const decode = () => this.#read((decoder) => decoder.decode(bytes, giveBack))
    return { byteLength: bytes.byteLength, decode }
  }

  #read<Read>(read: (decoder: ChunkDecoder) => Read): Read {
    try {
      return read(this.#started.decoder)
    } catch (error) {
      throw this.#identified(error)
    }
  }

  /** Whether a batch without rows ends the result: not while rows are still owed, unless they never come. */
  #isEndOfResult(): boolean {
    this.#emptyBatches += 1
    return BigInt(this.#rowsReceived) >= this.#started.rowCount || this.#emptyBatches >= MOST_EMPTY_BATCHES
  }
}
