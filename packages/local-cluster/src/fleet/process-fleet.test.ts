import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:http2'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { create, toBinary } from '@bufbuild/protobuf'
import { queryEngine } from 'e6data-connector/wire'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { frameMessage } from '../grpc/message-frames.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { startCluster } from '../start-cluster.ts'
import { RawClient, type RawTarget } from '../testing/raw-client.ts'

/** Whether a process exists. */
function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Waits until the operating system reports that a process has ended. */
async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000
  while (runs(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} still runs`)
    await sleep(10)
  }
}

/** Keeps an engine busy for longer than any test takes. */
const ENDLESS = 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b'

function pidsOf(cluster: LocalCluster): number[] {
  return Object.values(cluster.engines).map((engine) => {
    // Signalling process 0 would reach the whole group, this test included.
    if (engine.kind !== 'running') throw new Error(`an engine is ${engine.kind}`)
    return engine.pid
  })
}

describe('engines in processes of their own', () => {
  let cluster: LocalCluster
  let client: RawClient

  beforeAll(async () => {
    cluster = await startCluster({ rows: 20_000 })
    await cluster.announce('green')
    client = new RawClient(cluster)
  })

  afterAll(async () => {
    client.close()
    await cluster.close()
  })

  test('run next to this one, with the same data', async () => {
    const [blue, green] = pidsOf(cluster)
    expect(new Set([blue, green, process.pid]).size).toBe(3)
    const sql = 'SELECT count(*) AS rows, sum(amount_exact) AS total, bit_xor(hash(orders)) AS checksum FROM orders'
    const [onBlue] = await client.query(sql, { strategy: 'blue' })
    expect(onBlue).toMatchObject({ rows: 20_000n })
    expect(await client.query(sql, { strategy: 'green' })).toEqual([onBlue])
  })

  test('the other engine reads a row that one wrote, also after a restart', async () => {
    await client.query('CREATE TABLE notes (id INTEGER, text VARCHAR)', { strategy: 'blue' })
    await client.query("INSERT INTO notes VALUES (1, 'it\\'s one')", { strategy: 'green' })
    expect(await client.query('SELECT * FROM notes', { strategy: 'blue' })).toEqual([{ id: 1, text: "it's one" }])
    await cluster.kill('blue')
    await client.query("INSERT INTO notes SELECT 2, 'two'", { strategy: 'green' })
    await cluster.restart('blue')
    expect(await client.query('SELECT id FROM notes ORDER BY id', { strategy: 'blue' })).toEqual([{ id: 1 }, { id: 2 }])
  })

  test('concurrent writes on both engines keep their data the same', async () => {
    await client.query('CREATE TABLE sums (n BIGINT)', { strategy: 'blue' })
    const sessions = {
      blue: await client.login({ strategy: 'blue' }),
      green: await client.login({ strategy: 'green' }),
    }
    const writes = Array.from({ length: 40 }, (_, n) => {
      const strategy = n % 2 === 0 ? 'blue' : 'green'
      return client.query(`INSERT INTO sums SELECT coalesce(max(n), 0) + 1 FROM sums`, {
        strategy,
        sessionId: sessions[strategy],
      })
    })
    await Promise.all(writes)
    for (const strategy of ['blue', 'green']) {
      const rows = await client.query('SELECT count(*) AS rows, max(n) AS top FROM sums', { strategy })
      expect(rows).toEqual([{ rows: 40n, top: 40n }])
    }
  })

  test('a write that fails changes neither engine, and the next one succeeds', async () => {
    await client.query('CREATE TABLE unique_notes (id INTEGER PRIMARY KEY)', { strategy: 'blue' })
    await client.query('INSERT INTO unique_notes VALUES (1)', { strategy: 'blue' })
    await expect(client.query('INSERT INTO unique_notes VALUES (1)', { strategy: 'green' })).rejects.toThrow(
      'Duplicate key',
    )
    await client.query('INSERT INTO unique_notes VALUES (2)', { strategy: 'green' })
    expect(await client.query('SELECT id FROM unique_notes ORDER BY id', { strategy: 'blue' })).toEqual([
      { id: 1 },
      { id: 2 },
    ])
  })

  test('an engine killed in the middle of an answer resets the call at once', async () => {
    // More than the router reads ahead of its client, so that only the kill can end the call.
    const query = await client.begin("SELECT repeat('x', 48000000) AS text", { strategy: 'blue' })
    const connection = connect(`http://${cluster.host}:${cluster.port}`)
    const schema = queryEngine.GetNextResultBatchRequestSchema
    const stream = connection.request({
      ':method': 'POST',
      ':path': '/QueryEngineService/getNextResultBatch',
      'content-type': 'application/grpc',
      te: 'trailers',
      strategy: 'blue',
      plannerip: query.ids.engineIP,
    })
    const failed = once(stream, 'error')
    stream.end(frameMessage(toBinary(schema, create(schema, query.ids))))
    // The answer has started and is not read: most of it is still in the engine.
    await once(stream, 'response')
    await cluster.kill('blue')
    stream.resume()
    await failed
    expect(stream.rstCode).toBe(2)
    connection.close()
    expect(cluster.calls().at(-1)).toMatchObject({ method: 'getNextResultBatch', outcome: 'reset', servedBy: 'blue' })
    await cluster.restart('blue')
  })

  test('an engine whose process ends is reported as dead, with the reason', async () => {
    const [blue] = pidsOf(cluster)
    const died = new Promise((resolve) => cluster.on('engine', ({ state }) => state.kind === 'dead' && resolve(state)))
    process.kill(blue!, 'SIGKILL')
    expect(await died).toMatchObject({ kind: 'dead', reason: 'SIGKILL' })
    await cluster.restart('blue')
    await expect(client.login({ strategy: 'blue' })).resolves.not.toBe('')
  })

  test('an added catalog exists on both engines', async () => {
    const headers = { strategy: 'blue' }
    await client.call('addCatalogs', { sessionId: await client.login(headers), json: '[{"name": "extra"}]' }, headers)
    await client.query('CREATE TABLE extra.main.t AS SELECT 1 AS one', { strategy: 'green' })
    expect(await client.query('SELECT * FROM extra.main.t', { strategy: 'blue' })).toEqual([{ one: 1 }])
  })

  test('a cancelled statement stops in another process too', async () => {
    const sessionId = await client.login({ strategy: 'blue' })
    const query = await client.prepare(ENDLESS, sessionId, { strategy: 'blue' })
    const executed = expect(query.call('executeStatement')).rejects.toMatchObject({ code: 1 })
    await cluster.whenCalls((calls) =>
      calls.some(({ queryId, method }) => queryId === query.ids.queryId && method === 'executeStatement'),
    )
    expect(await cluster.cancelQuery(query.ids.queryId)).toBe(true)
    await executed
  })
})

