import { once } from 'node:events'
import { connect } from 'e6data-connector'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LocalCluster } from '../local-cluster.ts'
import { startCluster } from '../start-cluster.ts'
import { authorization, EventReader } from '../testing/event-reader.ts'
import type { Hello, Moment, Picture, Sample } from './feed.ts'
import { reportToConsole } from './report-to-console.ts'

let cluster: LocalCluster

beforeAll(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: 1000, batchRows: 100 })
})

afterEach(() => cluster.clearFaults())

afterAll(() => cluster.close())

const events = () => EventReader.ofConsole(cluster.consoleUrl!)

async function ask(method: 'POST' | 'DELETE', path: string, body: unknown = {}) {
  const headers = { 'content-type': 'application/json', ...authorization(cluster.consoleUrl!) }
  const response = await fetch(cluster.adminUrl + path, { method, headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('the console feed', () => {
  test('starts with the watched cluster', async () => {
    await using feed = await events()
    expect(await feed.next<Hello>('hello')).toMatchObject({
      title: 'Cluster local',
      watches: 'local cluster',
      editor: { catalog: 'local', database: 'retail' },
    })
    expect(await feed.next<Picture>('picture')).toMatchObject({
      state: { kind: 'stable', active: 'blue' },
      engines: { blue: { kind: 'running' }, green: { kind: 'running' } },
      told: { failed: 'calls', latency: 'servers' },
    })
  })

  test('shows each step of a switch at once, as a moment and in a picture', async () => {
    await using feed = await events()
    await cluster.announce('green', { accepting: false })
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'announced', strategy: 'green' })
    await feed.next<Picture>('picture', ({ state }) => state.kind === 'announced')
    await cluster.accept('green')
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'accepting', strategy: 'green' })
    await cluster.cutOver()
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'cut over', strategy: 'green' })
    await cluster.rollBack()
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'rolled back', strategy: 'blue' })
    await cluster.retire('green')
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'retired', strategy: 'green' })
    const { totals } = await feed.next<Picture>('picture', ({ state }) => state.kind === 'stable')
    expect(totals.switches).toBe(0) // it was taken back
    await cluster.deploy({ cutOverAfterMs: 0 })
    await cluster.deploy({ cutOverAfterMs: 0 })
    await feed.next<Picture>('picture', (picture) => picture.totals.switches === 2)
  })

  test('sends earlier events to a page that is opened later', async () => {
    await cluster.suspend()
    await cluster.resume()
    await using feed = await events()
    const { moments } = await feed.next<Hello>('hello')
    expect(moments.slice(-3).map(({ kind }) => kind)).toEqual(['suspended', 'resuming', 'resumed'])
  })

  test('shows queries of all clients, and the reports of programs', async () => {
    await using feed = await events()
    await using connection = await connect({ url: cluster.url, strategyStore: 'process' })
    const told = reportToConsole([connection], { url: String(cluster.consoleUrl), name: 'a program', intervalMs: 20 })
    await using cursor = connection.cursor()
    await cursor.execute('SELECT * FROM orders')
    const isThere = ({ queries }: Picture) =>
      queries.some(({ id, state, rows }) => id === cursor.queryId && state === 'running' && rows === 1000)
    const { queries } = await feed.next<Picture>('picture', isThere)
    expect(queries[0]).toMatchObject({ strategy: 'blue', sql: 'SELECT * FROM orders', owner: 'local', rows: 1000 })
    const sample = await feed.next<Sample>('sample', ({ blue }) => blue.inFlight > 0)
    expect(sample).toMatchObject({ active: 'blue', green: { inFlight: 0 } })
    await connection.query('SELECT 1 AS one')
    const { programs } = await feed.next<Picture>('picture', ({ programs: [first] }) => first?.queries === 1)
    expect(programs).toMatchObject([
      { name: 'a program', pid: process.pid, active: 'blue', failed: 0, inFlight: { blue: 1, green: 0 } },
    ])
    await told.stop()
  })

  test('counts failed queries as programs do, without cancelled queries and repeated calls', async () => {
    await using feed = await events()
    await using connection = await connect({ url: cluster.url, strategyStore: 'process' })
    const told = reportToConsole([connection], { url: String(cluster.consoleUrl), name: 'careful', intervalMs: 20 })
    const of = (failed: number) => (picture: Picture) =>
      picture.programs.some((program) => program.name === 'careful' && program.failed === failed && program.queries > 0)
    cluster.inject({ method: 'prepareStatementV2', fault: { kind: 'http-status', status: 456 } })
    await connection.query('SELECT 1 AS one')
    const gaveUp = connection.query('SELECT 2 AS two', { signal: AbortSignal.abort() })
    await expect(gaveUp).rejects.toThrow()
    await feed.next<Picture>('picture', of(0))
    await expect(connection.query('SELECT nothing')).rejects.toThrow()
    await feed.next<Picture>('picture', of(1))
    await told.stop()
  })

  test('describes the active faults', async () => {
    await using feed = await events()
    cluster.inject({
      method: 'authenticate',
      strategy: 'green',
      occurrence: 2,
      times: 3,
      fault: { kind: 'delay', ms: 5 },
    })
    const { faults } = await feed.next<Picture>('picture', (picture) => picture.faults.length > 0)
    expect(faults).toMatchObject([{ text: 'delay ms 5: authenticate on green from the 2. time 3 times', fired: 0 }])
  })
})

