import { clusterManager } from 'e6data-connector'
import { completeSettings } from '../connection/connection-settings.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { writeClusterStatus } from '../output/cluster-status.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  await using manager = clusterManager(await completeSettings(invocation))
  writeClusterStatus(invocation, await manager.suspend({ signal: invocation.interruption.signal }))
  return 'ok'
}
