import { EventHub, type IgnoredReason, type StrategyEvents, type TransitionCause } from '../observability/events.ts'
import { type Logger, silentLogger } from '../observability/logger.ts'
import { STRATEGY_LOG } from '../observability/strategy-log.ts'
import type { StoreNotice, StrategyUpdate } from './strategy-store.ts'

/** The maximum length shown of an invalid strategy value. */
const SHOWN_VALUE_LENGTH = 32

/** Publishes each change of a cluster's strategy as an event, a count and a log line (rule 13). */
export class StrategyNews {
  readonly events: EventHub<StrategyEvents>
  #logger: Logger
  #storeFailure: string | undefined

  constructor(logger: Logger) {
    this.#logger = logger
    this.events = new EventHub(logger)
  }

  /** Adds a logger: the first that is not silent logs for all. */
  logTo(logger: Logger): void {
    if (this.#logger !== silentLogger) return
    this.#logger = logger
    this.events.logger = logger
  }

  /** Reports one event. */
  tell<Name extends keyof StrategyEvents & string>(name: Name, facts: StrategyEvents[Name][0]): void {
    const args = [facts] as unknown as StrategyEvents[Name]
    this.events.emit(name, ...args)
    const { level, message } = STRATEGY_LOG[name]
    this.log(level, facts, message)
  }

  /** Why the store can't be used; `undefined` when it can. */
  get storeFailure(): string | undefined {
    return this.#storeFailure
  }

  /** Reports what a store says of itself, and of the pins of others. */
  tellNotice(notice: StoreNotice, now: number): void {
    switch (notice.kind) {
      case 'unavailable': {
        const { reason } = notice
        this.#storeFailure = reason
        this.tell('strategy:store-unavailable', { reason })
        return
      }
      case 'available':
        this.#storeFailure = undefined
        this.log('info', {}, 'the strategy is shared with other processes again')
        return
      case 'swept': {
        const { queryId, pin } = notice
        const idleMs = Math.max(now - pin.lastActivityAt, 0)
        this.tell('strategy:swept', { queryId, strategy: pin.strategy, idleMs, reason: 'process-gone' })
        return
      }
      default:
        notice satisfies never
    }
  }

  log(level: keyof Logger, facts: object, message: string): void {
    this.#logger[level](facts, message)
  }

  /** Reports an ignored announcement. */
  tellIgnored(reason: IgnoredReason, value: string, epoch: number): void {
    this.tell('strategy:ignored', { reason, value: value.slice(0, SHOWN_VALUE_LENGTH), epoch })
  }

  /** Reports an invalid strategy in a program's call. */
  tellInvalid(value: unknown, call: string): void {
    const shown = typeof value === 'string' ? value.slice(0, SHOWN_VALUE_LENGTH) : `(${typeof value})`
    this.tell('strategy:invalid', { value: shown, call })
  }

  /** Reports the difference of two states. */
  tellChange({ before, after }: StrategyUpdate, cause: TransitionCause): void {
    if (before === after) return
    const { active, epoch } = after
    if (active !== undefined && active !== before.active) {
      this.tell('strategy:transition', { from: before.active ?? before.lastKnown, to: active, epoch, cause })
    }
    if (active === undefined && before.active !== undefined) {
      this.tell('strategy:cleared', { from: before.active, epoch })
    }
    if (after.opening && after.opening.count !== before.opening?.count) {
      this.tell('strategy:accepting', { strategy: after.opening.strategy, epoch })
    }
    if (active === undefined) return
    if (after.pending && after.pending.strategy !== before.pending?.strategy) {
      this.tell('strategy:announced', { strategy: after.pending.strategy, active, epoch })
    }
    if (after.pending?.ready && !before.pending?.ready) {
      this.tell('strategy:ready', { strategy: after.pending.strategy, epoch })
    }
    if (before.pending && !after.pending && active === before.active) {
      this.tell('strategy:withdrawn', { strategy: before.pending.strategy, active, epoch })
    }
  }
}
