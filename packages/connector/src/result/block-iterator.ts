import { BLOCK_ROWS } from './text-block.ts'

/** Makes `count` rows starting with row `from`, and stores them in `rows` from index `at`. */
export type MakeRows = (rows: unknown[], at: number, from: number, count: number) => void

/** Iterates over rows that are made a block at a time. A generator would cost three times as much per row. */
export class BlockIterator<Row> implements IterableIterator<Row> {
  private block: Row[] = []
  private at = 0

  constructor(
    private readonly make: MakeRows,
    private from: number,
    private readonly to: number,
  ) {}

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Row, undefined> {
    if (this.at === this.block.length && !this.refill()) return { done: true, value: undefined }
    return { done: false, value: this.block[this.at++]! }
  }

  private refill(): boolean {
    const count = Math.min(BLOCK_ROWS, this.to - this.from)
    // Always a new array: the rows of the last one belong to the reader.
    this.block = []
    this.at = 0
    if (count > 0) this.make(this.block, 0, this.from, count)
    this.from += count
    return count > 0
  }
}
