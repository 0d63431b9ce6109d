/** The number that stands for an absent part. */
export const ABSENT = 0

/** Gives equal parts of states one number each, so that a state is a row of numbers. */
export class Parts<Part extends object> {
  readonly #numbers = new Map<string, number>()
  readonly #numbersOfObjects = new WeakMap<Part, number>()
  readonly #parts: (Part | undefined)[] = [undefined]

  numberOf(part: Part): number {
    const known = this.#numbersOfObjects.get(part)
    if (known !== undefined) return known
    const text = JSON.stringify(part)
    let number = this.#numbers.get(text)
    if (number === undefined) {
      number = this.#parts.length
      this.#parts.push(part)
      this.#numbersOfObjects.set(part, number)
      this.#numbers.set(text, number)
    }
    return number
  }

  at(number: number): Part {
    return this.#parts[number]!
  }

  get size(): number {
    return this.#parts.length - 1
  }
}

/** How many numbers a value is remembered by. */
const KEY_LENGTH = 4

/** Remembers what a pure function made of numbered parts: a table with open addresses, since it is looked into all the time. */
export class Memo<Value> {
  #keys = new Int32Array(1024 * KEY_LENGTH)
  /** The place of each value from 1; 0 where the table is free. */
  #places = new Int32Array(1024)
  readonly #values: Value[] = []

  /** The value for four numbers, made when it is first asked for. */
  at(first: number, second: number, third: number, fourth: number, make: () => Value): Value {
    const slot = this.#slotOf(first, second, third, fourth)
    const place = this.#places[slot]!
    if (place > 0) return this.#values[place - 1]!
    const value = make()
    this.#values.push(value)
    this.#put(this.#slotOf(first, second, third, fourth), [first, second, third, fourth], this.#values.length)
    if (this.#values.length * 2 > this.#places.length) this.#grow()
    return value
  }

  get size(): number {
    return this.#values.length
  }

  #slotOf(first: number, second: number, third: number, fourth: number): number {
    const mask = this.#places.length - 1
    let slot = mixed(first, second, third, fourth) & mask
    while (this.#places[slot] !== 0) {
      const at = slot * KEY_LENGTH
      const keys = this.#keys
      if (keys[at] === first && keys[at + 1] === second && keys[at + 2] === third && keys[at + 3] === fourth)
        return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  #put(slot: number, key: readonly [number, number, number, number], place: number): void {
    this.#keys.set(key, slot * KEY_LENGTH)
    this.#places[slot] = place
  }

  #grow(): void {
    const keys = this.#keys
    const places = this.#places
    this.#keys = new Int32Array(keys.length * 2)
    this.#places = new Int32Array(places.length * 2)
    for (let slot = 0; slot < places.length; slot++) {
      if (places[slot] === 0) continue
      const at = slot * KEY_LENGTH
      const key = [keys[at]!, keys[at + 1]!, keys[at + 2]!, keys[at + 3]!] as const
      this.#put(this.#slotOf(...key), key, places[slot]!)
    }
  }
}

function mixed(first: number, second: number, third: number, fourth: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ third, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13) ^ fourth, 0x27d4eb2f)
  return (hash ^ (hash >>> 16)) >>> 0
}