describe('the console', () => {
  test('runs a query through the connector and returns JSON-safe values', async () => {
    const sql = `SELECT 9007199254740993 AS big, 'NaN'::DOUBLE AS odd, NULL AS nothing, encode('a') AS bytes, true AS yes`
    const { body } = await ask('POST', '/console/query', { sql, plan: true })
    expect(body).toMatchObject({
      columns: [
        { name: 'big', type: 'LONG' },
        { name: 'odd' },
        { name: 'nothing' },
        { name: 'bytes' },
        { name: 'yes' },
      ],
      rows: [['9007199254740993', 'NaN', null, '61', true]],
      rowCount: 1,
      strategy: 'blue',
      plan: expect.stringMatching(/./),
    })
  })

  test('shows the first rows of many', async () => {
    const { body } = await ask('POST', '/console/query', { sql: 'SELECT order_id FROM orders', maxRows: 3 })
    expect(body).toMatchObject({ rowCount: 1000, rows: { length: 3 } })
  })

  test("returns the engine's message when a query fails", async () => {
    const { status, body } = await ask('POST', '/console/query', { sql: 'SELECT nothing_there FROM orders' })
    expect(status).toBe(409)
    expect(body).toMatchObject({
      error: { code: 'E6_QUERY_FAILED', message: expect.stringContaining('nothing_there') },
    })
  })

  test('cancels the query when its page disconnects', async () => {
    const leave = new AbortController()
    const body = JSON.stringify({ sql: 'SELECT count(*) FROM orders a, orders b, orders c' })
    const headers = { 'content-type': 'application/json', ...authorization(cluster.consoleUrl!) }
    const init = { method: 'POST', headers, body, signal: leave.signal }
    const answer = fetch(`${cluster.adminUrl}/console/query`, init)
    await cluster.whenCalls((calls) => calls.at(-1)?.method.startsWith('executeStatement') ?? false)
    leave.abort()
    await expect(answer).rejects.toThrow()
    await cluster.whenIdle('blue')
  })

  test('cancels any query, and reports when it does not exist any more', async () => {
    await using connection = await connect({ url: cluster.url, strategyStore: 'process' })
    await using cursor = connection.cursor()
    await cursor.execute('SELECT * FROM orders')
    expect((await ask('DELETE', `/console/queries/${cursor.queryId}`)).status).toBe(200)
    expect((await ask('DELETE', `/console/queries/${cursor.queryId}`)).status).toBe(404)
  })

  test('runs a demo load until it is stopped', async () => {
    await using feed = await events()
    expect((await ask('POST', '/console/load', { running: true })).body).toEqual({ running: true })
    const isBusy = ({ name, queries }: Picture['programs'][number]) => name === 'demo load' && queries > 3
    const { programs } = await feed.next<Picture>('picture', (picture) => picture.programs.some(isBusy))
    expect(programs.find(isBusy)).toMatchObject({ failed: 0 })
    expect((await ask('POST', '/console/load', { running: false })).body).toEqual({ running: false })
    await cluster.whenIdle('blue')
  })

  test.each([
    ['/console/query', {}, 'sql must be a string that is not empty'],
    ['/console/query', { sql: 'SELECT 1', maxRows: 0 }, 'maxRows must be a whole number up to 1000'],
    ['/console/query', { sql: 'SELECT 1', plan: 1 }, 'plan must be true or false'],
    ['/console/query', 7, 'the body must be a JSON object'],
    ['/console/load', {}, 'running must be true or false'],
    ['/console/report', {}, 'totals must be an object'],
  ])('refuses an invalid body: %s %j', async (path, body, message) => {
    expect(await ask('POST', path, body)).toMatchObject({ status: 400, body: { error: { message } } })
  })

  test('accepts one HTTP method per path', async () => {
    expect((await ask('DELETE', '/console/query')).status).toBe(405)
    const headers = authorization(cluster.consoleUrl!)
    expect((await fetch(`${cluster.adminUrl}/console/report`, { headers })).status).toBe(405)
    expect((await fetch(`${cluster.adminUrl}/console/nothing`)).status).toBe(404)
  })
})

