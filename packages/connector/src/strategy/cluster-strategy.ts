import type { EventHub, StrategyEvents } from '../observability/events.ts'
import type { Strategy } from '../types/strategy.ts'
import type { StrategyManagerOptions } from './manager-options.ts'
import type { SharedStrategy, StrategyInspection } from './strategy-inspection.ts'
import { StrategyManager } from './strategy-manager.ts'

/**
 * What is known of one cluster's deployments, to look at and to drive. Shared by all connections of a process to the cluster. The nine
 * functions are those of the API reference; what calls report on their way is not among them.
 */
export class ClusterStrategy {
  readonly #manager: StrategyManager

  constructor(options?: StrategyManagerOptions)
  /** @internal */
  constructor(manager: StrategyManager)
  constructor(given: StrategyManagerOptions | StrategyManager = {}) {
    this.#manager = given instanceof StrategyManager ? given : new StrategyManager(given)
  }

  /** Everything that happens to the strategy, by name. */
  get events(): EventHub<StrategyEvents> {
    return this.#manager.events
  }

  /** The strategy in use; `undefined` when never known, cleared, or not confirmed within the cache timeout. */
  getActiveStrategy(): Strategy | undefined {
    return this.#manager.getActiveStrategy()
  }

  /** Sets the strategy in use. Any case; anything but blue or green is refused with a warning. */
  setActiveStrategy(value: string): void {
    this.#manager.setActiveStrategy(value)
  }

  /** Sets the strategy to move to. The one in use is no change; anything but blue or green is refused with a warning. */
  setPendingStrategy(value: string): void {
    this.#manager.setPendingStrategy(value)
  }

  /** Makes the pending strategy the one in use, now, whether or not it is known to accept. */
  applyPendingStrategy(): void {
    this.#manager.applyPendingStrategy()
  }

  /** Forgets the active and the pending strategy, so that the next statement detects them. */
  clearStrategyCache(): void {
    this.#manager.clearStrategyCache()
  }

  /** Remembers which strategy runs a query. A missing id or an invalid strategy is refused with a warning. */
  registerQueryStrategy(queryId: string, value: string, engineIp?: string): void {
    this.#manager.registerQueryStrategy(queryId, value, engineIp)
  }

  /** The strategy that runs a query, in this process or another of the host; else the active one. */
  getQueryStrategy(queryId: string): Strategy | undefined {
    return this.#manager.getQueryStrategy(queryId)
  }

  /** Forgets a query. Does nothing when it is not known. */
  cleanupQueryStrategy(queryId: string): void {
    this.#manager.cleanupQueryStrategy(queryId)
  }

  /** What processes of this host share, in the words of the API reference. */
  getSharedStrategy(): SharedStrategy {
    return this.#manager.getSharedStrategy()
  }

  /** All there is to see, for people, after a look at what others have written. */
  inspect(): StrategyInspection {
    return this.#manager.inspect()
  }

  /** Takes back at once what this process shares with others of the host. For what is not used by a connection, and for programs that end. */
  close(): void {
    this.#manager.close()
  }
}
