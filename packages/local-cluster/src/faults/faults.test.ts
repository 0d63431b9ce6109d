import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LocalCluster } from '../local-cluster.ts'
import { startCluster } from '../start-cluster.ts'
import { RawClient } from '../testing/raw-client.ts'

let cluster: LocalCluster
let client: RawClient

beforeEach(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: 100, batchRows: 10, adminPort: false })
  client = new RawClient(cluster)
})

afterEach(async () => {
  client.close()
  await cluster.close()
})

const FETCH = 'getNextResultBatch'

describe('a fault hits', () => {
  test('the nth call of a method once', async () => {
    const fault = cluster.inject({ method: FETCH, occurrence: 3, fault: { kind: 'http-status', status: 456 } })
    const query = await client.begin('SELECT * FROM orders')
    expect(await query.nextRows()).toHaveLength(10)
    expect(await query.nextRows()).toHaveLength(10)
    await expect(query.nextRows()).rejects.toMatchObject({ code: 2, details: 'Received HTTP status code 456' })
    expect(await query.rows()).toHaveLength(80)
    expect(fault.fired).toBe(1)
    expect(await fault.whenFired()).toMatchObject({
      method: FETCH,
      queryId: query.ids.queryId,
      faults: ['http-status'],
    })
  })

  test('every call until it is removed', async () => {
    const fault = cluster.inject({ strategy: 'none', occurrence: 'every', fault: { kind: 'http-status', status: 503 } })
    await expect(client.login()).rejects.toMatchObject({ details: 'Received HTTP status code 503' })
    await expect(client.login()).rejects.toMatchObject({ details: 'Received HTTP status code 503' })
    await expect(client.login({ strategy: 'blue' })).resolves.not.toBe('')
    fault.remove()
    await expect(client.login()).resolves.not.toBe('')
    expect(cluster.faults()).toEqual([])
  })

  test('several calls in a row', async () => {
    cluster.inject({ method: 'authenticate', occurrence: 2, times: 2, fault: { kind: 'http-status', status: 456 } })
    const fates: string[] = []
    for (let call = 0; call < 4; call++)
      fates.push(
        await client.login().then(
          () => 'fine',
          () => 'hit',
        ),
      )
    expect(fates).toEqual(['fine', 'hit', 'hit', 'fine'])
  })

  test('the calls of one query, by its number or its id', async () => {
    cluster.inject({ method: FETCH, query: 2, occurrence: 2, fault: { kind: 'http-status', status: 456 } })
    const first = await client.begin('SELECT * FROM orders')
    const second = await client.begin('SELECT * FROM orders')
    expect(await first.rows()).toHaveLength(100)
    await second.nextRows()
    await expect(second.nextRows()).rejects.toThrow('456')
    cluster.inject({ queryId: first.ids.queryId, fault: { kind: 'http-status', status: 456 } })
    await expect(second.call('status')).resolves.toBeDefined()
    await expect(first.call('status')).rejects.toThrow('456')
  })

  test('the nth call of each query', async () => {
    cluster.inject({ method: FETCH, occurrence: 2, countPer: 'query', fault: { kind: 'http-status', status: 456 } })
    for (let turn = 0; turn < 2; turn++) {
      const query = await client.begin('SELECT * FROM orders')
      await query.nextRows()
      await expect(query.nextRows()).rejects.toThrow('456')
    }
  })

  test('calls of a service, of a session, or of several methods', async () => {
    cluster.inject({ service: 'ClusterService', method: 'status', fault: { kind: 'http-status', status: 503 } })
    cluster.inject({
      method: ['getTables', 'getColumns'],
      occurrence: 'every',
      fault: { kind: 'http-status', status: 456 },
    })
    const sessionId = await client.login()
    cluster.inject({ sessionId, method: 'getSchemaNames', fault: { kind: 'http-status', status: 456 } })
    await expect(client.clusterCall('status')).rejects.toThrow('503')
    await expect(client.call('getTables', { sessionId })).rejects.toThrow('456')
    await expect(client.call('getColumns', { sessionId, table: 'stores' })).rejects.toThrow('456')
    await expect(client.call('getSchemaNames', { sessionId: await client.login() })).resolves.toBeDefined()
    await expect(client.call('getSchemaNames', { sessionId })).rejects.toThrow('456')
  })
})