describe('the console token', () => {
  test.each([
    ['GET', '/console/events'],
    ['POST', '/console/query'],
    ['POST', '/console/report'],
    ['POST', '/console/load'],
    ['DELETE', '/console/queries/q'],
  ])('%s %s needs the token on the loopback interface too', async (method, path) => {
    const status = async (headers: Record<string, string>) => {
      const init = { method, headers: { 'content-type': 'application/json', ...headers } }
      const response = await fetch(cluster.adminUrl + path, method === 'GET' ? init : { ...init, body: '{}' })
      await response.body?.cancel()
      return response.status
    }
    expect(await status({})).toBe(401)
    expect(await status({ authorization: 'Bearer not-the-token' })).toBe(401)
    expect(await status(authorization(cluster.consoleUrl!))).not.toBe(401)
  })

  test('a program that reports without the token gets one warning and is not shown', async () => {
    await using feed = await events()
    await using connection = await connect({ url: cluster.url, strategyStore: 'process' })
    const warned = once(process, 'warning')
    const told = reportToConsole([connection], { url: cluster.adminUrl!, name: 'a stranger', intervalMs: 20 })
    expect(String((await warned)[0])).toContain('refuses reports without its token')
    const { programs } = await feed.next<Picture>('picture')
    expect(programs.map(({ name }) => name)).not.toContain('a stranger')
    await told.stop()
  })

  test('the token can be set when the cluster starts', async () => {
    await using other = await startCluster({ mode: 'in-process', rows: 10, consoleToken: 'chosen-by-the-test' })
    expect(other.consoleUrl).toBe(`${other.adminUrl}/#token=chosen-by-the-test`)
    await expect(startCluster({ consoleToken: 'short' })).rejects.toThrow('consoleToken must be a token of at least 12')
  })
})

describe('the page', () => {
  test.each([
    ['/', 'text/html'],
    ['/page/main.js', 'text/javascript'],
    ['/page/look.css', 'text/css'],
    ['/page/icon.svg', 'image/svg+xml'],
    ['/page/vendor/uplot.js', 'text/javascript'],
    ['/page/vendor/uplot.css', 'text/css'],
  ])('%s is served, and may load nothing from other origins', async (path, type) => {
    const response = await fetch(cluster.adminUrl + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain(type)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    await response.body?.cancel()
  })

  test.each([
    '/page/../cluster-console.ts',
    '/page/..%2fconsole.ts',
    '/page/nothing.js',
    '/page/',
    '/page/vendor/__proto__',
  ])('%s is not served', async (path) => {
    expect((await fetch(cluster.adminUrl + path)).status).toBe(404)
  })
})
