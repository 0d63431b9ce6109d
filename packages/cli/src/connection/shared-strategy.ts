import { type StrategyManager, strategyManager } from 'e6data-connector'
import { resolveStateOptions, type StateOptions } from 'e6data-connector/wire'
import type { Invocation } from '../invocation.ts'
import { connectionSettings } from './connection-settings.ts'

/** What this host knows of a cluster, and which cluster that is. */
export interface HostStrategy {
  readonly manager: StrategyManager
  readonly place: Pick<StateOptions, 'host' | 'port' | 'clusterName' | 'clusterUuid'>
}

/**
 * Opens what this host knows of the cluster that the options name, for the user that they name: each user has a state of
 * their own. Asks neither the cluster nor for a token.
 */
export function openHostStrategy(invocation: Invocation): HostStrategy {
  const { options } = connectionSettings(invocation)
  return { manager: strategyManager(options), place: resolveStateOptions(options) }
}
