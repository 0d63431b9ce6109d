import { once } from 'node:events'
import { connect } from 'e6data-connector'
import { resolveOptions } from 'e6data-connector/wire'
import {
  type ConsoleOptions,
  ConsoleOptionsError,
  type RunningConsole,
  startConsole,
} from 'e6data-local-cluster/console'
import { CommandError } from '../command-error.ts'
import { completeSettings, connectionSettings } from '../connection/connection-settings.ts'
import { openHostStrategy } from '../connection/shared-strategy.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { styleFor } from '../style.ts'

/** Messages for errors that the given address causes. */
const ADDRESS_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: choose another --listen-port',
  EADDRNOTAVAIL: 'is not an address of this machine',
  ENOTFOUND: 'is not a valid address',
  EACCES: 'is not permitted: choose a --listen-port above 1023',
}

/** Serves the console until it is interrupted. */
export async function run(invocation: Invocation): Promise<ExitName> {
  const { given, interruption } = invocation
  const metrics = given.texts('METRICS-URL')
  const watched = isClusterNamed(invocation) || metrics.length === 0 ? await clusterParts(invocation) : undefined
  try {
    await using console = await start(invocation, { ...watched?.parts, metrics })
    tell(invocation, console, watched?.parts.editor !== undefined)
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort')
  } finally {
    watched?.close()
  }
  // An interruption is the normal end, not a failure.
  return 'ok'
}

/** Whether a cluster is named; programs can be watched without one. */
function isClusterNamed(invocation: Invocation): boolean {
  const { options } = connectionSettings(invocation)
  return (options.url ?? options.host ?? invocation.environment.env.E6DATA_HOST) !== undefined
}

/** The state that this host shares about the cluster and, with a token, an editor. */
async function clusterParts(invocation: Invocation) {
  const { manager, place } = openHostStrategy(invocation)
  const parts: Pick<ConsoleOptions, 'title' | 'inspectHost' | 'editor'> = {
    title: `Programs on ${place.clusterName ?? place.host}`,
    inspectHost: () => manager.inspect(),
    ...(await editorParts(invocation)),
  }
  return { parts, close: () => manager.close() }
}

async function editorParts(invocation: Invocation): Promise<Pick<ConsoleOptions, 'editor'>> {
  if (connectionSettings(invocation).tokenSource === undefined) return {}
  const options = await completeSettings(invocation)
  // The URL may contain them as well.
  const { catalog = '', database = '' } = resolveOptions(options)
  return { editor: { catalog, database, connect: () => connect(options) } }
}

async function start({ given, environment }: Invocation, parts: ConsoleOptions): Promise<RunningConsole> {
  const host = given.text('listen') ?? '127.0.0.1'
  const port = given.number('listen-port') ?? 0
  const token = environment.env.E6DATA_CONSOLE_TOKEN || undefined
  try {
    return await startConsole({ ...parts, host, port, ...(token === undefined ? {} : { token }) })
  } catch (error) {
    if (error instanceof ConsoleOptionsError) throw new CommandError(error.message)
    const why = ADDRESS_FAULTS[(error as NodeJS.ErrnoException).code ?? '']
    if (why === undefined) throw error
    throw new CommandError(`${host}${port === 0 ? '' : `:${port}`} ${why}`, 'usage', { cause: error })
  }
}

function tell({ given, environment, noColor }: Invocation, { url }: RunningConsole, hasEditor: boolean): void {
  const { stdout, env } = environment
  if (given.has('json')) {
    stdout.write(`${JSON.stringify({ url })}\n`)
    return
  }
  const { strong, dim } = styleFor(stdout, env, { noColor })
  const editor = hasEditor ? '' : `${dim('no editor')}  no token is known to run queries with\n`
  stdout.write(`${strong('console')} at ${url}, until Ctrl-C\n${editor}`)
}
