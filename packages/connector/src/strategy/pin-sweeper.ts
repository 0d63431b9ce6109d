import type { CancelSchedule, Clock } from '../time/clock.ts'
import type { PinStore, QueryPin } from './strategy-store.ts'

/** A query whose pin is dropped after too long without activity. */
export interface SweptPin {
  readonly queryId: string
  readonly pin: QueryPin
  readonly idleMs: number
}

/** The number of sweeps for inactive queries per idle timeout. */
const SWEEPS_PER_IDLE_TIMEOUT = 4

/** Finds the pins of this process's queries without activity for too long (rule 9). */
export class PinSweeper {
  readonly #pins: PinStore
  readonly #clock: Clock
  readonly #idleTimeoutMs: number
  readonly #onSwept: (swept: SweptPin) => void
  #cancelSweep: CancelSchedule | undefined

  constructor(pins: PinStore, clock: Clock, idleTimeoutMs: number | undefined, onSwept: (swept: SweptPin) => void) {
    this.#pins = pins
    this.#clock = clock
    this.#idleTimeoutMs = idleTimeoutMs ?? 3_600_000
    this.#onSwept = onSwept
  }

  /** Starts sweeping, when a query is pinned. */
  start(): void {
    this.#cancelSweep ??= this.#scheduleSweep()
  }

  close(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
  }

  #scheduleSweep(): CancelSchedule {
    const sweep = () => {
      this.#sweep()
      this.#cancelSweep = [...this.#pins.own()].length > 0 ? this.#scheduleSweep() : undefined
    }
    return this.#clock.schedule(this.#idleTimeoutMs / SWEEPS_PER_IDLE_TIMEOUT, sweep, 'background')
  }

  #sweep(): void {
    const now = this.#clock.now()
    for (const [queryId, pin] of [...this.#pins.own()]) {
      const idleMs = now - pin.lastActivityAt
      if (idleMs < this.#idleTimeoutMs) continue
      this.#onSwept({ queryId, pin, idleMs })
    }
  }
}
