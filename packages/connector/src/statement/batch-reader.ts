import { ClosedError, cloneForWaiter } from '../errors.ts'
import type { ResultBatch } from '../result/result-batch.ts'
import { nextTurn } from '../time/clock.ts'
import { CloseSignal } from '../time/close-signal.ts'
import type { Deadline } from '../time/deadline.ts'
import { CutOffFetch, type ReceivedBatch, type RunningQuery } from './running-query.ts'
import type { StatementContext } from './statement-context.ts'

/**
 * Requests leave at the next turn of the event loop. Decoding a large batch at once would delay the request for the
 * next one; a smaller batch is decoded sooner than the loop turns.
 */
const LARGE_BATCH_BYTES = 64 * 1024

/** The query being read, which is also notified of progress. */
export type BatchSource = Pick<
  RunningQuery,
  'nextBatch' | 'isInDoubt' | 'mayRunAgain' | 'runAgain' | 'handOver' | 'failed' | 'release'
>

type Arrival =
  | { readonly kind: 'batch'; readonly batch: ReceivedBatch }
  | { readonly kind: 'end' }
  /** The run was cut off. Unless its rows were handed over, the statement may be run again. */
  | { readonly kind: 'cut-off'; readonly cutOff: CutOffFetch }
  | { readonly kind: 'error'; readonly error: unknown }

/** The use of the batches: given to the program one by one, or kept until the end of the result. */
export type Use = 'hand-over' | 'collect'

/**
 * Reads a query's batches ahead of their use: the next one is requested while this one is decoded and processed.
 * Requests stop while more than `maxBufferedBytes` wait, so a slow reader holds up the server instead of filling this
 * process's memory. A run that is cut off before any of its rows was handed over is replaced by a new run.
 */
export class BatchReader {
  readonly #query: BatchSource
  readonly #maxBufferedBytes: number
  readonly #lifetime: Deadline
  readonly #deadline: Deadline
  readonly #closing = new CloseSignal()
  readonly #stopWatching: () => void
  #arrived: Arrival[] = []
  #reruns = 0
  #bufferedBytes = 0
  #pumping: Promise<void> | undefined
  #ended = false
  #wakeReader: (() => void) | undefined
  #maxAnswerBytes: number | undefined

