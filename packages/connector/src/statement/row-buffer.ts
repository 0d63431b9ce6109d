import type { ResultBatch, RowOptions } from '../result/result-batch.ts'

/** Rows that were fetched but not handed over: a batch whose rows are made once, in order. */
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

  /** Stores the next batch after all rows of the last one were taken. Releases the batch. */
  refill(batch: ResultBatch): void {
    this.#rows = batch.toRows(this.#options) as unknown as Row[]
    batch.release()
    this.#next = 0
  }

  /** Returns up to `count` rows in a new array. */
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
