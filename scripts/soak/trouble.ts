import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, LocalCluster } from 'e6data-local-cluster'

/** A stretch of bad luck, on calls that are drawn. */
const FAULTS: readonly Fault[] = [
  { method: 'getNextResultBatch', occurrence: 2, fault: { kind: 'delay', ms: 300 } },
  { method: 'getNextResultBatch', occurrence: 3, fault: { kind: 'reset', moment: 'after' } },
  { method: 'getNextResultBatch', occurrence: 5, fault: { kind: 'http-status', status: 456 } },
  { method: ['prepareStatement', 'prepareStatementV2'], times: 5, fault: { kind: 'http-status', status: 456 } },
  { method: ['executeStatement', 'executeStatementV2'], times: 2, fault: { kind: 'reset', moment: 'before' } },
  { method: 'authenticate', times: 3, fault: { kind: 'delay', ms: 500 } },
  { method: 'getResultMetadata', fault: { kind: 'grpc-status', status: 'internal', message: 'Access denied' } },
  { method: 'clearOrCancelQuery', times: 3, fault: { kind: 'reset', what: 'connection' } },
  { occurrence: 4, fault: { kind: 'goaway' } },
]

/** From one stretch of bad luck to the next, in milliseconds. */
const PAUSE_MS = 2000

/** Makes trouble for a cluster's clients until told to stop; every eighth time the whole cluster is suspended. */
export async function makeTrouble(cluster: LocalCluster, stop: AbortSignal): Promise<void> {
  for (let turn = 1; await pause(stop); turn++) {
    cluster.clearFaults()
    if (turn % 8 === 0) await cluster.suspend()
    else if (turn % 5 === 0) cluster.dropConnections()
    else cluster.inject(FAULTS[turn % FAULTS.length]!)
  }
  cluster.clearFaults()
  if (cluster.availability === 'suspended') await cluster.resume()
}

async function pause(stop: AbortSignal): Promise<boolean> {
  try {
    await sleep(PAUSE_MS, undefined, { signal: stop })
    return true
  } catch {
    return !stop.aborted // the only way to be woken early
  }
}
