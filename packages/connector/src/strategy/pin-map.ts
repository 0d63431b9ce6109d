import type { Strategy } from '../types/strategy.ts'

/** The deployment and engine that run a query. */
export interface PinPlace {
  readonly strategy: Strategy
  /** The engine that prepared the query: the `plannerip` header of every call about it. */
  readonly engineIp: string
}

/** Pins by query id, strategy and engine: two deployments may give the same id at once (rule 9). */
export class PinMap<Pin extends PinPlace> implements Iterable<[queryId: string, pin: Pin]> {
  /** The pins of an id, the latest last. There is one, unless two deployments gave the same id. */
  readonly #byId = new Map<string, readonly Pin[]>()
  #size = 0

  constructor(entries: Iterable<readonly [queryId: string, pin: Pin]> = []) {
    for (const [queryId, pin] of entries) this.set(queryId, pin)
  }

  get size(): number {
    return this.#size
  }

  /** Adds a pin as the latest of its id, in place of the one at the same place. */
  set(queryId: string, pin: Pin): void {
    this.delete(queryId, pin)
    this.#byId.set(queryId, [...(this.#byId.get(queryId) ?? []), pin])
    this.#size += 1
  }

  /** The pin of an id at a place; without a place, the latest of the id. */
  get(queryId: string, place?: PinPlace): Pin | undefined {
    const pins = this.#byId.get(queryId)
    return place ? pins?.find((pin) => isAt(pin, place)) : pins?.at(-1)
  }

  /** Removes the pin of an id at a place; without a place, all of the id. Returns whether there was one. */
  delete(queryId: string, place?: PinPlace): boolean {
    const pins = this.#byId.get(queryId)
    if (!pins) return false
    const left = place ? pins.filter((pin) => !isAt(pin, place)) : []
    if (left.length === 0) this.#byId.delete(queryId)
    else this.#byId.set(queryId, left)
    this.#size -= pins.length - left.length
    return left.length < pins.length
  }

  /** The latest pin of an id comes after its others. */
  *[Symbol.iterator](): Generator<[queryId: string, pin: Pin], void, undefined> {
    for (const [queryId, pins] of this.#byId) for (const pin of pins) yield [queryId, pin]
  }
}

function isAt(pin: PinPlace, { strategy, engineIp }: PinPlace): boolean {
  return pin.strategy === strategy && pin.engineIp === engineIp
}
