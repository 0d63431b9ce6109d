import type { EventHub, StrategyEvents } from '../observability/events.ts'
import type { Strategy } from '../types/strategy.ts'
import type { StrategyManagerOptions } from './manager-options.ts'
import type { SharedStrategy, StrategyInspection } from './strategy-inspection.ts'
import { StrategyManager } from './strategy-manager.ts'

/**
 * The state of one cluster's deployments, to inspect and to control. Shared by all connections of a process to the
 * cluster. It has the nine functions of the API reference; the reports of calls are not part of it.
 */
export class ClusterStrategy {
  readonly #manager: StrategyManager

  constructor(options?: StrategyManagerOptions)
  /** @internal */
  constructor(manager: StrategyManager)
  constructor(given: StrategyManagerOptions | StrategyManager = {}) {
    this.#manager = given instanceof StrategyManager ? given : new StrategyManager(given)
  }

  /** The strategy events, by name. */
  get events(): EventHub<StrategyEvents> {
    return this.#manager.events
  }

  /**
   * The active strategy; `undefined` when it was never known, was cleared, or was not confirmed within the cache
   * timeout.
   */
  getActiveStrategy(): Strategy | undefined {
    return this.#manager.getActiveStrategy()
  }

  /** Sets the active strategy, in any case; other values than blue and green are refused with a warning. */
  setActiveStrategy(value: string): void {
    this.#manager.setActiveStrategy(value)
  }

  /**
   * Sets the pending strategy. The active one has no effect; other values than blue and green are refused with a
   * warning.
   */
  setPendingStrategy(value: string): void {
    this.#manager.setPendingStrategy(value)
  }

  /** Makes the pending strategy active immediately, whether or not it is known to accept work. */
  applyPendingStrategy(): void {
    this.#manager.applyPendingStrategy()
  }

  /** Clears the active and the pending strategy, so that the next statement detects them. */
  clearStrategyCache(): void {
    this.#manager.clearStrategyCache()
  }

  /** Records the strategy that runs a query. A missing id or an invalid strategy is refused with a warning. */
  registerQueryStrategy(queryId: string, value: string, engineIp?: string): void {
    this.#manager.registerQueryStrategy(queryId, value, engineIp)
  }

  /** Returns the strategy that runs a query, in this process or another of the host; otherwise the active one. */
  getQueryStrategy(queryId: string): Strategy | undefined {
    return this.#manager.getQueryStrategy(queryId)
  }

  /** Drops a query. An unknown query has no effect. */
  cleanupQueryStrategy(queryId: string): void {
    this.#manager.cleanupQueryStrategy(queryId)
  }

  /** Returns the state shared by the processes of this host, in the terms of the API reference. */
  getSharedStrategy(): SharedStrategy {
    return this.#manager.getSharedStrategy()
  }

  /** Returns the full state for display, after reading the changes of other processes. */
  inspect(): StrategyInspection {
    return this.#manager.inspect()
  }

  /**
   * Immediately releases this process's share of the host's state. For use without a connection, and before a program
   * ends.
   */
  close(): void {
    this.#manager.close()
  }
}
