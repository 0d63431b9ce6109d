import { Readable } from 'node:stream'
import type { RowIterator } from './row-iterator.ts'

/**
 * A Node stream of rows. It pushes as many rows of the current batch as it has room for, and waits only for the next
 * batch. Destroying it ends the iterator.
 *
 * Node fills a stream's buffer before a program reads from it. Buffered rows could not be taken back if the query must
 * be run again, so the stream takes no row before the program asks for one. Until then the query only reads ahead.
 */
export class RowReadable<Row> extends Readable {
  readonly #rows: RowIterator<Row>
  #reading = false
  #state: 'new' | 'starting' | 'started' | 'wanted' = 'new'

  constructor(rows: RowIterator<Row>) {
    super({ objectMode: true })
    this.#rows = rows
    this.on('newListener', (name) => {
      if (name === 'readable') queueMicrotask(() => this.#inviteReading())
    })
  }

  override read(size?: number): Row | null {
    if (size !== 0 && this.#state !== 'wanted') {
      const isWaiting = this.#state === 'started'
      this.#state = 'wanted'
      if (isWaiting) this.#fill()
    }
    return super.read(size) as Row | null
  }

  override _read(): void {
    if (this.#reading) return
    this.#reading = true
    if (this.#state === 'wanted') this.#fill()
    else this.#start()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const ended = error ? this.#rows.throw(error) : this.#rows.return()
    ended.then(
      () => done(),
      (failure: Error) => done(failure),
    )
  }

  /** Node requests rows before the program reads from the stream. */
  #start(): void {
    this.#state = 'starting'
    this.#rows.start().then(
      () => {
        if (this.#state === 'wanted') return this.#fill()
        this.#state = 'started'
        this.#inviteReading()
      },
      (error: Error) => this.destroy(error),
    )
  }

  /** Signals a program that waits for `readable` that it may ask for a row. */
  #inviteReading(): void {
    if (this.#state === 'started') this.emit('readable')
  }

  /** Pushes rows while there is room. */
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
