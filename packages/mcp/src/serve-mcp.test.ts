import { PassThrough } from 'node:stream'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type McpOptions, McpOptionsError, serveMcp } from './serve-mcp.ts'

let cluster: LocalCluster

beforeAll(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: 5000, batchRows: 500, adminPort: false })
})
afterEach(() => cluster.clearFaults())
afterAll(() => cluster.close())

/** The client's end of the two streams that a process would have as its standard input and output. */
class StreamTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void
  onclose?: () => void
  readonly #received = new ReadBuffer()

  constructor(
    private readonly toServer: PassThrough,
    private readonly fromServer: PassThrough,
  ) {}

  async start(): Promise<void> {
    this.fromServer.on('data', (chunk: Buffer) => {
      this.#received.append(chunk)
      for (let message = this.#received.readMessage(); message !== null; message = this.#received.readMessage())
        this.onmessage?.(message)
    })
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.toServer.write(serializeMessage(message))
  }

  async close(): Promise<void> {
    this.toServer.end()
    this.onclose?.()
  }
}

async function serve(options: Partial<McpOptions> = {}) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const connection = { url: cluster.url, strategyStore: 'process' } as const
  const ended = serveMcp({ connection, input, output, ...options })
  const client = new Client({ name: 'a test', version: '1' })
  await client.connect(new StreamTransport(input, output))
  const call = async (name: string, given: Record<string, unknown> = {}) => {
    const { content, structuredContent, isError } = await client.callTool({ name, arguments: given })
    return {
      text: (content as { text: string }[])[0]?.text ?? '',
      data: structuredContent as never,
      isError: isError === true,
    }
  }
  const dispose = async () => {
    await client.close()
    await ended
  }
  return { client, call, ended, [Symbol.asyncDispose]: dispose }
}

test('an assistant finds its way from catalogs to columns', async () => {
  await using mcp = await serve()
  expect((await mcp.client.listTools()).tools.map(({ name }) => name)).toEqual([
    'list_catalogs',
    'list_schemas',
    'list_tables',
    'list_columns',
    'explain',
    'query',
  ])
  expect((await mcp.call('list_catalogs')).data).toEqual({ catalogs: ['local'], total: 1 })
  expect((await mcp.call('list_schemas', { catalog: 'local' })).data).toMatchObject({
    schemas: expect.arrayContaining(['retail']),
  })
  expect((await mcp.call('list_tables')).text).toContain('| orders |')
  const { columns } = (await mcp.call('list_columns', { table: 'stores' })).data as { columns: unknown[] }
  expect(columns[0]).toEqual({ name: 'store_id', type: 'short' })
  expect((await mcp.call('explain', { sql: 'SELECT * FROM stores' })).text).toMatch(/store/i)
})

test('a result comes as Markdown and as data, with every digit and no markup of its own', async () => {
  await using mcp = await serve()
  const { text, data } = await mcp.call('query', {
    sql: `SELECT 9007199254740993 AS big, '<b>|' AS text, NULL AS nothing`,
  })
  expect(text).toBe(
    '| big | text | nothing |\n| --- | --- | --- |\n| 9007199254740993 | \\<b\\>\\| | NULL |\n\n(1 rows, on blue)',
  )
  expect(data).toMatchObject({ rows: [['9007199254740993', '<b>|', null]], rowCount: 1, strategy: 'blue' })
})

test.each([
  'DELETE FROM orders',
  'WITH a AS (SELECT 1) INSERT INTO stores SELECT * FROM stores',
  'SELECT 1; DROP TABLE orders',
  'EXPLAIN ANALYZE DELETE FROM orders',
  'SET a = 1',
  'SELECT * FROM TABLE(f(1))',
  'SHOW TABLES',
])('a statement that may write is refused before anything is sent: %s', async (sql) => {
  await using mcp = await serve()
  cluster.clearCalls()
  for (const tool of ['query', 'explain']) {
    expect(await mcp.call(tool, { sql })).toMatchObject({ isError: true, text: expect.stringContaining('Refused') })
  }
  expect(cluster.calls()).toEqual([])
})

test('writing is possible where it was allowed', async () => {
  await using mcp = await serve({ allowWrites: true })
  const { isError } = await mcp.call('query', { sql: 'CREATE TABLE made_by_a_test AS SELECT 1 AS one' })
  expect(isError).toBe(false)
})

