import { ClosedError, toldToWaiter } from '../errors.ts'
import type { ResultBatch } from '../result/result-batch.ts'
import { nextTurn } from '../time/clock.ts'
import { CloseSignal } from '../time/close-signal.ts'
import type { Deadline } from '../time/deadline.ts'
import type { ReceivedBatch, RunningQuery } from './running-query.ts'
import type { StatementContext } from './statement-context.ts'

/**
 * Requests leave when the event loop turns: a reader that works on a large batch at once would keep the next one from being
 * asked for. A smaller one is decoded sooner than the loop turns.
 */
const LARGE_BATCH_BYTES = 64 * 1024

/** What is read, and told how the reading goes. */
export type BatchSource = Pick<RunningQuery, 'nextBatch' | 'failed' | 'release'>

type Arrival =
  | { readonly kind: 'batch'; readonly batch: ReceivedBatch }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: unknown }

/**
 * Reads a query's batches ahead of whoever uses them: the next is on its way while this one is decoded and worked on. Stops asking
 * when more than `maxBufferedBytes` wait, so that a slow reader makes the server wait, not this process's memory grow.
 */
export class BatchReader {
  readonly #query: BatchSource
  readonly #maxBufferedBytes: number
  readonly #lifetime: Deadline
  readonly #deadline: Deadline
  readonly #closing = new CloseSignal()
  readonly #stopWatching: () => void
  readonly #arrived: Arrival[] = []
  #bufferedBytes = 0
  #pumping: Promise<void> | undefined
  #ended = false
  #wakeReader: (() => void) | undefined

  /** `lifetime` bounds the whole reading; its end counts also while nobody is waiting for a batch. */
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

  /**
   * The next batch; `undefined` at the end of the result.
   * @throws what fetching it threw, after every batch before it has been handed over
   */
  async next(deadline: Deadline): Promise<ResultBatch | undefined> {
    try {
      return await this.#next(deadline)
    } catch (error) {
      this.#query.failed(error)
      throw error
    }
  }

  async #next(deadline: Deadline): Promise<ResultBatch | undefined> {
    for (;;) {
      this.#pump()
      const arrival = this.#arrived[0]
      if (arrival === undefined) {
        await deadline.race(this.#nextArrival(), 'unknown')
        continue
      }
      if (arrival.kind === 'end') return undefined
      if (arrival.kind === 'error') throw toldToWaiter(arrival.error)
      // What has arrived does not keep a reader who has given up.
      if (deadline.isOver()) throw deadline.error('unknown')
      this.#arrived.shift()
      this.#bufferedBytes -= arrival.batch.byteLength
      this.#pump()
      if (this.#pumping && arrival.batch.byteLength >= LARGE_BATCH_BYTES) await nextTurn()
      return this.#decode(arrival.batch)
    }
  }

  /** Stops reading and lets the server forget the query. Safe to call at any time, and more than once. */
  async close(how: 'clear' | 'cancel'): Promise<void> {
    const reachedEnd = this.#arrived[0]?.kind === 'end'
    this.#stopWatching()
    this.#closing.close('the result was closed before its end')
    await this.#pumping
    await this.#query.release(reachedEnd ? 'clear' : how)
  }

  /** Decodes a batch when it is its turn, so that the request for the next one does not wait for that. */
  #decode(batch: ReceivedBatch): ResultBatch {
    try {
      return batch.decode()
    } catch (error) {
      this.#ended = true
      this.#arrived.unshift({ kind: 'error', error })
      throw error
    }
  }

  /** Keeps one fetch under way while there is room. For one batch there always is. */
  #pump(): void {
    if (this.#pumping || this.#ended) return
    if (this.#arrived.length > 0 && !(this.#bufferedBytes < this.#maxBufferedBytes)) return
    this.#pumping = this.#fetchOne()
  }

  async #fetchOne(): Promise<void> {
    try {
      const batch = await this.#query.nextBatch(this.#deadline)
      if (batch) this.#bufferedBytes += batch.byteLength
      this.#arrive(batch ? { kind: 'batch', batch } : { kind: 'end' })
    } catch (error) {
      // Closing because time is up cuts the fetch off as any closing does; the time is what the reader should hear of.
      this.#arrive({ kind: 'error', error: this.#lifetime.isOver() ? this.#lifetime.error('unknown') : error })
    }
    this.#pumping = undefined
    this.#pump()
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
