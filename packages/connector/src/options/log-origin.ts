import type { LogOrigin } from '../observability/logger.ts'
import type { ResolvedOptions } from './resolve-options.ts'

type ClusterPlace = Pick<ResolvedOptions, 'host' | 'port' | 'clusterName' | 'clusterUuid'>

/** Names the cluster that options are about, and a component, in log lines. */
export function logOrigin(
  { host, port, clusterName, clusterUuid }: ClusterPlace,
  component: LogOrigin['component'],
): LogOrigin {
  const name = clusterUuid ?? clusterName
  return { cluster: `${host}:${port}${name ? `/${name}` : ''}`, component }
}
