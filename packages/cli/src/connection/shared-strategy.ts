import { type StrategyManager, strategyManager } from 'e6data-connector'
import { resolveStateOptions, type StateOptions } from 'e6data-connector/wire'
import type { Invocation } from '../invocation.ts'
import { connectionSettings } from './connection-settings.ts'

/** A cluster's address, and the strategy state that this host shares about it. */
export interface HostStrategy {
  readonly manager: StrategyManager
  readonly place: Pick<StateOptions, 'host' | 'port' | 'clusterName' | 'clusterUuid'>
}

/**
 * Opens the strategy state that this host shares about a cluster and a user. Calls neither the cluster nor prompts for
 * a token.
 */
export function openHostStrategy(invocation: Invocation): HostStrategy {
  const { options } = connectionSettings(invocation)
  return { manager: strategyManager(options), place: resolveStateOptions(options) }
}
