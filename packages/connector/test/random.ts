/** A generator of the same numbers for the same seed (Marsaglia's xorshift, 32 bits). */
export class Random {
  private state: number

  constructor(seed: number) {
    // Spreads small seeds over all bits; a state of 0 would stay 0.
    this.state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1
    for (let round = 0; round < 8; round++) this.next()
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    let state = this.state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.state = state
    return state >>> 0
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return this.next() % limit
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }
}
