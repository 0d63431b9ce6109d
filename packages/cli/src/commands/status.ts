import { clusterManager } from 'e6data-connector'
import { completeSettings } from '../connection/connection-settings.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { writeClusterStatus } from '../output/cluster-status.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  await using manager = clusterManager(await completeSettings(invocation))
  const status = await manager.status({ signal: invocation.interruption.signal })
  writeClusterStatus(invocation, status)
  return status === 'active' ? 'ok' : 'unavailable'
}
