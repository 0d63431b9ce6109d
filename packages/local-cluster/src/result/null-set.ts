import type duckdb from '@duckdb/node-bindings'
import { isValid, validityOf } from './validity.ts'

/** The null rows of a batch; allocated with the first one. */
export class NullSet {
  #flags: Uint8Array | undefined
  #count = 0
  /** Whether the flags are still those of the previous batch. */
  #stale = false

  constructor(private readonly capacity: number) {}

  /** Reads the validity mask of the rows `from` to `to` of a vector, for the batch's rows from `at` on. */
  append(vector: duckdb.Vector, from: number, to: number, at: number): void {
    if (this.#stale) this.#flags?.fill(0)
    this.#stale = false
    const validity = validityOf(vector, to)
    if (validity === undefined) return
    for (let row = from; row < to; row++) {
      if (isValid(validity, row)) continue
      this.#flags ??= new Uint8Array(this.capacity)
      this.#flags[at + row - from] = 1
      this.#count += 1
    }
  }

  isNull(row: number): boolean {
    return this.#flags?.[row] === 1
  }

  /** Returns the flags of the batch's rows, if any is set, and their number. Valid until the next `append`. */
  take(rowCount: number): { flags: Uint8Array | undefined; count: number } {
    const taken = { flags: this.#count === 0 ? undefined : this.#flags?.subarray(0, rowCount), count: this.#count }
    this.#stale = this.#count > 0
    this.#count = 0
    return taken
  }
}
