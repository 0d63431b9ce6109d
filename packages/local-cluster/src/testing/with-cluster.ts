import { afterAll, beforeAll } from 'vitest'
import type { LocalClusterOptions } from '../cluster-options.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { startCluster } from '../start-cluster.ts'
import { RawClient } from './raw-client.ts'

/**
 * A cluster and a client that the tests of a file share. Green is announced and accepts, so that both engines serve.
 */
export interface SharedCluster {
  readonly cluster: LocalCluster
  readonly client: RawClient
}

/** Starts a cluster before the tests of a file, and closes it after them. */
export function withCluster(options: LocalClusterOptions): SharedCluster {
  let started: SharedCluster | undefined
  beforeAll(async () => {
    const cluster = await startCluster({ mode: 'in-process', adminPort: false, ...options })
    await cluster.announce('green')
    started = { cluster, client: new RawClient(cluster) }
  })
  afterAll(async () => {
    started?.client.close()
    await started?.cluster.close()
  })
  const running = () => {
    if (started === undefined) throw new Error('the cluster starts with the first test')
    return started
  }
  return {
    get cluster() {
      return running().cluster
    },
    get client() {
      return running().client
    },
  }
}
