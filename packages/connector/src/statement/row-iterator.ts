import type { ResultBatch } from '../result/result-batch.ts'

/** Precedes the batches of a running query, so callers can wait for the start without taking a batch. */
export const STARTED = Symbol('started')

/**
 * The rows of batches, one by one, with all guarantees of an async generator: concurrent requests are answered in
 * order, and `return()` and `throw()` also end the batches. It costs less per row: an available row takes one promise
 * that is already settled, and rows are made a few hundred at a time.
 */
export class RowIterator<Row> implements AsyncGenerator<Row, void, undefined> {
  readonly #batches: AsyncGenerator<ResultBatch | typeof STARTED, void, undefined>
  readonly #rowsOf: (batch: ResultBatch) => Iterator<Row, undefined>
  #batch: ResultBatch | undefined
  /** The remaining rows of the current batch. */
  #rows: Iterator<Row, undefined> = NO_ROWS
  /** Settles when the last waiting request has been answered; `undefined` if no request waits. */
  #lastTurn: Promise<void> | undefined

  /** Owns `batches`. Reading begins with the first request for a row, and each batch is released after use. */
  constructor(
    batches: AsyncGenerator<ResultBatch | typeof STARTED, void, undefined>,
    rowsOf: (batch: ResultBatch) => Iterator<Row, undefined>,
  ) {
    this.#batches = batches
    this.#rowsOf = rowsOf
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Row, void>> {
    if (this.#lastTurn) return this.#inTurn(() => this.#advance())
    try {
      const next = this.#rows.next()
      return next.done ? this.#inTurn(() => this.#advance()) : Promise.resolve(next)
    } catch (error) {
      return this.throw(error)
    }
  }

  /** Starts the query of batches that begin with `STARTED`, without taking a batch. */
  async start(): Promise<void> {
    await this.#inTurn(() => this.#batches.next())
  }

  /**
   * Returns the next row if it is available now: the current batch has one, and no request waits.
   * @throws the error of making rows; the caller must pass it to `throw()`
   */
  nextAtHand(): Row | undefined {
    return this.#lastTurn ? undefined : this.#rows.next().value
  }

  return(value?: void | PromiseLike<void>): Promise<IteratorResult<Row, void>> {
    return this.#inTurn(() => {
      this.#releaseBatch()
      return this.#batches.return(value) as Promise<IteratorReturnResult<void>>
    })
  }

  throw(error: unknown): Promise<IteratorResult<Row, void>> {
    return this.#inTurn(() => this.#fail(error))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Finds the next row, through the next batches if necessary. */
  async #advance(): Promise<IteratorResult<Row, void>> {
    try {
      for (;;) {
        const row = this.#rows.next()
        if (!row.done) return row
        this.#releaseBatch()
        const batch = await this.#batches.next()
        if (batch.done) return batch
        if (batch.value === STARTED) continue
        this.#batch = batch.value
        this.#rows = this.#rowsOf(batch.value)
      }
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** Releases the current batch. */
  #releaseBatch(): void {
    this.#batch?.release()
    this.#batch = undefined
    this.#rows = NO_ROWS
  }

  /** Ends the batches with an error and returns their answer. */
  #fail(error: unknown): Promise<IteratorReturnResult<void>> {
    this.#releaseBatch()
    return this.#batches.throw(error) as Promise<IteratorReturnResult<void>>
  }

  /**
   * Answers after all earlier requests. Only the caller may await the returned promise: a reaction here would hide the
   * caller from an error's stack.
   */
  async #inTurn<Answer>(answer: () => Promise<Answer>): Promise<Answer> {
    const before = this.#lastTurn
    let end: (() => void) | undefined
    const turn = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#lastTurn = turn
    try {
      if (before) await before
      return await answer()
    } finally {
      if (this.#lastTurn === turn) this.#lastTurn = undefined
      end?.()
    }
  }
}

const NO_ROWS: Iterator<never, undefined> = { next: () => ({ done: true, value: undefined }) }
