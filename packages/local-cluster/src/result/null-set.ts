import type duckdb from '@duckdb/node-bindings'
import { isValid, validityOf } from './validity.ts'

/** Which rows of a batch are null: nothing is allocated until one is. */
export class NullSet {
  #flags: Uint8Array | undefined
  #count = 0

  constructor(private readonly capacity: number) {}

  /** Reads the validity mask of the rows `from` to `to` of a vector, for the batch's rows from `at` on. */
  append(vector: duckdb.Vector, from: number, to: number, at: number): void {
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

  /** The flags of the batch's rows and how many are set; the set is empty again afterwards. */
  take(rowCount: number): { flags: Uint8Array | undefined; count: number } {
    const taken = { flags: this.#flags?.subarray(0, rowCount), count: this.#count }
    this.#flags = undefined
    this.#count = 0
    return taken
  }
}