  /** `lifetime` bounds the entire reading, including the time when no caller waits for a batch. */
  constructor(
    context: Pick<StatementContext, 'inBackground'>,
    query: BatchSource,
    maxBufferedBytes: number,
    lifetime: Deadline,
  ) {
    this.#query = query
    this.#maxBufferedBytes = maxBufferedBytes
    this.#lifetime = lifetime
    this.#deadline = lifetime.closedBy(this.#closing)
    this.#stopWatching = lifetime.onOver(() => {
      const error = lifetime.error('unknown')
      if (!(error instanceof ClosedError)) query.failed(error)
      context.inBackground(this.close('cancel'))
    })
  }

  /** The number of times the statement was run again. Batches collected before the last rerun are void. */
  get reruns(): number {
    return this.#reruns
  }

  /** Starts fetching before a batch is requested. */
  readAhead(): void {
    this.#pump()
  }

  /**
   * Returns the next batch, or `undefined` at the end of the result.
   * @param maxAnswerBytes the largest accepted batch, in bytes
   * @throws the error of the fetch, after every batch before it has been handed over
   */
  async next(deadline: Deadline, use: Use = 'hand-over', maxAnswerBytes?: number): Promise<ResultBatch | undefined> {
    this.#maxAnswerBytes = maxAnswerBytes
    try {
      for (;;) {
        this.#runAgainIfUnseen()
        this.#pump()
        const arrival = this.#arrived[0]
        if (arrival === undefined) {
          const next = this.#nextArrival()
          // The end of the lifetime already ends this wait, so it needs no race of its own.
          await (deadline === this.#lifetime ? next : deadline.race(next, 'unknown'))
          continue
        }
        if (arrival.kind === 'end') return undefined
        if (arrival.kind === 'error') throw cloneForWaiter(arrival.error)
        if (arrival.kind === 'cut-off') {
          this.#runAgain(arrival.cutOff) // fails, because rows were handed over
          continue
        }
        // The statement may be run again after a failed fetch, as long as no row of this run was handed over.
        if (this.#pumping && this.#query.isInDoubt) {
          await deadline.race(this.#pumping, 'unknown')
          continue
        }
        // A batch that has arrived must not keep a reader that has given up.
        if (deadline.isOver()) throw deadline.error('unknown')
        this.#arrived.shift()
        this.#bufferedBytes -= arrival.batch.byteLength
        this.#pump()
        if (this.#pumping && arrival.batch.byteLength >= LARGE_BATCH_BYTES) await nextTurn()
        const batch = this.#decode(arrival.batch)
        if (use === 'hand-over') this.#query.handOver(batch.rowCount)
        return batch
      }
    } catch (error) {
      this.#query.failed(error)
      throw error
    }
  }

  /** Stops reading and releases the query on the server. Idempotent and safe to call at any time. */
  async close(how: 'clear' | 'cancel'): Promise<void> {
    const reachedEnd = this.#arrived[0]?.kind === 'end'
    this.#stopWatching()
    this.#closing.close('the result was closed before its end')
    const released = this.#query.release(reachedEnd ? 'clear' : how)
    await this.#pumping
    await released
  }

  /** Decodes a batch when it is used, so decoding does not delay the request for the next one. */
  #decode(batch: ReceivedBatch): ResultBatch {
    try {
      return batch.decode()
    } catch (error) {
      this.#ended = true
      this.#arrived.unshift({ kind: 'error', error })
      throw error
    }
  }

  /** Keeps one fetch running while there is room. There is always room for one batch. */
  #pump(): void {
    if (this.#pumping || this.#ended) return
    if (this.#arrived.length > 0 && !(this.#bufferedBytes < this.#maxBufferedBytes)) return
    this.#pumping = this.#fetchOne()
  }

  async #fetchOne(): Promise<void> {
    try {
      const batch = await this.#query.nextBatch(this.#deadline, this.#maxAnswerBytes)
      if (batch) this.#bufferedBytes += batch.byteLength
      this.#arrive(batch ? { kind: 'batch', batch } : { kind: 'end' })
    } catch (error) {
      this.#arriveFailed(error)
    }
    this.#pumping = undefined
    this.#pump()
  }

  /**
   * Discards a run that was cut off before any of its rows was handed over, along with the waiting batches (rule 19).
   */
  #runAgainIfUnseen(): void {
    const last = this.#arrived.at(-1)
    if (last?.kind === 'cut-off' && this.#query.mayRunAgain(last.cutOff)) this.#runAgain(last.cutOff)
  }

  #runAgain(cutOff: CutOffFetch): void {
    this.#arrived = []
    this.#bufferedBytes = 0
    this.#pumping = this.#replaceRun(cutOff)
  }

  /** Never rejects: the reader receives the failure in place of a batch. */
  async #replaceRun(cutOff: CutOffFetch): Promise<void> {
    try {
      await this.#query.runAgain(cutOff, this.#deadline)
      this.#reruns += 1
      this.#ended = false
    } catch (error) {
      this.#arriveFailed(error)
    }
    this.#pumping = undefined
    this.#pump()
  }

  #arriveFailed(error: unknown): void {
    if (error instanceof CutOffFetch && !this.#lifetime.isOver()) this.#arrive({ kind: 'cut-off', cutOff: error })
    // A timeout also cancels the fetch; the reader must see the timeout, not the cancellation.
    else this.#arrive({ kind: 'error', error: this.#lifetime.isOver() ? this.#lifetime.error('unknown') : error })
  }

  #arrive(arrival: Arrival): void {
    if (arrival.kind !== 'batch') this.#ended = true
    this.#arrived.push(arrival)
    this.#wakeReader?.()
  }

  #nextArrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeReader = resolve
    })
  }
}
