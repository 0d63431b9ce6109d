import { Readable } from 'node:stream'
import type { RowIterator } from './row-iterator.ts'

/**
 * A Node stream of rows. Whatever of the batch at hand the stream has room for is pushed at once; only the next batch is
 * waited for. Destroying it ends the iterator.
 */
export class RowReadable<Row> extends Readable {
  readonly #rows: RowIterator<Row>
  #reading = false

  constructor(rows: RowIterator<Row>) {
    super({ objectMode: true })
    this.#rows = rows
  }

  override _read(): void {
    if (this.#reading) return
    this.#reading = true
    this.#fill()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const ended = error ? this.#rows.throw(error) : this.#rows.return()
    ended.then(
      () => done(),
      (failure: Error) => done(failure),
    )
  }

  /** Pushes rows while there is room for them. */
  #fill(): void {
    try {
      for (let row = this.#rows.nextAtHand(); row !== undefined; row = this.#rows.nextAtHand()) {
        if (!this.#hasRoomAfter(row)) return
      }
    } catch (error) {
      this.destroy(error as Error)
      return
    }
    this.#rows.next().then(
      (next) => this.#arrived(next),
      (error: Error) => this.destroy(error),
    )
  }

  #arrived(next: IteratorResult<Row, void>): void {
    if (next.done) this.push(null)
    else if (this.#hasRoomAfter(next.value)) this.#fill()
  }

  #hasRoomAfter(row: Row): boolean {
    this.#reading = this.push(row)
    return this.#reading
  }
}
