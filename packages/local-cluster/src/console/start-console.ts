import { isIPv4 } from 'node:net'
import type { Connection } from 'e6data-connector'
import { Console } from './console.ts'
import { ConsoleServer } from './console-server.ts'
import { makeToken, SHORTEST_TOKEN, withToken } from './console-token.ts'
import { type HostInspection, ProgramsSource } from './programs-source.ts'
import { QueryRunner } from './query-runner.ts'

export interface ConsoleOptions {
  /** The network address to listen on. @default '127.0.0.1' */
  host?: string
  /** The port; 0 picks a free one. @default 0 */
  port?: number
  /** The token that requests must carry, at least 12 characters. @default a random one */
  token?: string
  /** The heading of the page. @default 'programs' */
  title?: string
  /** Addresses where programs expose `prometheusText`; scraped twice a second. */
  metrics?: readonly string[]
  /** Returns the state that programs of this host share: `() => strategyManager(options).inspect()`. */
  inspectHost?: () => HostInspection
  /** Runs the editor's queries and cancels those of this host. @default no editor */
  editor?: { catalog: string; database: string; connect: () => Promise<Connection> }
}

/** A running console. */
export interface RunningConsole extends AsyncDisposable {
  /** The address to open in a browser, with the token after the `#`. */
  readonly url: string
  close(): Promise<void>
}

/** Thrown for invalid options. */
export class ConsoleOptionsError extends Error {
  readonly code = 'E6_CONSOLE_OPTIONS'
  constructor(message: string) {
    super(message)
    this.name = 'ConsoleOptionsError'
  }
}

/**
 * Serves the console for programs that expose metrics, report to it, or share their state on this host.
 * @throws ConsoleOptionsError
 */
export async function startConsole(options: ConsoleOptions = {}): Promise<RunningConsole> {
  const { host = '127.0.0.1', port = 0, title = 'programs', metrics = [], inspectHost, editor } = options
  checkAddresses(metrics)
  const token = checkedToken(options.token)
  const runner = editor && new QueryRunner(editor.connect)
  const source = new ProgramsSource({
    title,
    metrics,
    ...(inspectHost ? { inspectHost } : {}),
    ...(editor ? { editor: { catalog: editor.catalog, database: editor.database } } : {}),
    ...(runner ? { cancelQuery: (id: string) => runner.cancel(id) } : {}),
  })
  const console = new Console({ source, token, ...(runner ? { runner } : {}) })
  const end = async () => {
    source.close()
    await console.close()
  }
  try {
    const server = await ConsoleServer.listen(console, { host, port, isLoopback: isLoopback(host) })
    const close = async () => {
      await server.close()
      await end()
    }
    return { url: withToken(server.url, token), close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await end()
    throw error
  }
}

function checkAddresses(metrics: readonly string[]): void {
  for (const address of metrics) {
    if (!/^https?:$/.test(URL.canParse(address) ? new URL(address).protocol : '')) {
      throw new ConsoleOptionsError(`metrics must be http addresses, not ${JSON.stringify(address)}`)
    }
  }
}

function checkedToken(given: string | undefined): string {
  if (given !== undefined && given.length < SHORTEST_TOKEN) {
    throw new ConsoleOptionsError(`a token must have at least ${SHORTEST_TOKEN} characters`)
  }
  return given ?? makeToken()
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}
