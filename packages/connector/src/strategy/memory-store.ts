import { PinMap, type PinPlace } from './pin-map.ts'
import type { StrategyState } from './strategy-state.ts'
import type { PinStore, QueryPin, StrategyStore, StrategyUpdate } from './strategy-store.ts'

/** The state of one cluster in this process's memory, for programs with a single process. */
export class MemoryStrategyStore implements StrategyStore {
  readonly pins: PinStore = new MemoryPinStore()
  #state: StrategyState

  constructor(initial: StrategyState) {
    this.#state = initial
  }

  read(): StrategyState {
    return this.#state
  }

  update(change: (state: StrategyState) => StrategyState): StrategyUpdate {
    const before = this.#state
    this.#state = change(before)
    return { before, after: this.#state }
  }

  refresh(): void {
    // Memory is always up to date.
  }

  onChange(): () => void {
    return () => undefined // No other process can write to this memory.
  }

  close(): void {
    // Nothing to release.
  }
}

export class MemoryPinStore implements PinStore {
  readonly #pins = new PinMap<QueryPin>()

  set(queryId: string, pin: QueryPin): void {
    this.#pins.set(queryId, pin)
  }

  get(queryId: string, place?: PinPlace): QueryPin | undefined {
    return this.#pins.get(queryId, place)
  }

  delete(queryId: string, place?: PinPlace): void {
    this.#pins.delete(queryId, place)
  }

  own(): Iterable<[string, QueryPin]> {
    return this.#pins
  }

  all(): Iterable<[string, QueryPin]> {
    return this.#pins
  }
}
