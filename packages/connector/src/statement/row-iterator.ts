import type { ResultBatch } from '../result/result-batch.ts'

/** Comes before the batches of a query that runs already, so that its start can be waited for and no batch be taken. */
export const STARTED = Symbol('started')

/**
 * The rows of batches, one by one, with everything an async generator promises: several requests at once are answered
 * in order, and `return()` and `throw()` end the batches too. Its price a row is lower: a row that can be had at once
 * takes one promise, settled already, and rows are made a few hundred at a time.
 */
export class RowIterator<Row> implements AsyncGenerator<Row, void, undefined> {
  readonly #batches: AsyncGenerator<ResultBatch | typeof STARTED, void, undefined>
  readonly #rowsOf: (batch: ResultBatch) => Iterator<Row, undefined>
  #batch: ResultBatch | undefined
  /** What is left of the batch at hand. */
  #rows: Iterator<Row, undefined> = NO_ROWS
  /** Settles when the last request that had to wait has been answered; nobody waits when there is none. */
  #lastTurn: Promise<void> | undefined

  /** Owns `batches`, whose reading begins with the first row that is asked for, and releases each that it has done with. */
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

  /** Runs the query of batches that begin with `STARTED`, and takes none of them. */
  async start(): Promise<void> {
    await this.#inTurn(() => this.#batches.next())
  }

  /**
   * The next row, if it can be had at once: the batch at hand has one, and nobody waits for it.
   * @throws what making rows throws; `throw()` has to be told of it
   */
  nextAtHand(): Row | undefined {
    return this.#lastTurn ? undefined : this.#rows.next().value
  }

  return(value?: void | PromiseLike<void>): Promise<IteratorResult<Row, void>> {
    return this.#inTurn(() => {
      this.#letGo()
      return this.#batches.return(value) as Promise<IteratorReturnResult<void>>
    })
  }

  throw(error: unknown): Promise<IteratorResult<Row, void>> {
    return this.#inTurn(() => this.#fail(error))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** The way to the next row that may lead over the next batches. */
  async #advance(): Promise<IteratorResult<Row, void>> {
    try {
      for (;;) {
        const row = this.#rows.next()
        if (!row.done) return row
        this.#letGo()
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

  /** Has done with the batch at hand. */
  #letGo(): void {
    this.#batch?.release()
    this.#batch = undefined
    this.#rows = NO_ROWS
  }

  /** Ends the batches with an error, which they answer with. */
  #fail(error: unknown): Promise<IteratorReturnResult<void>> {
    this.#letGo()
    return this.#batches.throw(error) as Promise<IteratorReturnResult<void>>
  }

  /**
   * Answers when all who came before have been answered. The promise of the answer is left to the caller alone: with a
   * reaction of its own here, the stack of an error would not show who waits for it.
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
