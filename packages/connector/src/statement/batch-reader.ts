import { ClosedError, toldToWaiter } from '../errors.ts'
import type { ResultBatch } from '../result/result-batch.ts'
import { nextTurn } from '../time/clock.ts'
import { CloseSignal } from '../time/close-signal.ts'
import type { Deadline } from '../time/deadline.ts'
import { CutOffFetch, type ReceivedBatch, type RunningQuery } from './running-query.ts'
import type { StatementContext } from './statement-context.ts'

/**
 * Requests leave when the event loop turns: a reader that works on a large batch at once would keep the next one from being
 * asked for. A smaller one is decoded sooner than the loop turns.
 */
const LARGE_BATCH_BYTES = 64 * 1024

/** What is read, and told how the reading goes. */
export type BatchSource = Pick<
  RunningQuery,
  'nextBatch' | 'isInDoubt' | 'mayRunAgain' | 'runAgain' | 'handOver' | 'failed' | 'release'
>

type Arrival =
  | { readonly kind: 'batch'; readonly batch: ReceivedBatch }
  | { readonly kind: 'end' }
  /** The run was cut off. Unless rows of it were handed over, the statement may be run again. */
  | { readonly kind: 'cut-off'; readonly cutOff: CutOffFetch }
  | { readonly kind: 'error'; readonly error: unknown }

/** What becomes of the batches that are read: given to the program one by one, or kept until the end of the result. */
export type Use = 'hand-over' | 'collect'

/**
 * Reads a query's batches ahead of their use: the next is on its way while this one is decoded and worked on. Stops asking
 * when more than `maxBufferedBytes` wait, so that a slow reader makes the server wait, not this process's memory grow. A
 * run that is cut off while none of its rows was handed over is replaced by another.
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

  /** How often the statement was run again: batches that were collected before that are void. */
  get reruns(): number {
    return this.#reruns
  }

  /** Begins to fetch, while nobody asks for a batch yet. */
  readAhead(): void {
    this.#pump()
  }

  /**
   * The next batch; `undefined` at the end of the result.
   * @param maxAnswerBytes largest batch that is accepted
   * @throws what fetching it threw, after every batch before it has been handed over
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
          // The end of the whole reading ends what is waited for, and needs no wait of its own.
          await (deadline === this.#lifetime ? next : deadline.race(next, 'unknown'))
          continue
        }
        if (arrival.kind === 'end') return undefined
        if (arrival.kind === 'error') throw toldToWaiter(arrival.error)
        if (arrival.kind === 'cut-off') {
          this.#runAgain(arrival.cutOff) // which fails, since rows were handed over
          continue
        }
        // A fetch that fails may have the statement run again, as long as nothing of this run is handed over.
        if (this.#pumping && this.#query.isInDoubt) {
          await deadline.race(this.#pumping, 'unknown')
          continue
        }
        // What has arrived does not keep a reader who has given up.
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

  /** Stops reading and lets the server forget the query. Safe to call at any time, and more than once. */
  async close(how: 'clear' | 'cancel'): Promise<void> {
    const reachedEnd = this.#arrived[0]?.kind === 'end'
    this.#stopWatching()
    this.#closing.close('the result was closed before its end')
    const released = this.#query.release(reachedEnd ? 'clear' : how)
    await this.#pumping
    await released
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
      const batch = await this.#query.nextBatch(this.#deadline, this.#maxAnswerBytes)
      if (batch) this.#bufferedBytes += batch.byteLength
      this.#arrive(batch ? { kind: 'batch', batch } : { kind: 'end' })
    } catch (error) {
      this.#arriveFailed(error)
    }
    this.#pumping = undefined
    this.#pump()
  }

  /** A run that was cut off before any of its rows was handed over is forgotten, with the batches that wait (rule 19). */
  #runAgainIfUnseen(): void {
    const last = this.#arrived.at(-1)
    if (last?.kind === 'cut-off' && this.#query.mayRunAgain(last.cutOff)) this.#runAgain(last.cutOff)
  }

  #runAgain(cutOff: CutOffFetch): void {
    this.#arrived = []
    this.#bufferedBytes = 0
    this.#pumping = this.#replaceRun(cutOff)
  }

  /** Never rejects: what it failed with is read like a batch. */
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
    // Closing because time is up cuts the fetch off as any closing does; the time is what the reader should hear of.
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
