import { once } from 'node:events'
import { CommandError } from '../command-error.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { clusterOptions } from '../local/cluster-options.ts'
import { startDetached } from '../local/detached-cluster.ts'
import {
  alreadyRunning,
  forgetLocalCluster,
  type LocalState,
  rememberLocalCluster,
  runningLocalCluster,
} from '../local/local-state.ts'
import { styleFor } from '../style.ts'

/** By the codes of what the user can mend; all else is a fault of the cluster. */
const START_FAULTS: Readonly<Record<string, ExitName>> = {
  E6_LOCAL_OPTIONS: 'usage',
  E6_LOCAL_DATA_FOLDER: 'usage',
  E6_LOCAL_ADDRESS_IN_USE: 'local',
  E6_LOCAL_ENGINE_PROCESS: 'local',
}

/** Runs a local cluster until it is interrupted, or leaves one behind in the background. */
export async function run(invocation: Invocation): Promise<ExitName> {
  const { given, surroundings, interruption } = invocation
  const other = runningLocalCluster(surroundings)
  if (other) throw alreadyRunning(other.pid)
  if (given.has('detach')) {
    tell(invocation, await startDetached(invocation), 'in the background; `e6data local down` stops it')
    return 'ok'
  }
  const { selfSignedCertificate, startCluster } = await import('e6data-local-cluster')
  const certificate = given.has('tls') ? selfSignedCertificate() : undefined
  await using cluster = await startCluster(clusterOptions(invocation, certificate)).catch(tellStartFault)
  if (cluster.adminUrl === undefined) throw new TypeError('the local cluster has no admin API')
  const state: LocalState = {
    ...{ pid: process.pid, url: cluster.url, adminUrl: cluster.adminUrl, startedAt: new Date().toISOString() },
    ...(certificate ? { ca: certificate.cert } : {}),
  }
  rememberLocalCluster(surroundings, state)
  try {
    tell(invocation, state, 'until Ctrl-C')
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort')
  } finally {
    forgetLocalCluster(surroundings, process.pid)
  }
  // To be told to stop is how it ends; that is no failure.
  return 'ok'
}

/** @throws CommandError for what the user can mend, and else what was thrown */
function tellStartFault(error: NodeJS.ErrnoException): never {
  const exit = START_FAULTS[error.code ?? '']
  if (exit === undefined) throw error
  throw new CommandError(error.message.replace(/:?\n\s*- /g, ': '), exit)
}

/** The token stays in the file that only its owner can read. */
function tell({ given, surroundings, noColor }: Invocation, { pid, url, adminUrl }: LocalState, how: string): void {
  const { stdout, env } = surroundings
  const { hostname, port } = new URL(url)
  if (given.has('json')) {
    stdout.write(`${JSON.stringify({ pid, host: hostname, port: Number(port), adminUrl })}\n`)
    return
  }
  const { strong, dim } = styleFor(stdout, env, { noColor })
  stdout.write(
    `${strong('local cluster')} at ${hostname}:${port}, ${how}\n` +
      `${dim('console and admin API')}  ${adminUrl}\n` +
      `${dim('try')}  e6data query -P local "SELECT region, count(*) AS orders FROM orders GROUP BY 1"\n` +
      `     e6data local deploy\n`,
  )
}
