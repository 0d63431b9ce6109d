import { startCluster } from 'e6data-local-cluster'
import { expect, it, vi } from 'vitest'
import { RawClient } from '../packages/local-cluster/src/testing/raw-client.ts'

it('other gRPC libraries reach a local cluster where the environment names a proxy and no exception', async () => {
  for (const name of ['grpc_proxy', 'https_proxy', 'http_proxy']) vi.stubEnv(name, 'http://127.0.0.1:9')
  vi.stubEnv('no_proxy', '')
  try {
    await using cluster = await startCluster({ mode: 'in-process', adminPort: false, rows: 10 })
    using client = new RawClient(cluster)
    expect(await client.query('SELECT 6 * 7 AS answer')).toEqual([{ answer: 42 }])
  } finally {
    vi.unstubAllEnvs()
  }
})
