import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { CallToolResult, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js'
import { type Connection, E6dataError, type NameScope } from 'e6data-connector'
import { readsOnly } from 'e6data-connector/wire'
import { z } from 'zod'
import { boundedResult, type QueryBounds } from './bounded-result.ts'
import { markdownTable, resultMarkdown } from './markdown.ts'

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

export interface ToolParts {
  /** Connects with the first call. */
  readonly connection: () => Promise<Connection>
  readonly bounds: QueryBounds
  readonly allowWrites: boolean
}

const CATALOG = z.string().optional().describe('The catalog; left out, the one of the connection.')
const SCHEMA = z.string().optional().describe('The schema; left out, the one of the connection.')
const SQL = z.string().describe('One SQL statement, without a semicolon.')

const READS = { readOnlyHint: true, openWorldHint: false } as const

const REFUSAL =
  'Refused: this statement may change something. The server runs one SELECT, WITH or VALUES at a time; list_tables, ' +
  'list_columns and explain do what SHOW, DESCRIBE and EXPLAIN would. Nothing was sent to the cluster.'

/** Adds what an assistant may do. No tool takes an address or a credential. */
export function addTools(server: McpServer, parts: ToolParts): void {
  addCatalogTools(server, parts)
  addStatementTools(server, parts)
}

function addCatalogTools(server: McpServer, { connection, bounds }: ToolParts): void {
  const limits = ({ signal }: Extra) => ({ signal, timeoutMs: bounds.timeoutMs })
  server.registerTool(
    'list_catalogs',
    {
      title: 'List catalogs',
      description: 'The catalogs of the cluster.',
      inputSchema: {},
      outputSchema: namesShape('catalogs'),
      annotations: READS,
    },
    (_, extra) =>
      answered(async () => {
        const names = (await (await connection()).getCatalogs(limits(extra))).map(({ name }) => name)
        return namesResult('catalogs', 'catalog', names, bounds)
      }),
  )
  server.registerTool(
    'list_schemas',
    {
      title: 'List schemas',
      description: 'The schemas of a catalog.',
      inputSchema: { catalog: CATALOG },
      outputSchema: namesShape('schemas'),
      annotations: READS,
    },
    ({ catalog }, extra) =>
      answered(async () => {
        const names = await (await connection()).getSchemaNames({ ...scopeOf({ catalog }), ...limits(extra) })
        return namesResult('schemas', 'schema', names, bounds)
      }),
  )
  server.registerTool(
    'list_tables',
    {
      title: 'List tables',
      description: 'The tables of a schema.',
      inputSchema: { catalog: CATALOG, schema: SCHEMA },
      outputSchema: namesShape('tables'),
      annotations: READS,
    },
    ({ catalog, schema }, extra) =>
      answered(async () => {
        const names = await (await connection()).getTables({ ...scopeOf({ catalog, schema }), ...limits(extra) })
        return namesResult('tables', 'table', names, bounds)
      }),
  )
  server.registerTool(
    'list_columns',
    {
      title: 'List columns',
      description: 'The columns of a table and their types.',
      inputSchema: { table: z.string().describe('The table.'), catalog: CATALOG, schema: SCHEMA },
      outputSchema: { columns: z.array(z.object({ name: z.string(), type: z.string() })) },
      annotations: READS,
    },
    ({ table, catalog, schema }, extra) =>
      answered(async () => {
        const scope = { table, ...scopeOf({ catalog, schema }) }
        const found = await (await connection()).getColumns({ ...scope, ...limits(extra) })
        const columns = found.map(({ name, type }) => ({ name, type }))
        return {
          content: [
            {
              type: 'text',
              text: markdownTable(
                ['column', 'type'],
                columns.map(({ name, type }) => [name, type]),
              ),
            },
          ],
          structuredContent: { columns },
        }
      }),
  )
}

function addStatementTools(server: McpServer, { connection, bounds, allowWrites }: ToolParts): void {
  const refused = (sql: string) => !allowWrites && !readsOnly(sql)
  server.registerTool(
    'explain',
    {
      title: 'Explain a statement',
      description: 'The plan of a statement. Nothing is run.',
      inputSchema: { sql: SQL },
      outputSchema: { plan: z.string() },
      annotations: READS,
    },
    ({ sql }, { signal }) =>
      answered(async () => {
        if (refused(sql)) return failure(REFUSAL)
        const plan = await (await connection()).dryRun(sql, { signal, timeoutMs: bounds.timeoutMs })
        return { content: [{ type: 'text', text: `\`\`\`\n${plan}\n\`\`\`` }], structuredContent: { plan } }
      }),
  )
  server.registerTool(
    'query',
    {
      title: 'Run a statement',
      description:
        `Runs one ${allowWrites ? '' : 'reading '}SQL statement. Returns at most ${bounds.maxRows} rows and ${bounds.maxBytes} bytes, ` +
        `within ${bounds.timeoutMs / 1000} s. 64-bit integers and decimals are strings, so that no digit is lost.`,
      inputSchema: {
        sql: SQL,
        max_rows: z
          .number()
          .int()
          .min(1)
          .max(bounds.maxRows)
          .optional()
          .describe(`Most rows to return, up to ${bounds.maxRows}.`),
      },
      outputSchema: {
        columns: z.array(z.object({ name: z.string(), type: z.string() })),
        rows: z.array(z.array(z.unknown())),
        rowCount: z.number(),
        cutBy: z.enum(['rows', 'bytes']).optional(),
        queryId: z.string().optional(),
        strategy: z.string().optional(),
      },
      annotations: allowWrites ? { readOnlyHint: false, destructiveHint: true, openWorldHint: false } : READS,
    },
    ({ sql, max_rows: maxRows = bounds.maxRows }, extra) =>
      answered(async () => {
        if (refused(sql)) return failure(REFUSAL)
        const onRows = (rows: number, total: number | undefined) => void reportProgress(extra, rows, total)
        const result = await boundedResult(
          await connection(),
          sql,
          { ...bounds, maxRows },
          { signal: extra.signal, onRows },
        )
        const structuredContent = Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined))
        return { content: [{ type: 'text', text: resultMarkdown(result) }], structuredContent }
      }),
  )
}

/** Clients that want progress send a token with the call. */
async function reportProgress(
  { _meta, sendNotification }: Extra,
  progress: number,
  total: number | undefined,
): Promise<void> {
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return
  const params = { progressToken, progress, ...(total === undefined ? {} : { total }), message: `${progress} rows` }
  await sendNotification({ method: 'notifications/progress', params })
}

/** A failure of a statement is an answer that the assistant can act on, in the engine's words. */
async function answered(work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof E6dataError)) throw error
    return failure(`${error.code}: ${error.message}`)
  }
}

function failure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}

function scopeOf({ catalog, schema }: { catalog?: string | undefined; schema?: string | undefined }): NameScope {
  return { ...(catalog === undefined ? {} : { catalog }), ...(schema === undefined ? {} : { database: schema }) }
}

function namesShape<const Key extends string>(key: Key) {
  return { [key]: z.array(z.string()), total: z.number() }
}

/** A list of names, cut to as many as a result may have rows. */
function namesResult(key: string, title: string, all: readonly string[], { maxRows }: QueryBounds): CallToolResult {
  const names = all.slice(0, maxRows)
  const note = names.length < all.length ? `\n\n(the first ${names.length} of ${all.length})` : ''
  const text = `${markdownTable(
    [title],
    names.map((name) => [name]),
  )}${note}`
  return { content: [{ type: 'text', text }], structuredContent: { [key]: names, total: all.length } }
}
