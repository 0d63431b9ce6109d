import type { LocalCluster } from 'e6data-local-cluster'

/** Resets the cluster for the next test. */
export async function settle(cluster: LocalCluster): Promise<void> {
  const token = new URLSearchParams(new URL(cluster.consoleUrl!).hash.slice(1)).get('token')
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const stopped = await fetch(`${cluster.adminUrl}/console/load`, {
    method: 'POST',
    headers,
    body: '{"running":false}',
  })
  await stopped.body?.cancel()
  cluster.clearFaults()
  if (cluster.availability !== 'active') await cluster.resume()
  if (cluster.state.kind === 'announced' || cluster.state.kind === 'cut-over') await cluster.rollBack()
  if (cluster.state.kind === 'rolled-back') await cluster.retire(cluster.state.draining)
}
