import type { Readable, Writable } from 'node:stream'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { type Connection, type ConnectOptions, connect } from 'e6data-connector'
import manifest from '../package.json' with { type: 'json' }
import type { QueryBounds } from './bounded-result.ts'
import { addTools } from './tools.ts'

export type { QueryBounds } from './bounded-result.ts'

export interface McpOptions extends Partial<QueryBounds> {
  /** The connection options. No tool accepts an address or a credential. */
  readonly connection: ConnectOptions
  /** Whether statements that write are run. @default false */
  readonly allowWrites?: boolean
  /** Where messages come from. @default standard input */
  readonly input?: Readable
  /** Where messages go; nothing else may be written there. @default standard output */
  readonly output?: Writable
  /** Ends the server. */
  readonly signal?: AbortSignal
}

/** Options that can't be used. */
export class McpOptionsError extends Error {
  readonly code = 'E6_MCP_OPTIONS'
  constructor(message: string) {
    super(message)
    this.name = 'McpOptionsError'
  }
}

const DEFAULT_BOUNDS: QueryBounds = { maxRows: 200, maxBytes: 100_000, timeoutMs: 60_000 }

/**
 * Serves the Model Context Protocol until the client goes away or the signal fires. The cluster is connected to with
 * the first call that needs it.
 * @throws McpOptionsError
 */
export async function serveMcp(options: McpOptions): Promise<void> {
  const { maxRows, maxBytes, timeoutMs } = { ...DEFAULT_BOUNDS, ...definedOf(options) }
  const bounds = { maxRows, maxBytes, timeoutMs }
  for (const [name, value] of Object.entries(bounds)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new McpOptionsError(`${name} must be a whole number, at least 1`)
  }
  const { input = process.stdin, output = process.stdout, signal, allowWrites = false } = options
  const link = new ClusterLink(options.connection)
  const server = new McpServer({ name: 'e6data', version: manifest.version })
  addTools(server, { connection: () => link.open(), bounds, allowWrites })
  const ended = new Promise<void>((resolve) => {
    server.server.onclose = resolve
    input.once('end', () => void server.close())
    input.once('close', () => void server.close())
    signal?.addEventListener('abort', () => void server.close(), { once: true })
  })
  await server.connect(new StdioServerTransport(input, output))
  if (signal?.aborted) await server.close()
  await ended
  await link.close()
}

function definedOf(options: Partial<QueryBounds>): Partial<QueryBounds> {
  const { maxRows, maxBytes, timeoutMs } = options
  return Object.fromEntries(Object.entries({ maxRows, maxBytes, timeoutMs }).filter(([, value]) => value !== undefined))
}

/** One connection for all calls, opened when it is needed, and again after opening it has failed. */
class ClusterLink {
  #connection: Promise<Connection> | undefined

  constructor(private readonly options: ConnectOptions) {}

  async open(): Promise<Connection> {
    this.#connection ??= connect(this.options)
    try {
      return await this.#connection
    } catch (error) {
      this.#connection = undefined
      throw error
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined)
    await connection?.close()
  }
}