describe('starting and stopping', () => {
  /** A temporary folder for these tests alone, so that leftover files are theirs. */
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'e6t-'))
    vi.stubEnv('TMPDIR', folder)
  })

  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true, force: true })
  })

  test('close leaves no process and no file', async () => {
    const cluster = await startCluster({ rows: 100 })
    const pids = pidsOf(cluster)
    using client = new RawClient(cluster)
    const query = await client.prepare(ENDLESS, await client.login())
    const executed = expect(query.call('executeStatement')).rejects.toThrow()
    await cluster.whenCalls((calls) => calls.some(({ method }) => method === 'executeStatement'))
    await cluster.close()
    await executed
    await Promise.all(pids.map(gone))
    expect(await readdir(folder)).toEqual([])
  })

  test('busy engines end when their parent process is killed', async () => {
    const { child, target, pids } = await startElsewhere()
    using client = new RawClient(target)
    const executed = expect(
      (await client.prepare(ENDLESS, await client.login())).call('executeStatement'),
    ).rejects.toThrow()
    expect(pids.every(runs)).toBe(true)
    expect(await readdir(folder)).toHaveLength(1)
    child.kill('SIGKILL')
    await Promise.all(pids.map(gone))
    await executed
    expect(await readdir(folder)).toEqual([])
  })

  test('an error names a port in use before anything is started', async () => {
    const taken = createServer()
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    await expect(startCluster({ port })).rejects.toMatchObject({
      code: 'E6_LOCAL_ADDRESS_IN_USE',
      port,
      message: expect.stringContaining(`127.0.0.1:${port} is in use`),
    })
    await expect(startCluster({ mode: 'in-process', rows: 1, adminPort: port })).rejects.toMatchObject({
      code: 'E6_LOCAL_ADDRESS_IN_USE',
      port,
    })
    expect(await readdir(folder)).toEqual([])
    taken.close()
  })

  test('two clusters can run at once, but not on one port', async () => {
    await using first = await startCluster({ mode: 'in-process', rows: 1 })
    await using second = await startCluster({ mode: 'in-process', rows: 1 })
    expect(second.port).not.toBe(first.port)
    await expect(startCluster({ mode: 'in-process', rows: 1, port: first.port })).rejects.toThrow(
      'is a local cluster running already?',
    )
  })

  test('one error lists all bad options', async () => {
    const options = {
      port: -1,
      rows: 0,
      mode: 'threads',
      users: {},
      catalog: 'memory',
      initial: 'purple',
      timeZone: 'Nowhere',
    }
    await expect(startCluster(options as never)).rejects.toMatchObject({
      code: 'E6_LOCAL_OPTIONS',
      faults: [
        expect.stringContaining('port'),
        expect.stringContaining('mode'),
        expect.stringContaining('rows'),
        expect.stringContaining('users'),
        expect.stringContaining('initial'),
        expect.stringContaining('catalog'),
        expect.stringContaining('timeZone'),
      ],
    })
  })
})