describe('the effects of faults', () => {
  test('a held call waits for its release and does not reach the engine before', async () => {
    const fault = cluster.inject({ method: 'authenticate', fault: { kind: 'hold' } })
    const login = client.login()
    await fault.whenFired()
    expect(fault.holding).toBe(1)
    expect(await cluster.sessions()).toEqual([])
    fault.release()
    await expect(login).resolves.not.toBe('')
  })

  test('an answer can be held after the engine has sent it', async () => {
    const fault = cluster.inject({ method: 'authenticate', fault: { kind: 'hold', moment: 'after' } })
    const login = client.login({ strategy: 'blue' })
    await fault.whenHolding()
    expect(await cluster.sessions()).toHaveLength(1)
    await cluster.cutOver()
    fault.remove()
    await expect(login).resolves.not.toBe('')
  })

  test('a call can be reset before or after the engine executes it', async () => {
    await client.query('CREATE TABLE t (n INTEGER)')
    for (const moment of ['before', 'after'] as const) {
      const query = await client.prepare('INSERT INTO t VALUES (1)', await client.login())
      cluster.inject({ method: 'executeStatement', fault: { kind: 'reset', moment } })
      await expect(query.call('executeStatement')).rejects.toMatchObject({ code: 13 })
      const rows = await client.query('SELECT count(*) AS rows FROM t')
      expect(rows).toEqual([{ rows: moment === 'before' ? 0n : 1n }])
    }
    expect(cluster.calls().filter(({ outcome }) => outcome === 'reset')).toHaveLength(2)
  })

  test('the connection of a call can be destroyed', async () => {
    cluster.inject({ method: 'authenticate', fault: { kind: 'reset', what: 'connection' } })
    await expect(client.login()).rejects.toMatchObject({ code: 14 })
    await expect(client.login()).resolves.not.toBe('')
  })

  test('a stream can be reset with any code', async () => {
    const cancel = 8
    cluster.inject({ method: 'authenticate', fault: { kind: 'reset', code: cancel } })
    await expect(client.login()).rejects.toMatchObject({ code: 1 })
  })

  test('a gRPC status can replace the answer, before or after the engine executes the call', async () => {
    const message = 'Wrong strategy. Status: 456. Expected: blue, Got: green — 100%'
    cluster.inject({ method: 'authenticate', fault: { kind: 'grpc-status', status: 'invalidArgument', message } })
    await expect(client.login()).rejects.toMatchObject({ code: 3, details: message })
    expect(await cluster.sessions()).toHaveLength(0)
    cluster.inject({
      method: 'authenticate',
      fault: { kind: 'grpc-status', status: 'unavailable', message: 'later', moment: 'after' },
    })
    await expect(client.login()).rejects.toMatchObject({ code: 14, details: 'later' })
    expect(await cluster.sessions()).toHaveLength(1)
  })

  test.each(['purple', '', 'GREEN', 'x'.repeat(1024 * 1024)])('an answer can announce anything', async (value) => {
    cluster.inject({ method: 'authenticate', fault: { kind: 'new-strategy', value } })
    const { sessionId, newStrategy } = await client.call('authenticate', {
      user: cluster.username,
      password: cluster.password,
    })
    expect(newStrategy).toBe(value)
    expect(sessionId).not.toBe('')
  })

  test('an announcement can be removed, and a session id changed', async () => {
    await cluster.announce('green')
    cluster.inject({ method: 'authenticate', fault: { kind: 'new-strategy', value: undefined } })
    cluster.inject({ method: 'authenticate', fault: { kind: 'session-id', value: 'another' } })
    const answer = await client.call('authenticate', { user: cluster.username, password: cluster.password })
    expect(answer).toMatchObject({ sessionId: 'another' })
    expect(answer.newStrategy).toBeUndefined()
  })

  test('an empty batch loses no rows', async () => {
    cluster.inject({ method: FETCH, occurrence: 2, fault: { kind: 'empty-batch' } })
    const query = await client.begin('SELECT order_id FROM orders')
    expect(await query.nextRows()).toHaveLength(10)
    expect(await query.nextRows()).toEqual([])
    expect(await query.rows()).toHaveLength(90)
  })

  test('batches and metadata can be truncated, corrupted or replaced', async () => {
    const query = await client.begin('SELECT order_id FROM orders')
    cluster.inject({ method: FETCH, fault: { kind: 'truncate', bytes: 7 } })
    expect((await query.call(FETCH)).resultBatch).toHaveLength(7)
    cluster.inject({ method: FETCH, fault: { kind: 'payload', bytes: new Uint8Array([1, 2, 3]) } })
    expect([...(await query.call(FETCH)).resultBatch]).toEqual([1, 2, 3])
    const { resultMetaData } = await query.call('getResultMetadata')
    cluster.inject({ method: 'getResultMetadata', fault: { kind: 'corrupt', offset: 4, bytes: 2 } })
    const bent = (await query.call('getResultMetadata')).resultMetaData
    expect([...bent.keys()].filter((index) => bent[index] !== resultMetaData[index])).toEqual([4, 5])
  })

  test('headers and trailers can be changed', async () => {
    cluster.inject({
      method: 'authenticate',
      fault: { kind: 'response-trailers', trailers: { 'grpc-status': '14', 'grpc-message': 'changed' } },
    })
    await expect(client.login()).rejects.toMatchObject({ code: 14, details: 'changed' })
    cluster.inject({ method: 'authenticate', fault: { kind: 'response-headers', headers: { ':status': '456' } } })
    cluster.inject({ method: 'authenticate', fault: { kind: 'response-trailers', trailers: { 'grpc-status': null } } })
    await expect(client.login()).rejects.toMatchObject({ details: 'Received HTTP status code 456' })
  })

  test('a client that gets GOAWAY finishes its call and opens another connection', async () => {
    cluster.inject({ method: 'authenticate', fault: { kind: 'goaway' } })
    await expect(client.login()).resolves.not.toBe('')
    await expect(client.login()).resolves.not.toBe('')
  })

  test('a call can be delayed, and several faults can hit one call', async () => {
    cluster.inject({ method: 'authenticate', fault: { kind: 'delay', ms: 5 } })
    cluster.inject({ method: 'authenticate', fault: { kind: 'http-status', status: 502, body: 'bad gateway' } })
    await expect(client.login()).rejects.toMatchObject({ details: 'Received HTTP status code 502' })
    expect(cluster.calls()[0]?.faults).toEqual(['delay', 'http-status'])
  })

  test('a call that its client abandons is recorded as abandoned', async () => {
    const fault = cluster.inject({ method: 'authenticate', fault: { kind: 'hold' } })
    const impatient = new RawClient(cluster)
    const login = expect(impatient.login()).rejects.toThrow()
    await fault.whenFired()
    impatient.close()
    cluster.dropConnections()
    fault.remove()
    await login
    await cluster.whenCalls((calls) => calls[0]?.outcome === 'abandoned by the client')
  })
})
