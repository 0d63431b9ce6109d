import type { ResultBatch, RowOptions } from '../result/result-batch.ts'

/** Rows that have been fetched and not been handed over: a batch, of which rows are made once, in order. */
export class RowBuffer<Row> {
  readonly #options: RowOptions
  #rows: Row[] = []
  #next = 0

  constructor(options: RowOptions) {
    this.#options = options
  }

  get length(): number {
    return this.#rows.length - this.#next
  }

  /** Puts the rows of the next batch in, once all of the last have been taken, and releases the batch. */
  refill(batch: ResultBatch): void {
    this.#rows = batch.toRows(this.#options) as unknown as Row[]
    batch.release()
    this.#next = 0
  }

  /** Hands over up to `count` rows, in an array that is the caller's. */
  take(count: number): Row[] {
    if (this.#next === 0 && count >= this.#rows.length) return this.takeAll()
    const taken = this.#rows.slice(this.#next, this.#next + count)
    this.#next += taken.length
    if (this.length === 0) {
      this.#rows = []
      this.#next = 0
    }
    return taken
  }

  takeAll(): Row[] {
    const taken = this.#next === 0 ? this.#rows : this.#rows.slice(this.#next)
    this.#rows = []
    this.#next = 0
    return taken
  }
}
