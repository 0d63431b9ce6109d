import { type ConnectOptions, OptionsError, type StrategyManager, strategyManager } from 'e6data-connector'
import { type ResolvedOptions, resolveOptions } from 'e6data-connector/wire'
import type { Invocation } from '../invocation.ts'
import { connectionSettings } from './connection-settings.ts'

/** What this host knows of a cluster, and which cluster that is. */
export interface HostStrategy {
  readonly manager: StrategyManager
  readonly place: Pick<ResolvedOptions, 'host' | 'port' | 'clusterName' | 'clusterUuid'>
}

/** What stands in for credentials that are not known: nobody logs in to look at what is on this host. */
const STAND_INS: readonly ConnectOptions[] = [{}, { password: 'none' }, { username: 'nobody', password: 'none' }]

/**
 * Opens what this host knows of the cluster that the options name, for the user that they name: each user has a state of
 * their own. Asks neither the cluster nor for a token.
 */
export function openHostStrategy(invocation: Invocation): HostStrategy {
  const { options } = connectionSettings(invocation)
  const complete = STAND_INS.map((standIn) => ({ ...options, ...standIn, allowPlaintextCredentials: true }))
  const usable = complete.find(isComplete) ?? complete.at(-1)!
  return { manager: strategyManager(usable), place: resolveOptions(usable) }
}

function isComplete(options: ConnectOptions): boolean {
  try {
    resolveOptions(options)
    return true
  } catch (error) {
    if (error instanceof OptionsError) return false
    throw error
  }
}
