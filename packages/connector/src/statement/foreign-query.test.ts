import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { QueryInterruptedError } from '../errors.ts'

describe('a query of another connection, on a strategy that no longer accepts sessions', () => {
  const local = localTest()

  it('fails a status call with a typed error, and counts as already cancelled', async () => {
    const theirs = (await local.connection()).cursor()
    const queryId = await theirs.execute('SELECT order_id FROM orders')
    await local.cluster.cutOver()
    const other = await local.connection()
    expect((await other.query('SELECT 1')).strategy).toBe('green')
    const ours = other.cursor()
    expect(await failureOf(ours.status(queryId))).toBeInstanceOf(QueryInterruptedError)
    await ours.cancel(queryId)
    expect(other.strategy.getSharedStrategy().queryStrategyMap).not.toHaveProperty(queryId)
  })
})

describe('a query of another connection, on a suspended cluster', () => {
  const local = localTest()

  it('counts as cancelled: the cluster stays suspended', async () => {
    const theirs = (await local.connection()).cursor()
    const queryId = await theirs.execute('SELECT order_id FROM orders')
    const other = await local.connection()
    const ours = other.cursor()
    await local.cluster.suspend()
    await ours.cancel(queryId)
    expect(local.calls('resume')).toEqual([])
    expect(other.strategy.getSharedStrategy().queryStrategyMap).not.toHaveProperty(queryId)
  })

  it('counts as cancelled for a connection that would first need to log in on its strategy', async () => {
    await local.cluster.resume()
    const connection = await local.connection()
    connection.strategy.registerQueryStrategy('theirs', 'green')
    await local.cluster.suspend()
    await connection.cursor().cancel('theirs')
    expect(local.calls('resume')).toEqual([])
    expect(connection.strategy.getSharedStrategy().queryStrategyMap).toEqual({})
  })
})
