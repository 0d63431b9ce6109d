import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { createPool } from '../connect.ts'
import { OptionsError, PoolTimeoutError, ValueRangeError } from '../errors.ts'

describe('a pool on a cluster', () => {
  const local = localTest()
  const openPool = (more: object = {}) => createPool({ url: local.cluster.url, strategyStore: 'process', ...more })

  it('runs queries on no more connections than it may have', async () => {
    await using pool = openPool({ max: 3 })
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => pool.query(`SELECT ${n} AS n`)))
    expect(results.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(pool.statistics()).toMatchObject({ open: 3, borrowed: 0, waiting: 0 })
  })

  it('switches to the other strategy without a failed query, and each connection logs in there once', async () => {
    await using pool = openPool({ max: 4, min: 4 })
    await Promise.all(Array.from({ length: 8 }, () => pool.query('SELECT 1')))
    local.cluster.clearCalls()
    let deployed = false
    const deploying = local.cluster.deploy({ cutOverAfterMs: 100 }).then(() => {
      deployed = true
    })
    while (!deployed) await Promise.all(Array.from({ length: 4 }, () => pool.query('SELECT 1 AS one')))
    await deploying
    const { strategy } = await pool.query('SELECT 1 AS one')
    expect(strategy).toBe(local.cluster.active)
    const accepted = local.calls('authenticate').filter((call) => call.strategy === strategy && call.grpcStatus === 0)
    expect(accepted.length).toBeLessThanOrEqual(4)
  })

  it('streams on a borrowed connection, which is returned when the loop is left', async () => {
    await using pool = openPool({ max: 1 })
    for await (const _ of pool.stream('SELECT order_id FROM orders')) break
    expect((await pool.query('SELECT 1 AS one', { timeoutMs: 5000 })).rows).toEqual([{ one: 1 }])
  })

  it('gets a connection back when the rows of a stream are disposed of, or one cannot be made', async () => {
    await using pool = openPool({ max: 1, acquireTimeoutMs: 5000 })
    {
      await using rows = pool.stream('SELECT order_id FROM orders')[Symbol.asyncIterator]()
      await rows.next()
    }
    const unfit = pool.stream('SELECT 9007199254740993 AS id', { types: { int64: 'number' } })
    expect(await failureOf(unfit[Symbol.asyncIterator]().next())).toBeInstanceOf(ValueRangeError)
    const readable = pool.stream('SELECT order_id FROM orders').toReadable()
    await new Promise((resolve) => readable.once('data', resolve))
    readable.destroy()
    for await (const row of pool.stream('SELECT 1 AS one, 2 AS two', { rowShape: 'array' })) expect(row).toEqual([1, 2])
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  it('limits how long a caller waits', async () => {
    await using pool = openPool({ max: 1, acquireTimeoutMs: 50 })
    await using _ = await pool.acquire()
    const error = await failureOf(pool.query('SELECT 1'))
    expect(error).toBeInstanceOf(PoolTimeoutError)
    expect(error).toMatchObject({ outcome: 'not-sent', retryable: true })
  })

  it('reports the faults of the pool and of its connections together', () => {
    expect(() => createPool({ url: local.cluster.url, port: -1, max: 0 })).toThrow(OptionsError)
  })
})
