import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LocalCluster } from '../local-cluster.ts'
import { startCluster } from '../start-cluster.ts'
import { RawClient } from '../testing/raw-client.ts'

let cluster: LocalCluster
let client: RawClient

beforeEach(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: 100, batchRows: 10, adminPort: false, resumeMs: 20 })
  client = new RawClient(cluster)
})

afterEach(async () => {
  client.close()
  await cluster.close()
})

/** The errors of grpc-js for the router's bare answers. */
const MISMATCH = { code: 2, details: 'Received HTTP status code 456' }
const SUSPENDED = { code: 14, details: 'Received HTTP status code 503' }
const ENGINE_GONE = { code: 14, details: 'Received HTTP status code 502' }

const login = (strategy?: string) => client.login(strategy === undefined ? {} : { strategy })
const announced = async (strategy?: string) => {
  const headers: Record<string, string> = strategy === undefined ? {} : { strategy }
  const { newStrategy } = await client.call(
    'authenticate',
    { user: cluster.username, password: cluster.password },
    headers,
  )
  return newStrategy
}

describe('a switch', () => {
  test('only the active deployment serves in the stable state', async () => {
    await expect(login('blue')).resolves.not.toBe('')
    await expect(login()).resolves.not.toBe('')
    for (const strategy of ['green', 'BLUE', 'purple']) await expect(login(strategy)).rejects.toMatchObject(MISMATCH)
    expect(cluster.calls().at(-1)).toMatchObject({ servedBy: 'router', httpStatus: 456, strategy: 'purple' })
    expect(cluster.calls().at(-1)).not.toHaveProperty('grpcStatus')
  })

  test('the active deployment announces the next one, which serves once it accepts', async () => {
    await cluster.announce('green', { accepting: false })
    expect(await announced('blue')).toBe('green')
    await expect(login('green')).rejects.toMatchObject(MISMATCH)
    await cluster.accept('green')
    expect(await announced('green')).toBeUndefined()
    expect(await announced()).toBe('green')
    expect(cluster.calls().map((call) => call.newStrategy)).toEqual(['green', undefined, undefined, 'green'])
  })

  test('every answer of the active deployment carries the announcement', async () => {
    const query = await client.begin('SELECT 1 AS one', { strategy: 'blue' })
    await cluster.announce('green')
    for (const method of [
      'getResultMetadata',
      'getNextResultBatch',
      'status',
      'explain',
      'explainAnalyze',
      'clear',
    ] as const) {
      expect(await query.call(method)).toMatchObject({ newStrategy: 'green' })
    }
  })

  test('after the cut-over, running queries read their last batch from the old deployment, which refuses new work', async () => {
    const query = await client.begin('SELECT * FROM orders', { strategy: 'blue' })
    const prepared = await client.prepare('SELECT 1 AS one', query.ids.sessionId, { strategy: 'blue' })
    await query.nextRows()
    await cluster.announce('green')
    await cluster.cutOver()
    await expect(login('blue')).rejects.toMatchObject(MISMATCH)
    await expect(client.prepare('SELECT 1', query.ids.sessionId, { strategy: 'blue' })).rejects.toMatchObject(MISMATCH)
    await expect(
      client.call('getSchemaNames', { sessionId: query.ids.sessionId }, { strategy: 'blue' }),
    ).rejects.toMatchObject(MISMATCH)
    expect(await query.rows()).toHaveLength(90)
    await prepared.call('executeStatement')
    expect(await prepared.rows()).toEqual([{ one: 1 }])
    await expect(login('green')).resolves.not.toBe('')
    await expect(login()).resolves.not.toBe('')
  })

  test('a retired deployment refuses everything, and its sessions and queries end', async () => {
    const query = await client.begin('SELECT * FROM orders', { strategy: 'blue' })
    await cluster.cutOver()
    await cluster.retire('blue')
    await expect(query.call('getNextResultBatch')).rejects.toMatchObject(MISMATCH)
    await expect(query.call('clear')).rejects.toMatchObject(MISMATCH)
    expect(cluster.state).toEqual({ kind: 'stable', active: 'green' })
    expect(await cluster.sessions()).toEqual([])
    expect((await cluster.queries()).map(({ state }) => state)).toEqual(['cancelled'])
  })

  test('after a cut-over to a deployment that does not accept yet, both refuse new work', async () => {
    await cluster.cutOver({ accepting: false })
    for (const strategy of ['blue', 'green', undefined]) await expect(login(strategy)).rejects.toMatchObject(MISMATCH)
    await cluster.accept('green')
    await expect(login('green')).resolves.not.toBe('')
  })

  test('after a rollback the old deployment serves and announces itself, and running queries on the new one may finish', async () => {
    await cluster.announce('green')
    const query = await client.begin('SELECT * FROM orders', { strategy: 'green' })
    await cluster.cutOver()
    await cluster.rollBack()
    expect(await announced('blue')).toBe('blue')
    await expect(login('green')).rejects.toMatchObject(MISMATCH)
    expect(await query.rows()).toHaveLength(100)
    await cluster.retire('green')
    expect(await announced('blue')).toBeUndefined()
  })

  test('deploy takes all steps, and waits for running queries', async () => {
    const steps: string[] = []
    cluster.on('deployment', ({ step }) => steps.push(step))
    const query = await client.begin('SELECT * FROM orders', { strategy: 'blue' })
    const deployed = cluster.deploy({ acceptAfterMs: 5, cutOverAfterMs: 5 })
    expect(await query.rows()).toHaveLength(100)
    await deployed
    expect(steps).toEqual(['announce', 'accept', 'cut over', 'retire'])
    expect(cluster.state).toEqual({ kind: 'stable', active: 'green' })
  })

  test('deploy ends queries that do not finish in time', async () => {
    const query = await client.begin('SELECT * FROM orders', { strategy: 'blue' })
    await cluster.deploy({ cutOverAfterMs: 0, drainTimeoutMs: 30 })
    await expect(query.call('getNextResultBatch')).rejects.toMatchObject(MISMATCH)
  })

  test('a step out of order changes nothing', async () => {
    await expect(cluster.retire('green')).rejects.toMatchObject({ code: 'E6_LOCAL_DEPLOYMENT_STEP' })
    await expect(cluster.announce('blue')).rejects.toThrow("can't announce blue while the deployment is stable on blue")
    expect(cluster.state).toEqual({ kind: 'stable', active: 'blue' })
  })
})

