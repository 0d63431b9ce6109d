/** Scrambles the bits of a number, so that neighbouring seeds are unrelated. */
function scramble(value: number): number {
  let mixed = (value + 0x9e3779b9) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/**
 * Pseudo-random numbers from a seed (sfc32). Each consumer has its own stream, named by a path of numbers, so that
 * removing one event from a run does not change the draws of the others.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(...path: readonly number[]) {
    const key = path.reduce((mixed, part) => scramble(mixed ^ scramble(part)), 0)
    this.#a = key
    this.#b = scramble(key)
    this.#c = scramble(this.#b)
    for (let round = 0; round < 12; round++) this.#draw()
  }

  /** In [0, 1). */
  next(): number {
    return this.#draw() / 2 ** 32
  }

  /** A whole number in [0, `end`). */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<const Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }

  /** Returns one of the names with the given weights. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][]
    let left = this.next() * entries.reduce((total, [, weight]) => total + weight, 0)
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0) return name
    }
    return entries.at(-1)![0]
  }

  #draw(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    this.#c |= 0
    return sum >>> 0
  }
}
