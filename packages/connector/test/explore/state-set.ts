/** States by a hash of 64 bits, and from which one each was first reached. */
export class StateSet {
  readonly #low: Uint32Array
  readonly #high: Uint32Array
  readonly #parents: Uint32Array
  readonly #mask: number
  size = 0

  /** @param most how many states there may be */
  constructor(most: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(most, 64) * 1.5))
    this.#low = new Uint32Array(capacity)
    this.#high = new Uint32Array(capacity)
    this.#parents = new Uint32Array(capacity)
    this.#mask = capacity - 1
  }

  /**
   * Adds a state.
   * @returns its place, from 0; -1 when it was there
   */
  add(row: Int32Array, parent: number): number {
    const { low, high } = hash(row)
    let place = low & this.#mask
    while (this.#high[place] !== 0) {
      if (this.#low[place] === low && this.#high[place] === high) return -1
      place = (place + 1) & this.#mask
    }
    this.#low[place] = low
    this.#high[place] = high
    this.#parents[place] = parent
    this.size += 1
    return place
  }

  /** Makes a state the first one: it was reached from no other. */
  adopt(place: number): void {
    this.#parents[place] = place
  }

  /** The hashes of the states from the first one to that at a place. */
  pathTo(place: number): StateHash[] {
    const path: StateHash[] = []
    for (let at = place; ; at = this.#parents[at]!) {
      path.push({ low: this.#low[at]!, high: this.#high[at]! })
      if (this.#parents[at] === at) return path.reverse()
    }
  }
}

export interface StateHash {
  readonly low: number
  /** Never 0, which marks a free place. */
  readonly high: number
}

/** Two multiplicative hashes of 32 bits over the numbers of a row. */
export function hash(row: Int32Array): StateHash {
  let low = 0x9e3779b9
  let high = 0x85ebca6b
  for (let index = 0; index < row.length; index++) {
    const number = row[index]!
    low = Math.imul(low ^ number, 0xcc9e2d51)
    low = (low << 15) | (low >>> 17)
    high = Math.imul(high ^ Math.imul(number + index, 0x9e3779b1), 0x1b873593)
    high = (high << 13) | (high >>> 19)
  }
  low ^= low >>> 16
  low = Math.imul(low, 0x7feb352d)
  low ^= low >>> 15
  high ^= high >>> 15
  high = Math.imul(high, 0x846ca68b)
  high ^= high >>> 16
  return { low: low >>> 0, high: high >>> 0 || 1 }
}
