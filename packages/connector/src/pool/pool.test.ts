import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import { createPool } from '../connect.ts'
import { TransportError } from '../errors.ts'
import type { Pool } from './pool.ts'
import type { PoolOptions } from './pool-options.ts'

const ROWS = 1000

let cluster: LocalCluster
const pools: Pool[] = []

beforeEach(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: ROWS, batchRows: 100 })
})

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close({ running: 'cancel' })))
  await cluster.close()
})

function openPool(options: PoolOptions & { restartUnreadQueries?: boolean } = {}): Pool {
  const pool = createPool({ url: cluster.url, strategyStore: 'process', ...options })
  pools.push(pool)
  return pool
}

const callsOf = (method: string) => cluster.calls().filter((call) => call.method === method)

describe('a pool', () => {
  test('runs statements on a few connections, and each of them logs in once', async () => {
    const pool = openPool({ max: 3 })
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        pool.query<{ i: number }>('SELECT CAST(? AS INTEGER) AS i', { params: [i] }),
      ),
    )
    expect(results.map(({ rows }) => rows[0]?.i)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect(callsOf('authenticate').length).toBeLessThanOrEqual(3)
    expect(pool.statistics()).toMatchObject({ idle: 3, borrowed: 0, waiting: 0, acquires: 50 })
  })

  test('streams, and gets the connection back after the last row', async () => {
    const pool = openPool({ max: 1 })
    const stream = pool.stream('SELECT order_id FROM orders ORDER BY order_id')
    expect(stream.queryId).toBeUndefined()
    let rows = 0
    for await (const _ of stream) {
      rows += 1
      expect(pool.statistics().borrowed).toBe(1)
    }
    expect(rows).toBe(ROWS)
    expect(stream).toMatchObject({ queryId: expect.any(String), strategy: 'blue', rowCount: ROWS })
    expect(stream.fields?.map(({ name }) => name)).toEqual(['order_id'])
    expect(pool.statistics()).toMatchObject({ borrowed: 0, idle: 1 })
  })

  test('gets the connection back, and clears the query, when a loop is left', async () => {
    const pool = openPool({ max: 1 })
    for await (const batch of pool.stream('SELECT * FROM orders').batches()) {
      expect(batch.rowCount).toBe(100)
      break
    }
    expect(pool.statistics()).toMatchObject({ borrowed: 0, idle: 1 })
    await pool.close()
    expect(cluster.calls().filter(({ method }) => /clear|cancel/i.test(method))).toHaveLength(1)
  })

  test('gets the connection back when a Node stream is destroyed', async () => {
    const pool = openPool({ max: 1 })
    const readable = pool.stream('SELECT * FROM orders').toReadable()
    await new Promise((resolve) => readable.once('data', resolve))
    readable.destroy()
    await new Promise((resolve) => pool.once('pool:released', resolve))
    expect(await pool.query('SELECT 1')).toMatchObject({ rowCount: 1 })
  })

  test('starts a stream only when it is read, and allows one reading', async () => {
    const pool = openPool()
    const stream = pool.stream('SELECT 1 AS a')
    expect(pool.statistics()).toMatchObject({ open: 0, connecting: 0 })
    const rows = []
    for await (const row of stream.json()) rows.push(row)
    expect(rows).toEqual([{ a: 1 }])
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow('a stream can be read only once')
  })

  test('provides a connection for several statements, and gets it back when they fail', async () => {
    const pool = openPool({ max: 1 })
    const tables = await pool.withConnection((connection) => connection.getTables())
    expect(tables).toContain('orders')
    await expect(pool.withConnection((connection) => connection.query('SELECT nonsense'))).rejects.toMatchObject({
      code: 'E6_QUERY_FAILED',
    })
    await using lease = await pool.acquire()
    expect(await lease.connection.query('SELECT 1')).toMatchObject({ rowCount: 1 })
    expect(callsOf('healthCheck')).toHaveLength(0)
  })

  test('counts the wait for a connection toward the time limit of a query', async () => {
    const pool = openPool({ max: 1 })
    const held = await pool.acquire()
    await expect(pool.query('SELECT 1', { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'E6_POOL_TIMEOUT',
      outcome: 'not-sent',
    })
    expect(callsOf('prepareStatement')).toHaveLength(0)
    held.release()
  })

  test('types rows as a connection does', () => {
    const pool = openPool()
    expectTypeOf(pool.query<{ a: bigint }>)
      .returns.resolves.toHaveProperty('rows')
      .toEqualTypeOf<{ a: bigint }[]>()
    expectTypeOf(pool.stream<{ a: bigint }>('')).toExtend<AsyncIterable<{ a: bigint }>>()
  })
})

