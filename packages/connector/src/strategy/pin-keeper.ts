import type { CancelSchedule, Clock } from '../time/clock.ts'
import type { Strategy } from '../types/strategy.ts'
import type { PinStore } from './strategy-store.ts'

/** A query whose pin was dropped because nobody asked about it for too long. */
export interface SweptPin {
  readonly queryId: string
  readonly strategy: Strategy
  readonly idleMs: number
}

/** How often pins are looked over for forgotten queries, as a share of the time they may idle. */
const SWEEPS_PER_IDLE_TIMEOUT = 4

/** Keeps the pins of this process's queries, and drops those that were forgotten (rule 9). */
export class PinKeeper {
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

  register(queryId: string, strategy: Strategy, engineIp: string): void {
    this.#pins.set(queryId, { strategy, engineIp, lastActivityAt: this.#clock.now() })
    this.#cancelSweep ??= this.#scheduleSweep()
  }

  /** A call about a query was answered: its pin lives on. A pin that was swept is not resurrected. */
  active(queryId: string): void {
    const pin = this.#pins.get(queryId)
    if (pin) pin.lastActivityAt = this.#clock.now()
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
    for (const [queryId, { strategy, lastActivityAt }] of [...this.#pins.own()]) {
      const idleMs = now - lastActivityAt
      if (idleMs < this.#idleTimeoutMs) continue
      this.#pins.delete(queryId)
      this.#onSwept({ queryId, strategy, idleMs })
    }
  }
}
