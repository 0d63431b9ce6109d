/** The number of values per bucket. */
export interface HistogramSnapshot {
  /** The upper bounds, ascending; the last bucket has none. */
  readonly bounds: readonly number[]
  /** The number of values in each bucket; there is one more bucket than bounds. */
  readonly counts: readonly number[]
  readonly count: number
  readonly sum: number
}

/** Counts values in buckets. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #count = 0
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array(bounds.length + 1).fill(0)
  }

  record(value: number): void {
    let bucket = 0
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket += 1
    this.#counts[bucket]! += 1
    this.#count += 1
    this.#sum += value
  }

  snapshot(): HistogramSnapshot {
    return { bounds: this.#bounds, counts: [...this.#counts], count: this.#count, sum: this.#sum }
  }
}
