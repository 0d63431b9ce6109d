import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { createPool } from '../connect.ts'

describe('ping', () => {
  const local = localTest()
  const options = () => ({ url: local.cluster.url, strategyStore: 'process' }) as const
  const methods = () => local.cluster.calls().map(({ method }) => method)

  it('of a connection is one round trip', async () => {
    const connection = await local.connection()
    local.cluster.clearCalls()
    await connection.ping()
    expect(methods()).toEqual(['healthCheck'])
  })

  it('of a pool is one round trip, even while all its connections are borrowed', async () => {
    await using pool = createPool({ ...options(), max: 1 })
    await using _busy = await pool.acquire()
    local.cluster.clearCalls()
    await pool.ping()
    expect(methods()).toEqual(['healthCheck'])
    expect(pool.statistics()).toMatchObject({ open: 1, connecting: 0 })
  })

  it('of a pool without connections logs in once, and keeps none open', async () => {
    await using pool = createPool(options())
    local.cluster.clearCalls()
    await pool.ping()
    expect(methods().sort()).toEqual(['authenticate', 'healthCheck'])
    expect(pool.statistics()).toMatchObject({ open: 0 })
  })

  it('accepts any answer of an engine', async () => {
    const connection = await local.connection()
    const fault = { kind: 'grpc-status', status: 'unimplemented', message: 'no such call' } as const
    local.cluster.inject({ method: 'healthCheck', fault })
    await connection.ping()
  })

  it('fails on a suspended cluster, and leaves it suspended', async () => {
    const connection = await local.connection({ autoResume: true })
    await using warm = createPool(options())
    await warm.query('SELECT 1')
    await using cold = createPool(options())
    await local.cluster.suspend()
    for (const it of [connection, warm, cold]) {
      expect(await failureOf(it.ping())).toMatchObject({ code: 'E6_CLUSTER_SUSPENDED' })
    }
    expect(local.cluster.availability).toBe('suspended')
    expect(methods()).not.toContain('resume')
    await connection.query('SELECT 1') // a query does resume it
    await cold.ping()
  })

  it('fails in time on a silent engine, and after its connection or pool is closed', async () => {
    const connection = await local.connection()
    const held = local.cluster.inject({ method: 'healthCheck', occurrence: 'every', fault: { kind: 'hold' } })
    expect(await failureOf(connection.ping({ timeoutMs: 100 }))).toMatchObject({ code: 'E6_TIMEOUT' })
    held.remove()
    await connection.close()
    expect(await failureOf(connection.ping())).toMatchObject({ code: 'E6_CLOSED' })
    const pool = createPool(options())
    await pool.close()
    expect(await failureOf(pool.ping())).toMatchObject({ code: 'E6_CLOSED' })
  })
})