describe('a folder of files', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'e6data-files-'))
    await writeFile(join(folder, 'trips.csv'), 'city,fare\nOslo,12.5\nKyōto,7\n')
    await writeFile(join(folder, 'people.json'), '[{"name": "Ada", "born": "1815-12-10"}]')
    await writeFile(join(folder, 'notes.txt'), 'not a table')
  })

  afterAll(() => rm(folder, { recursive: true }))

  test.each(['process', 'in-process'] as const)('has one table per file on both engines (%s)', async (mode) => {
    await using cluster = await startCluster({ mode, data: folder, adminPort: false })
    using client = new RawClient(cluster)
    await cluster.announce('green')
    const { sessionId } = await client.call('authenticate', { user: cluster.username, password: cluster.password })
    expect((await client.call('getTables', { sessionId, schema: 'files' })).tables).toEqual(['people', 'trips'])
    for (const strategy of ['blue', 'green']) {
      expect(await client.query('SELECT * FROM trips ORDER BY fare', { strategy })).toEqual([
        { city: 'Kyōto', fare: 7 },
        { city: 'Oslo', fare: 12.5 },
      ])
    }
    await expect(client.begin("SELECT * FROM read_text('/etc/passwd')")).rejects.toThrow('disabled')
  })

  test.each(['process', 'in-process'] as const)('must exist and contain a data file (%s)', async (mode) => {
    const empty = await mkdtemp(join(tmpdir(), 'e6data-empty-'))
    await expect(startCluster({ mode, data: empty })).rejects.toThrow('has no .parquet')
    await rm(empty, { recursive: true })
    await expect(startCluster({ mode, data: empty })).rejects.toThrow("can't be read")
  })
})

/** Starts a cluster in another process. */
async function startElsewhere(): Promise<{ child: ChildProcess; target: RawTarget; pids: number[] }> {
  const script = fileURLToPath(new URL('../testing/cluster-elsewhere.mjs', import.meta.url))
  const child = fork(script, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
  const [{ pids, ...target }] = (await once(child, 'message')) as [RawTarget & { pids: number[] }]
  return { child, target, pids }
}
