import { Readable } from 'node:stream'
import type { RowIterator } from './row-iterator.ts'

/**
 * A Node stream of rows. Whatever of the batch at hand the stream has room for is pushed at once; only the next batch is
 * waited for. Destroying it ends the iterator.
 *
 * Node fills a stream's buffer before anybody reads from it. What waits there could not be taken back when the query has to
 * be run again, so no row is taken before the program asks for one; until then the query only reads ahead.
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

  /** Node asks for what nobody has read from the stream yet. */
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

  /** A program that waits for `readable` may ask for a row now. */
  #inviteReading(): void {
    if (this.#state === 'started') this.emit('readable')
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
