import type { LocalClusterOptions, TlsOptions } from 'e6data-local-cluster'
import type { Invocation } from '../invocation.ts'
import type { KeptCluster } from './kept-clusters.ts'

/** The options of `startCluster` for `e6data local up`. Missing ones keep their last values. */
export function clusterOptions(
  { given }: Pick<Invocation, 'given'>,
  tls: TlsOptions | undefined,
  kept: KeptCluster,
): LocalClusterOptions {
  const initial = given.text('initial')
  const options = {
    port: given.number('port') ?? kept.port,
    adminPort: given.number('admin-port') ?? kept.adminPort,
    users: kept.token === undefined ? undefined : { local: kept.token },
    consoleToken: kept.consoleToken,
    data: given.text('data'),
    rows: given.number('rows'),
    batchRows: given.number('batch-rows'),
    initial: initial === 'green' || initial === 'blue' ? initial : undefined,
    resumeMs: given.number('resume-time'),
    tls,
    suspended: given.has('suspended'),
    mode: given.has('in-process') ? 'in-process' : 'process',
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
