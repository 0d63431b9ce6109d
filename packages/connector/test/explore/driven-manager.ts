import type { Ticket } from '../../src/strategy/strategy-change.ts'
import { StrategyManager } from '../../src/strategy/strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from '../../src/strategy/strategy-state.ts'
import type { Clock } from '../../src/time/clock.ts'
import type { Rules } from './rules.ts'
import { ViewStore } from './view-store.ts'
import { type Host, type Medium, NOW } from './world.ts'

/** The search decides when time passes, and what is drawn at random. */
export const STILL_CLOCK: Clock = {
  now: () => NOW,
  wallTime: () => 0,
  schedule: () => () => undefined,
  jitter: () => 0,
}

const BLANK = initialStrategyState(DEFAULT_STRATEGY_LIMITS)

/** A call under a ticket that no state of the search has. */
const NONE_ACCEPTED = { by: { strategy: 'blue', epoch: 2 ** 40 }, sentAt: 0 } as const

/** What a manager told while it was driven, as far as others listen to it. */
export interface Told {
  /** Where calls that wait go: the strategy has changed, or the process that asks for all has found one. */
  readonly found: Ticket | undefined
  /** Whether a check had work moved. */
  readonly isMovedBySuspicion: boolean
}

/** A process's strategy manager, set to any state of the search, driven, and read out again. */
export class DrivenManager {
  readonly #store: ViewStore
  readonly #manager: StrategyManager
  #found: Ticket | undefined
  #isMovedBySuspicion = false

  constructor(rules: Rules) {
    this.#store = new ViewStore(rules, STILL_CLOCK)
    this.#manager = new StrategyManager({ store: this.#store, clock: STILL_CLOCK }, rules.step)
    this.#manager.events
      .on('strategy:transition', () => {
        this.#found ??= this.#manager.current()
      })
      .on('strategy:accepting', ({ strategy, epoch }) => {
        this.#found ??= { strategy, epoch }
      })
      .on('strategy:checked', ({ verdict }) => {
        this.#isMovedBySuspicion = verdict === 'moved'
      })
  }

  drive<Value>(
    medium: Medium,
    host: Host,
    use: (manager: StrategyManager) => Value,
  ): { medium: Medium; host: Host; told: Told; value: Value } {
    this.#recall(host.accepted)
    this.#store.load(medium, host)
    this.#found = undefined
    this.#isMovedBySuspicion = false
    const value = use(this.#manager)
    const { medium: shared, view, isBehind } = this.#store.unload(medium)
    const told = { found: this.#found, isMovedBySuspicion: this.#isMovedBySuspicion }
    return { medium: shared, host: { ...host, view, isBehind }, told, value }
  }

  /** Has the process look at what is shared. */
  hear(medium: Medium, host: Host): { host: Host; told: Told } {
    return this.drive(medium, host, () => this.#store.refresh())
  }

  /** Has a process that went on alone see again what is shared. */
  meet(medium: Medium, host: Host): { medium: Medium; host: Host; told: Told } {
    const met = this.drive(medium, host, () => this.#store.meet())
    return { ...met, host: { ...met.host, aloneFrom: undefined } }
  }

  /** Has the manager know again which call was accepted last, which it keeps itself, and forget what it knew before. */
  #recall(accepted: Host['accepted']): void {
    for (const { by, sentAt } of accepted ? [NONE_ACCEPTED, accepted] : [NONE_ACCEPTED]) {
      const state = { ...BLANK, active: by.strategy, epoch: by.epoch, checkedAt: NOW, servedAt: NOW }
      this.#store.load({ state, check: undefined }, { view: state, isBehind: false, aloneFrom: undefined })
      this.#manager.accepted(by, { sentAt })
    }
  }
}
