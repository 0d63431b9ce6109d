import { describe, expect, it } from 'vitest'
import { failureOf, type LocalTest, localTest, ORDERS } from '../../test/local.ts'
import type { Connection } from '../connection.ts'
import { QueryInterruptedError } from '../errors.ts'

// Each test has its own cluster: after a switch and a rollback, a strategy is not trusted for a while.

/** A cursor whose query runs on blue, after green was announced and is ready. */
async function runningOnBlue(local: LocalTest, connection: Connection) {
  const cursor = connection.cursor()
  await local.cluster.announce('green')
  const ready = new Promise((resolve) => connection.on('strategy:ready', resolve))
  await cursor.execute('SELECT * FROM orders')
  await ready
  expect(connection.strategy.getActiveStrategy()).toBe('blue')
  return cursor
}

for (const how of ['clear', 'cancel'] as const) {
  describe(`a query that ends by ${how}`, () => {
    const local = localTest()

    it('activates the announced and ready strategy before new work is sent', async () => {
      const connection = await local.connection()
      await using cursor = await runningOnBlue(local, connection)
      const calls = local.calls('prepareStatement').length
      await cursor[how]()
      expect(connection.strategy.getActiveStrategy()).toBe('green')
      expect(local.calls('prepareStatement')).toHaveLength(calls)
    })
  })
}

describe('a query that began before the switch', () => {
  const local = localTest()

  it('is read to its end on its own strategy', async () => {
    const connection = await local.connection()
    await using cursor = await runningOnBlue(local, connection)
    expect((await connection.query('SELECT 1')).strategy).toBe('green')
    expect(await cursor.fetchAll()).toHaveLength(ORDERS)
    const fetched = local.calls('getNextResultBatch').filter(({ queryId }) => queryId === cursor.queryId)
    expect(new Set(fetched.map(({ strategy }) => strategy))).toEqual(new Set(['blue']))
  })
})

describe('a running query that is refused', () => {
  const local = localTest()

  it('leaves the active strategy unchanged, and causes no login', async () => {
    const connection = await local.connection({ pinnedRefusalPatienceMs: 100 })
    await using cursor = connection.cursor()
    await cursor.execute('SELECT * FROM orders')
    const { activeStrategy, epoch } = connection.strategy.getSharedStrategy()
    const logins = local.calls('authenticate').length
    local.cluster.inject({ method: 'status', occurrence: 'every', fault: { kind: 'http-status', status: 456 } })
    expect(await failureOf(cursor.status())).toBeInstanceOf(QueryInterruptedError)
    expect(connection.strategy.getSharedStrategy()).toMatchObject({ activeStrategy, epoch })
    expect(connection.strategy.inspect().counts).toMatchObject({ 'strategy:mismatch': expect.any(Number) })
    await connection.query('SELECT 1')
    expect(local.calls('authenticate')).toHaveLength(logins)
  })
})
