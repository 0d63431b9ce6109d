import assert from 'node:assert/strict'
import { connect, createPool, E6dataError } from 'e6data-connector'
import { selfSignedCertificate, startCluster } from 'e6data-local-cluster'
import { afterEach, expect, it, vi } from 'vitest'
import { RawClient } from '../../packages/local-cluster/src/testing/raw-client.ts'
import { REFUSED, status } from '../independent-server/reply.ts'
import { clientOptions, failureOf, Stage } from '../scenarios/scenario.ts'
import { runSelect, wordsFor } from '../scenarios/statements.ts'
import { until } from '../scenarios/waiting.ts'

afterEach(() => {
  vi.useRealTimers()
})

const UNIMPLEMENTED = 12

it('a statement that the engine does not support costs a pool no check of its connection', async () => {
  await using stage = new Stage()
  const { server, listener } = await stage.server({
    onCall: ({ step, tag }) =>
      step === 'prepare' && tag === 'set' ? status(UNIMPLEMENTED, 'SET is unknown') : undefined,
  })
  const pool = createPool({ ...clientOptions(listener), max: 1 })
  stage.onEnd(() => pool.close())
  await pool.query('SELECT 1')
  await until('the query is cleared', 2000, () => server.openQueries().length === 0)
  const before = server.callCounts()
  const error = await failureOf(pool.query("SET x = 'tag=set'"))
  assert(error instanceof E6dataError)
  expect(error.outcome).toBe('failed')
  expect(error.message).not.toMatch(/prepareStatement/)
  await pool.query('SELECT 1')
  const after = server.callCounts()
  expect(after['prepare@blue']! - before['prepare@blue']!).toBe(2)
  expect(after['login@blue']).toBe(before['login@blue'])
  expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort())
  expect(server.connectionsOpened).toBe(1)
})

it('a listener or logger that is async and rejects breaks nothing', async () => {
  await using stage = new Stage()
  const it = await stage.server()
  const rejections: unknown[] = []
  const collect = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', collect)
  stage.onEnd(async () => void process.off('unhandledRejection', collect))
  const reject = async () => {
    throw new Error('the sink is down')
  }
  const client = await stage.client(it, { logger: { debug: reject, info: reject, warn: reject, error: reject } })
  client.it.on('query:finished', reject)
  expect(wordsFor(await runSelect(client, 'a'))).toBe('ok')
  await client.it.close()
  await new Promise((resolve) => setImmediate(resolve)) // rejections are reported by then
  expect(rejections).toEqual([])
})

it('a clear that proxies refuse is repeated in the background until one of them knows the deployment', async () => {
  await using stage = new Stage()
  let isKnown = false
  const it = await stage.server({ onCall: ({ step }) => (step === 'clear' && !isKnown ? REFUSED : undefined) })
  const client = await stage.client(it)
  expect(wordsFor(await runSelect(client, 'a'))).toBe('ok')
  // The pin is dropped when its connection no longer waits; the server still has the query.
  await until('no caller waits for it', 5000, () => client.it.strategy.inspect().queries.length === 0)
  expect(it.server.openQueries()).toHaveLength(1)
  isKnown = true
  await until('the query is cleared', 5000, () => it.server.openQueries().length === 0)
})

it("queries run under vitest's fake timers, which do not advance", async () => {
  await using stage = new Stage()
  const it = await stage.server()
  const client = await stage.client(it)
  await client.it.query('SELECT 1')
  vi.useFakeTimers()
  expect(wordsFor(await runSelect(client, 'a', 100))).toBe('ok')
}, 10_000)

it('TLS to an IP address works without warnings of Node', async () => {
  await using stage = new Stage()
  const { cert, key } = await selfSignedCertificate()
  const { listener } = await stage.server({ listen: { tls: { cert: String(cert), key: String(key) } } })
  const warnings: Error[] = []
  const collect = (warning: Error) => warnings.push(warning)
  process.on('warning', collect)
  stage.onEnd(async () => void process.off('warning', collect))
  const connection = await connect({ ...clientOptions(listener), secure: true, tls: { ca: Buffer.from(cert) } })
  stage.onEnd(() => connection.close())
  expect((await connection.query('SELECT 1')).rowCount).toBe(1)
  await new Promise((resolve) => setImmediate(resolve)) // warnings are emitted by then
  expect(warnings.map(String)).toEqual([])
})

it('clearing a cursor that has no query, or none any more, succeeds', async () => {
  await using stage = new Stage()
  const it = await stage.server()
  const client = await stage.client(it)
  const cursor = client.it.cursor()
  await cursor.clear()
  await cursor.execute('SELECT 1')
  await cursor.clear()
  await cursor.clear()
})

it('the local cluster takes a clear of no query, as the Python connector sends after a statement that failed', async () => {
  await using cluster = await startCluster({ mode: 'in-process', rows: 10 })
  const { hostname, port, username, password } = new URL(cluster.url)
  const target = { host: hostname, port: Number(port), username, password: decodeURIComponent(password) }
  using client = new RawClient(target)
  const { sessionId } = await client.call('authenticate', { user: username, password: target.password }, BLUE)
  for (const method of ['clear', 'clearOrCancelQuery', 'cancelQuery'] as const) {
    await client.call(method, { sessionId, queryId: '', engineIP: '' }, BLUE)
  }
})

const BLUE = { strategy: 'blue' }