describe('the cluster service', () => {
  test('a suspended cluster answers 503 until it has resumed', async () => {
    const states: string[] = []
    cluster.on('availability', ({ to }) => states.push(to))
    expect(await client.clusterCall('status')).toMatchObject({ status: 'active' })
    expect(await client.clusterCall('suspend')).toMatchObject({ status: 'suspended' })
    await expect(login('blue')).rejects.toMatchObject(SUSPENDED)
    await expect(login('green')).rejects.toMatchObject(SUSPENDED)
    expect(await client.clusterCall('resume')).toMatchObject({ status: 'resuming' })
    await cluster.resume()
    expect(await client.clusterCall('status')).toMatchObject({ status: 'active' })
    await expect(login('blue')).resolves.not.toBe('')
    expect(states).toEqual(['suspended', 'resuming', 'active'])
  })

  test('suspending ends sessions and queries', async () => {
    await client.begin('SELECT * FROM orders')
    await cluster.suspend()
    expect(await cluster.sessions()).toEqual([])
    await cluster.resume()
    expect((await cluster.queries())[0]?.state).toBe('cancelled')
  })

  test('it requires credentials and an active strategy', async () => {
    using stranger = new RawClient({ ...target(), password: 'wrong' })
    await expect(stranger.clusterCall('suspend')).rejects.toMatchObject({ code: 16 })
    await expect(client.clusterCall('status', { strategy: 'green' })).rejects.toMatchObject(MISMATCH)
    expect(cluster.availability).toBe('active')
  })

  test('a cluster may start suspended', async () => {
    await using asleep = await startCluster({
      mode: 'in-process',
      rows: 1,
      adminPort: false,
      suspended: true,
      resumeMs: 0,
    })
    using asleepClient = new RawClient(asleep)
    await expect(asleepClient.login()).rejects.toMatchObject(SUSPENDED)
    await asleep.resume()
    await expect(asleepClient.login()).resolves.not.toBe('')
  })
})

