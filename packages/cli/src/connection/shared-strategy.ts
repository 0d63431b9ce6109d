import { type StrategyManager, strategyManager } from 'e6data-connector'
import { type ResolvedOptions, resolveOptions } from 'e6data-connector/wire'
import type { Invocation } from '../invocation.ts'
import { connectionSettings } from './connection-settings.ts'

/** What this host knows of a cluster, and which cluster that is. */
export interface HostStrategy {
  readonly manager: StrategyManager
  readonly place: Pick<ResolvedOptions, 'host' | 'port' | 'clusterName' | 'clusterUuid'>
}

/** The state belongs to a cluster and a user. Nobody logs in to look at it, so it takes no token. */
const NO_TOKEN = { password: 'none', allowPlaintextCredentials: true }

/** Opens what this host knows of the cluster that the options name. Asks neither the cluster nor for a token. */
export function openHostStrategy(invocation: Invocation): HostStrategy {
  const settings = connectionSettings(invocation).options
  const options = settings.accessToken ? settings : { username: 'nobody', ...settings, ...NO_TOKEN }
  return { manager: strategyManager(options), place: resolveOptions(options) }
}
