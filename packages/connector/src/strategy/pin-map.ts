import type { Strategy } from '../types/strategy.ts'

/** The strategy and engine of a query. */
export interface PinPlace {
  readonly strategy: Strategy
  /** The engine that prepared the query: the `plannerip` header of every call about it. */
  readonly engineIp: string
}

/** Pins by query id, strategy and engine: two deployments may use the same id at the same time (rule 9). */
export class PinMap<Pin extends PinPlace> implements Iterable<[queryId: string, pin: Pin]> {
  /** The latest pin of each id. */
  readonly #latest = new Map<string, Pin>()
  /** The other pins of an id, oldest first. Few ids have any, so most entries take no memory for them. */
  readonly #earlier = new Map<string, readonly Pin[]>()

  constructor(entries: Iterable<readonly [queryId: string, pin: Pin]> = []) {
    for (const [queryId, pin] of entries) this.set(queryId, pin)
  }

  get size(): number {
    let size = this.#latest.size
    for (const pins of this.#earlier.values()) size += pins.length
    return size
  }

  /** Adds a pin as the latest of its id, and replaces the one at the same place. */
  set(queryId: string, pin: Pin): void {
    if (this.#latest.has(queryId)) this.#setAll(queryId, [...this.#others(queryId, pin), pin])
    else this.#latest.set(queryId, pin)
  }

  /** Returns the pin of an id at a place; without a place, the latest of the id. */
  get(queryId: string, place?: PinPlace): Pin | undefined {
    const latest = this.#latest.get(queryId)
    if (!place || !latest || isAt(latest, place)) return latest
    return this.#earlier.get(queryId)?.find((pin) => isAt(pin, place))
  }

  /** Removes the pin of an id at a place; without a place, all pins of the id. Returns whether there was one. */
  delete(queryId: string, place?: PinPlace): boolean {
    if (!this.get(queryId, place)) return false
    this.#setAll(queryId, place ? this.#others(queryId, place) : [])
    return true
  }

  /** Iterates over the pins; the latest of an id comes after its others. */
  *[Symbol.iterator](): Generator<[queryId: string, pin: Pin], void, undefined> {
    for (const [queryId, latest] of this.#latest) {
      for (const pin of this.#earlier.get(queryId) ?? []) yield [queryId, pin]
      yield [queryId, latest]
    }
  }

  /** The pins of an id at other places, oldest first. */
  #others(queryId: string, place: PinPlace): Pin[] {
    const latest = this.#latest.get(queryId)
    const all = [...(this.#earlier.get(queryId) ?? []), ...(latest ? [latest] : [])]
    return all.filter((pin) => !isAt(pin, place))
  }

  #setAll(queryId: string, pins: readonly Pin[]): void {
    const latest = pins.at(-1)
    if (latest) this.#latest.set(queryId, latest)
    else this.#latest.delete(queryId)
    if (pins.length > 1) this.#earlier.set(queryId, pins.slice(0, -1))
    else this.#earlier.delete(queryId)
  }
}

function isAt(pin: PinPlace, { strategy, engineIp }: PinPlace): boolean {
  return pin.strategy === strategy && pin.engineIp === engineIp
}