describe('a dead engine', () => {
  test('is answered by the router with 502 until it restarts', async () => {
    const query = await client.begin('SELECT * FROM orders', { strategy: 'blue' })
    await cluster.kill('blue')
    await expect(query.call('getNextResultBatch')).rejects.toMatchObject(ENGINE_GONE)
    expect(cluster.engines.blue).toMatchObject({ kind: 'dead', reason: 'killed' })
    await cluster.announce('green')
    await expect(login('green')).resolves.not.toBe('')
    await cluster.restart('blue')
    expect(await announced('blue')).toBe('green')
    await expect(query.call('getNextResultBatch')).rejects.toMatchObject({
      details: expect.stringContaining('Access denied'),
    })
  })

  test('lets the router answer its running calls with 502', async () => {
    const query = await client.prepare(
      'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b',
      await login(),
    )
    const executed = expect(query.call('executeStatement')).rejects.toMatchObject(ENGINE_GONE)
    await cluster.whenCalls((calls) => calls.some(({ method }) => method === 'executeStatement'))
    await cluster.kill('blue')
    await executed
  })
})

describe('the call log', () => {
  test('contains headers, ids, strategies, statuses and the server that answered', async () => {
    const headers = { strategy: 'blue', 'cluster-name': 'local', 'cluster-uuid': 'u-1' }
    const sessionId = await client.login(headers)
    const query = await client.prepare('SELECT 1', sessionId, headers)
    await expect(client.call('getNextResultBatch', { ...query.ids, queryId: 'x' }, query.headers)).rejects.toThrow()
    const [authenticate, prepare, fetch] = cluster.calls()
    expect(authenticate).toMatchObject({
      sequence: 1,
      service: 'QueryEngineService',
      method: 'authenticate',
      strategy: 'blue',
      clusterName: 'local',
      clusterUuid: 'u-1',
      sessionId,
      servedBy: 'blue',
      httpStatus: 200,
      grpcStatus: 0,
      outcome: 'answered',
      faults: [],
    })
    expect(prepare).toMatchObject({ method: 'prepareStatement', sessionId, queryId: query.ids.queryId })
    expect(fetch).toMatchObject({
      plannerIp: query.ids.engineIP,
      queryId: 'x',
      grpcStatus: 5,
      grpcMessage: expect.stringContaining('not known'),
    })
    cluster.clearCalls()
    expect(cluster.calls()).toEqual([])
  })

  test('keeps only the latest calls', async () => {
    await using small = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, callLogLimit: 3 })
    using smallClient = new RawClient(small)
    for (let call = 0; call < 8; call++) await smallClient.login()
    expect(small.calls().map(({ sequence }) => sequence)).toEqual([6, 7, 8])
  })

  test('waiting for calls that do not come times out', async () => {
    await expect(cluster.whenCalls((calls) => calls.length > 0, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'E6_LOCAL_WAIT_TIMEOUT',
    })
  })
})

describe('messages', () => {
  test('a statement of several megabytes passes through', async () => {
    const text = 'x'.repeat(3 * 1024 * 1024)
    const [row] = await client.query(`SELECT length('${text}') AS n`)
    expect(row).toEqual({ n: BigInt(text.length) })
    expect(cluster.calls().find(({ method }) => method === 'prepareStatement')).toMatchObject({
      grpcStatus: 0,
      queryId: expect.any(String),
    })
  })

  test('a batch of several megabytes passes through', async () => {
    const query = await client.begin("SELECT repeat('x', 8000000) AS text")
    const [row] = (await query.nextRows()) ?? []
    expect(String(row?.text)).toHaveLength(8_000_000)
  })

  test('a client that compresses gets compressed answers', async () => {
    using packed = new RawClient(cluster, undefined, { 'grpc.default_compression_algorithm': 2 })
    const sql = `SELECT repeat('x', 1000000) AS text, '${'y'.repeat(100_000)}' AS long`
    const [row] = await packed.query(sql)
    expect([String(row?.text).length, String(row?.long).length]).toEqual([1_000_000, 100_000])
    const fetch = cluster.calls().find(({ method }) => method === 'getNextResultBatch')
    expect(fetch?.responseBytes).toBeLessThan(20_000)
    expect(fetch?.queryId).toBeDefined()
  })
})

test('a method that does not exist is unimplemented', async () => {
  const { Client, credentials } = await import('@grpc/grpc-js')
  const bare = new Client(`${cluster.host}:${cluster.port}`, credentials.createInsecure())
  const refused = new Promise((_, reject) => {
    const bytes = (value: Buffer) => value
    bare.makeUnaryRequest('/QueryEngineService/constructor', bytes, bytes, Buffer.alloc(0), (error) => reject(error))
  })
  await expect(refused).rejects.toMatchObject({ code: 12 })
  bare.close()
})

function target() {
  const { host, port, username, password } = cluster
  return { host, port, username, password }
}
