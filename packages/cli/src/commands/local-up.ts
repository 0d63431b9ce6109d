import { once } from 'node:events'
import type { LocalCluster, TlsOptions } from 'e6data-local-cluster'
import { CommandError } from '../command-error.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { clusterOptions } from '../local/cluster-options.ts'
import { startDetached } from '../local/detached-cluster.ts'
import { keepCluster, keptCluster } from '../local/kept-clusters.ts'
import {
  alreadyRunning,
  forgetLocalCluster,
  type LocalState,
  rememberLocalCluster,
  runningLocalCluster,
} from '../local/local-state.ts'
import { styleFor } from '../style.ts'

/** Exit statuses of errors that the user can fix; other errors are bugs of the cluster. */
const START_FAULTS: Readonly<Record<string, ExitName>> = {
  E6_LOCAL_OPTIONS: 'usage',
  E6_LOCAL_DATA_FOLDER: 'usage',
  E6_LOCAL_ADDRESS_IN_USE: 'local',
  E6_LOCAL_ENGINE_PROCESS: 'local',
}

/** Runs a local cluster until it is interrupted, or starts one in the background. */
export async function run(invocation: Invocation): Promise<ExitName> {
  const { given, environment, interruption } = invocation
  const other = runningLocalCluster(environment)
  if (other) throw alreadyRunning(other.pid)
  if (given.has('detach')) {
    tell(invocation, await startDetached(invocation), 'in the background; `e6data local down` stops it')
    return 'ok'
  }
  const { selfSignedCertificate } = await import('e6data-local-cluster')
  const certificate = given.has('tls') ? selfSignedCertificate() : undefined
  await using cluster = await startAsBefore(invocation, certificate).catch(throwStartFault)
  const { url, adminUrl, consoleUrl } = cluster
  if (adminUrl === undefined || consoleUrl === undefined) throw new TypeError('the local cluster has no admin API')
  const state: LocalState = {
    ...{ pid: process.pid, url, adminUrl, consoleUrl, startedAt: new Date().toISOString() },
    ...(certificate ? { ca: certificate.cert } : {}),
  }
  rememberLocalCluster(environment, state)
  keepCluster(environment, state)
  try {
    tell(invocation, state, 'until Ctrl-C')
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort')
  } finally {
    forgetLocalCluster(environment, process.pid)
  }
  // An interruption is the normal end, not a failure.
  return 'ok'
}

/** Starts with the ports and tokens of last time. If the ports are in use, only the tokens are kept. */
async function startAsBefore(invocation: Invocation, certificate: TlsOptions | undefined): Promise<LocalCluster> {
  const { startCluster } = await import('e6data-local-cluster')
  const port = invocation.given.number('port')
  const kept = keptCluster(invocation.environment, port)
  try {
    return await startCluster(clusterOptions(invocation, certificate, kept))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'E6_LOCAL_ADDRESS_IN_USE' || kept.port === undefined) throw error
    const { port: _, adminPort: __, ...tokens } = kept
    return startCluster(clusterOptions(invocation, certificate, tokens))
  }
}

/** @throws CommandError for an error that the user can fix, else the original error */
function throwStartFault(error: NodeJS.ErrnoException): never {
  const exit = START_FAULTS[error.code ?? '']
  if (exit === undefined) throw error
  throw new CommandError(error.message.replace(/:?\n\s*- /g, ': '), exit)
}

/** Prints no token of clients, which stays in the owner's file. The console's token is part of the address to open. */
function tell({ given, environment, noColor }: Invocation, state: LocalState, how: string): void {
  const { pid, url, adminUrl, consoleUrl } = state
  const { stdout, env } = environment
  const { hostname, port } = new URL(url)
  if (given.has('json')) {
    stdout.write(`${JSON.stringify({ pid, host: hostname, port: Number(port), adminUrl, consoleUrl })}\n`)
    return
  }
  const { strong, dim } = styleFor(stdout, env, { noColor })
  stdout.write(
    `${strong('local cluster')} at ${hostname}:${port}, ${how}\n` +
      `${dim('console')}    ${consoleUrl}\n` +
      `${dim('admin API')}  ${adminUrl}\n` +
      `${dim('try')}        e6data query -P local "SELECT region, count(*) AS orders FROM orders GROUP BY 1"\n` +
      `           e6data local deploy\n`,
  )
}
