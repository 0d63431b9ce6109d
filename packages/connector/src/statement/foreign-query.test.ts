import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { QueryInterruptedError } from '../errors.ts'

describe('a query that another connection has begun, on a strategy that takes no sessions any more', () => {
  const local = localTest()

  it('can be asked about, which is a typed error, and cancelled, which is done already', async () => {
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

describe('a query that another connection has begun, on a cluster that is suspended', () => {
  const local = localTest()

  it('is cancelled already: the cluster stays suspended', async () => {
    const theirs = (await local.connection()).cursor()
    const queryId = await theirs.execute('SELECT order_id FROM orders')
    const other = await local.connection()
    const ours = other.cursor()
    await local.cluster.suspend()
    await ours.cancel(queryId)
    expect(local.calls('resume')).toEqual([])
    expect(other.strategy.getSharedStrategy().queryStrategyMap).not.toHaveProperty(queryId)
  })

  it('is cancelled already for a connection that would have to log in on its strategy first', async () => {
    await local.cluster.resume()
    const connection = await local.connection()
    connection.strategy.registerQueryStrategy('theirs', 'green')
    await local.cluster.suspend()
    await connection.cursor().cancel('theirs')
    expect(local.calls('resume')).toEqual([])
    expect(connection.strategy.getSharedStrategy().queryStrategyMap).toEqual({})
  })
})
