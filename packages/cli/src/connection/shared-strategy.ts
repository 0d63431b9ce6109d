import { type StrategyManager, strategyManager } from 'e6data-connector'
import { type ResolvedOptions, resolveOptions } from 'e6data-connector/wire'
import type { Invocation } from '../invocation.ts'
import { connectionSettings } from './connection-settings.ts'

/** What this host knows of a cluster, and which cluster that is. */
export interface HostStrategy {
  readonly manager: StrategyManager
  readonly place: Pick<ResolvedOptions, 'host' | 'port' | 'clusterName' | 'clusterUuid'>
}

/** Nobody logs in to look at what is on this host. */
const NOBODY = { username: 'nobody', password: 'none' }

/** Opens what this host knows of the cluster that the options name. Asks neither the cluster nor for a token. */
export function openHostStrategy(invocation: Invocation): HostStrategy {
  const options = { ...connectionSettings(invocation).options, ...NOBODY, allowPlaintextCredentials: true }
  return { manager: strategyManager(options), place: resolveOptions(options) }
}
