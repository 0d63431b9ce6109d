import type { LocalClusterOptions, TlsOptions } from 'e6data-local-cluster'
import type { Invocation } from '../invocation.ts'

/** What `startCluster` is given for the options of `e6data local up`. */
export function clusterOptions({ given }: Pick<Invocation, 'given'>, tls: TlsOptions | undefined): LocalClusterOptions {
  const initial = given.text('initial')
  const options = {
    port: given.number('port'),
    adminPort: given.number('admin-port'),
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