test('rows and bytes are bounded, what is left out is said, and the query ends on the server', async () => {
  await using mcp = await serve({ maxRows: 50, maxBytes: 20_000 })
  const rows = await mcp.call('query', { sql: 'SELECT order_id FROM orders', max_rows: 10 })
  expect(rows.data).toMatchObject({ rows: { length: 10 }, rowCount: 5000, cutBy: 'rows' })
  expect(rows.text).toContain('the first 10 of 5000 rows')
  const bytes = await mcp.call('query', { sql: "SELECT repeat('x', 5000) AS long FROM orders" })
  expect(bytes.data).toMatchObject({ rows: { length: 3 }, cutBy: 'bytes' })
  await cluster.whenIdle('blue')
  expect((await mcp.call('query', { sql: 'SELECT 1', max_rows: 51 })).isError).toBe(true)
})

test("time is limited, and a failure has the engine's message", async () => {
  await using mcp = await serve({ timeoutMs: 300 })
  expect(await mcp.call('query', { sql: 'SELECT nonsense' })).toMatchObject({
    isError: true,
    text: expect.stringContaining('nonsense'),
  })
  cluster.inject({ method: 'getNextResultBatch', fault: { kind: 'hold' } })
  expect(await mcp.call('query', { sql: 'SELECT 1 AS one' })).toMatchObject({
    isError: true,
    text: expect.stringContaining('E6_TIMEOUT'),
  })
  await cluster.whenIdle('blue')
})

test('progress is reported to those who ask for it', async () => {
  await using mcp = await serve({ maxRows: 5000, maxBytes: 10_000_000 })
  const seen: { progress: number; total?: number | undefined }[] = []
  const params = { name: 'query', arguments: { sql: 'SELECT order_id FROM orders' } }
  await mcp.client.callTool(params, undefined, { onprogress: (progress) => seen.push(progress) })
  expect(seen[0]).toMatchObject({ progress: 500, total: 5000 })
  expect(seen.at(-1)).toMatchObject({ progress: 5000 })
})

test('a call that the assistant cancels is cancelled on the server', async () => {
  await using mcp = await serve()
  const held = cluster.inject({ method: 'getNextResultBatch', fault: { kind: 'hold' } })
  const cancel = new AbortController()
  const params = { name: 'query', arguments: { sql: 'SELECT * FROM customers' } }
  const call = mcp.client.callTool(params, undefined, { signal: cancel.signal })
  await held.whenFired()
  cancel.abort()
  await expect(call).rejects.toThrow()
  await cluster.whenIdle('blue')
  const query = (await cluster.queries()).find(({ sql }) => sql === 'SELECT * FROM customers')
  expect(query).toMatchObject({ state: 'cancelled' })
})

test('a switch in the middle fails no call', async () => {
  await using mcp = await serve()
  const asked: Promise<{ isError: boolean; data: never }>[] = []
  const ask = () => asked.push(mcp.call('query', { sql: 'SELECT count(*) AS n FROM orders' }))
  ask()
  const deploying = cluster.deploy({ cutOverAfterMs: 50 })
  while (cluster.state.kind !== 'stable' || asked.length < 20) {
    ask()
    await asked.at(-1)
  }
  await deploying
  const answers = await Promise.all(asked)
  expect(answers.filter(({ isError }) => isError)).toEqual([])
  expect(answers.map(({ data }) => (data as { rows: unknown }).rows)).toEqual(asked.map(() => [['5000']]))
  expect((await mcp.call('query', { sql: 'SELECT 1 AS one' })).data).toMatchObject({ strategy: cluster.active })
})

test('the server ends when its client disconnects, and when it is stopped', async () => {
  const first = await serve()
  await first.client.close()
  await first.ended
  const stop = new AbortController()
  const second = await serve({ signal: stop.signal })
  stop.abort()
  await second.ended
})

test('no tool takes an address or a credential', async () => {
  await using mcp = await serve()
  const inputs = (await mcp.client.listTools()).tools.flatMap(({ inputSchema }) =>
    Object.keys(inputSchema.properties ?? {}),
  )
  expect([...new Set(inputs)].sort()).toEqual(['catalog', 'max_rows', 'schema', 'sql', 'table'])
})

test('bounds that can not be are refused', async () => {
  await expect(serveMcp({ connection: {}, maxRows: 0 })).rejects.toThrow(
    new McpOptionsError('maxRows must be a whole number, at least 1'),
  )
})
