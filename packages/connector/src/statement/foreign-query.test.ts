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
