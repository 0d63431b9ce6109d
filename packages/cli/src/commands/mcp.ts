import { CommandError } from '../command-error.ts'
import { completeSettings, connectionSettings } from '../connection/connection-settings.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'

/** Serves an MCP client over standard input and output until it disconnects. */
export async function run(invocation: Invocation): Promise<ExitName> {
  const { given, environment, interruption } = invocation
  const { serveMcp } = await loadServer()
  // Standard input belongs to the protocol, so there is no prompt.
  if (connectionSettings(invocation).tokenSource === undefined)
    throw new CommandError('no token: add one to a profile, or set E6DATA_PASSWORD; `mcp` cannot prompt for it')
  const bounds = {
    maxRows: given.number('max-rows'),
    maxBytes: given.number('max-bytes'),
    timeoutMs: given.number('timeout'),
  }
  await serveMcp({
    ...Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined)),
    connection: await completeSettings(invocation),
    allowWrites: given.has('allow-writes'),
    input: environment.stdin,
    output: environment.stdout,
    signal: interruption.signal,
  })
  return 'ok'
}

/** The server is a separate package, so that the command stays small. */
async function loadServer(): Promise<typeof import('e6data-mcp')> {
  try {
    return await import('e6data-mcp')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // One of its dependencies may be missing instead.
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes("'e6data-mcp'")) throw error
    throw new CommandError('the package e6data-mcp is not installed: `npm install --global e6data-mcp`', 'usage', {
      cause: error,
    })
  }
}