describe('a failure in a pool', () => {
  test('a connection with an interrupted call is checked, and kept with its session when it works', async () => {
    const pool = openPool({ max: 1, restartUnreadQueries: false })
    await pool.query('SELECT 1')
    cluster.inject({ method: ['executeStatement', 'executeStatementV2'], fault: { kind: 'reset', what: 'connection' } })
    await expect(pool.query('SELECT 2')).rejects.toBeInstanceOf(TransportError)
    expect(await pool.query('SELECT 3')).toMatchObject({ rowCount: 1 })
    expect(callsOf('healthCheck').length).toBeGreaterThanOrEqual(1)
    expect(callsOf('authenticate')).toHaveLength(1)
    expect(pool.statistics()).toMatchObject({ connects: 1, failedChecks: 0 })
  })

  test('an engine without the health check counts as alive', async () => {
    const pool = openPool({ max: 1, checkAfterIdleMs: 0 })
    await pool.query('SELECT 1')
    cluster.inject({
      method: 'healthCheck',
      occurrence: 'every',
      fault: { kind: 'grpc-status', status: 'unimplemented', message: 'no such method' },
    })
    await pool.withConnection(async () => undefined)
    await pool.query('SELECT 2')
    expect(pool.statistics()).toMatchObject({ connects: 1, failedChecks: 0 })
  })

  test('callers learn at once that nothing listens on the port', async () => {
    const pool = openPool()
    await cluster.close()
    await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'E6_CONNECT' })
  })

  test('closing interrupts running queries if requested, with one typed error', async () => {
    const pool = openPool()
    const handle = cluster.inject({ method: ['executeStatement', 'executeStatementV2'], fault: { kind: 'hold' } })
    const running = pool.query('SELECT 1').catch((error: unknown) => error)
    await handle.whenFired()
    await pool.close({ running: 'cancel' })
    expect(await running).toMatchObject({ code: 'E6_CLOSED' })
  })
})

describe('a switch under load', () => {
  test('fails nothing, and each connection that works on logs in once on the new strategy', async () => {
    const pool = openPool({ max: 8 })
    let isOver = false
    const strategies = new Set<string>()
    const workers = Array.from({ length: 16 }, async () => {
      let queries = 0
      while (!isOver || queries === 0) {
        const { strategy, rows } = await pool.query<{ n: bigint }>('SELECT count(*) AS n FROM orders')
        expect(rows[0]?.n).toBe(BigInt(ROWS))
        strategies.add(strategy)
        queries += 1
      }
      return queries
    })
    await pool.query('SELECT 1')
    await cluster.deploy()
    await pool.query('SELECT 1')
    isOver = true
    await Promise.all(workers)
    expect([...strategies].sort()).toEqual(['blue', 'green'])
    const logins = (strategy: string) =>
      callsOf('authenticate').filter((call) => call.strategy === strategy && call.grpcStatus === 0).length
    expect(logins('blue')).toBeLessThanOrEqual(8)
    expect(logins('green')).toBeLessThanOrEqual(8 + 1) // and one that checks whether it accepts
    expect(pool.statistics()).toMatchObject({ failedConnects: 0, failedChecks: 0, disconnects: 0 })
  })
})
