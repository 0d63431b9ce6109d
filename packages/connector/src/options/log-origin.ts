import type { LogOrigin } from '../observability/logger.ts'

interface ClusterPlace {
  readonly host: string
  readonly port: number
  readonly clusterName?: string | undefined
  readonly clusterUuid?: string | undefined
}

/** Names the cluster and the component in log lines. */
export function logOrigin(
  { host, port, clusterName, clusterUuid }: ClusterPlace,
  component: LogOrigin['component'],
): LogOrigin {
  const name = clusterUuid ?? clusterName
  return { cluster: `${host}:${port}${name ? `/${name}` : ''}`, component }
}
