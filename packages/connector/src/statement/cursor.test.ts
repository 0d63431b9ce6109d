import { describe, expect, it } from 'vitest'
import { BATCH_ROWS, eventually, failureOf, localTest, ORDERS } from '../../test/local.ts'
import {
  ClosedError,
  ParameterError,
  QueryFailedError,
  ResultIncompleteError,
  ResultTooLargeError,
  UsageError,
} from '../errors.ts'

const ALL = 'SELECT order_id FROM orders ORDER BY order_id'
const ids = (rows: readonly { order_id?: unknown }[]) => rows.map(({ order_id: id }) => Number(id))
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

describe('a cursor', () => {
  const local = localTest()
  const openCursor = async () => (await local.connection()).cursor()

  it('fetches one row, then some, then all remaining, and loses nothing', async () => {
    const cursor = await openCursor()
    await cursor.execute(ALL)
    const one = await cursor.fetchOne()
    const some = await cursor.fetchMany(BATCH_ROWS + 7)
    const rest = await cursor.fetchAll()
    expect(ids([one!, ...some, ...rest])).toEqual(range(0, ORDERS))
    expect(await cursor.fetchOne()).toBeUndefined()
    expect(await cursor.fetchMany(5)).toEqual([])
    expect(await cursor.fetchAll()).toEqual([])
  })

  it('returns batches as they arrive, and rows one by one', async () => {
    const cursor = await openCursor()
    await cursor.execute(ALL)
    const sizes: number[] = []
    for await (const rows of cursor.fetchBatches()) sizes.push(rows.length)
    expect(sizes).toEqual(Array(ORDERS / BATCH_ROWS).fill(BATCH_ROWS))

    await cursor.execute(ALL)
    const seen: unknown[] = []
    for await (const row of cursor) seen.push(row)
    expect(ids(seen as { order_id: bigint }[])).toEqual(range(0, ORDERS))
  })

  it('starts clean when it executes again, and clears the previous query', async () => {
    const cursor = await openCursor()
    const first = await cursor.execute(ALL)
    await cursor.fetchMany(3)
    const second = await cursor.execute('SELECT 5 AS five')
    expect(second).not.toBe(first)
    expect(cursor.description?.map(({ name, type }) => [name, type])).toEqual([['five', 'INTEGER']])
    expect(await cursor.fetchAll()).toEqual([{ five: 5 }])
    const cleared = local.calls('clearOrCancelQuery').concat(local.calls('cancelQuery'))
    expect(cleared.map(({ queryId }) => queryId)).toContain(first)
  })

  it('is usable after a statement that failed', async () => {
    const cursor = await openCursor()
    expect(await failureOf(cursor.execute('SELECT nothing FROM nowhere'))).toBeInstanceOf(QueryFailedError)
    expect(cursor.queryId).toBeUndefined()
    await cursor.execute('SELECT 1 AS one')
    expect(await cursor.fetchAll()).toEqual([{ one: 1 }])
  })

  it('does not end at an empty batch in the middle of a result', async () => {
    const cursor = await openCursor()
    local.cluster.inject({ method: 'getNextResultBatch', occurrence: 2, times: 2, fault: { kind: 'empty-batch' } })
    await cursor.execute(ALL)
    expect(ids(await cursor.fetchAll())).toEqual(range(0, ORDERS))
  })

  it('ends at three empty batches in a row, which is an error once row counts have been right', async () => {
    const unchecked = (await local.connection()).cursor({ verifyRowCount: 'off' })
    const cursor = await openCursor()
    await cursor.execute(ALL)
    await cursor.fetchAll()
    const empty = local.cluster.inject({
      method: 'getNextResultBatch',
      occurrence: 2,
      times: 3,
      fault: { kind: 'empty-batch' },
    })
    await cursor.execute(ALL)
    const error = await failureOf(cursor.fetchAll())
    expect(error).toBeInstanceOf(ResultIncompleteError)
    expect(error).toMatchObject({ rowsPromised: ORDERS, rowsReceived: BATCH_ROWS, queryId: expect.any(String) })
    expect(empty.fired).toBe(3)
    local.cluster.inject({ method: 'getNextResultBatch', occurrence: 2, times: 3, fault: { kind: 'empty-batch' } })
    await unchecked.execute(ALL)
    expect(ids(await unchecked.fetchAll())).toEqual(range(0, BATCH_ROWS))
  })

  it('knows its columns, its row count and its query before anything is fetched', async () => {
    const cursor = await openCursor()
    expect([cursor.description, cursor.rowCount, cursor.queryId]).toEqual([undefined, -1, undefined])
    const id = await cursor.execute('SELECT order_id, region, amount FROM orders')
    expect(cursor.description?.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'order_id LONG',
      'region STRING',
      'amount DECIMAL128',
    ])
    expect(cursor.rowCount).toBe(ORDERS)
    expect(cursor.queryId).toBe(id)
  })

  it('shows the headers of its calls: engine, cluster and strategy, and no secret', async () => {
    const cursor = await openCursor()
    await cursor.execute(ALL)
    const header = Object.fromEntries(cursor.metadata)
    expect(header).toMatchObject({ 'cluster-name': 'local', strategy: 'blue' })
    expect(header.plannerip).toBe(local.calls('executeStatement')[0]?.plannerIp)
    expect(JSON.stringify(header)).not.toContain(local.cluster.password)
  })

  it('returns the status, the plan, and the profile of a query', async () => {
    const cursor = await openCursor()
    await cursor.execute('SELECT region, count(*) AS n FROM orders GROUP BY region')
    expect(await cursor.status()).toMatchObject({ finished: true })
    expect(await cursor.explain()).toMatch(/GROUP|AGGREGATE/i)
    const analysis = await cursor.explainAnalyze()
    expect(analysis).toMatchObject({ isCached: false, parsingTimeMs: expect.any(Number) })
    expect(analysis.totalQueryTimeMs).toBeGreaterThanOrEqual(0)
  })

  it('clears the query on the server when its block is left, even by an exception', async () => {
    const connection = await local.connection()
    let queryId = ''
    const leaving = (async () => {
      await using cursor = connection.cursor()
      queryId = await cursor.execute(ALL)
      throw new Error('left')
    })()
    await expect(leaving).rejects.toThrow('left')
    expect(local.calls('clearOrCancelQuery').map((call) => call.queryId)).toContain(queryId)
    expect(connection.strategy.getSharedStrategy().queryStrategyMap).not.toHaveProperty(queryId)
  })

  it('cancels on the server', async () => {
    const cursor = await openCursor()
    const queryId = await cursor.execute(ALL)
    await cursor.cancel()
    expect(local.calls('cancelQuery').map((call) => call.queryId)).toEqual([queryId])
    expect(await failureOf(cursor.fetchOne())).toBeInstanceOf(UsageError)
  })

  it('reports the mistake when it is used out of order', async () => {
    const cursor = await openCursor()
    for (const call of [
      () => cursor.fetchOne(),
      () => cursor.fetchAll(),
      () => cursor.explain(),
      () => cursor.status(),
    ]) {
      expect(await failureOf(call())).toBeInstanceOf(UsageError)
    }
    expect(await failureOf(cursor.fetchMany(-1))).toBeInstanceOf(UsageError)
    expect(await failureOf(cursor.status('no-such-query'))).toBeInstanceOf(UsageError)
    expect(await failureOf(cursor.cancel('no-such-query'))).toBeInstanceOf(UsageError)
    await cursor.close()
    expect(await failureOf(cursor.execute('SELECT 1'))).toBeInstanceOf(ClosedError)
    expect(local.calls('prepareStatement')).toEqual([])
  })

  it('refuses a second fetch while one is waiting, and loses no row by it', async () => {
    const cursor = await openCursor()
    await cursor.execute(ALL)
    const first = cursor.fetchOne()
    expect(await failureOf(cursor.fetchOne())).toBeInstanceOf(UsageError)
    expect(await first).toEqual({ order_id: 0n })
    expect(await cursor.fetchAll()).toHaveLength(ORDERS - 1)
  })

  it('refuses a second statement while one is being executed', async () => {
    const cursor = await openCursor()
    const first = cursor.execute(ALL)
    expect(await failureOf(cursor.execute('SELECT 1'))).toBeInstanceOf(UsageError)
    expect(await failureOf(cursor.fetchOne())).toBeInstanceOf(UsageError)
    await first
    expect(await cursor.fetchAll()).toHaveLength(ORDERS)
  })

  for (const how of ['close', 'cancel'] as const) {
    it(`${how} ends a statement that is being executed, and leaks nothing`, async () => {
      const connection = await local.connection()
      const cursor = connection.cursor()
      const held = local.cluster.inject({
        method: ['executeStatement', 'executeStatementV2'],
        fault: { kind: 'hold' },
      })
      const failure = failureOf(cursor.execute(ALL))
      await held.whenFired()
      await cursor[how]()
      expect(await failure).toBeInstanceOf(ClosedError)
      held.remove()
      await connection.close()
      const [cancelled, ...more] = local.calls('cancelQuery')
      expect(more).toEqual([])
      expect(connection.strategy.getSharedStrategy().queryStrategyMap).not.toHaveProperty(`${cancelled?.queryId}`)
    })
  }

  it("does not return the previous statement's result when the next one fails", async () => {
    const cursor = await openCursor()
    await cursor.execute(ALL)
    await failureOf(cursor.execute('SELECT * FROM nowhere'))
    expect(cursor.queryId).toBeUndefined()
    expect(cursor.description).toBeUndefined()
  })

  it('keeps a loop over one result from taking rows of the next', async () => {
    const cursor = await openCursor()
    await cursor.execute(ALL)
    const batches = cursor.fetchBatches()
    await batches.next()
    await cursor.execute(ALL)
    expect(await failureOf(batches.next())).toBeInstanceOf(UsageError)
    expect(await cursor.fetchAll()).toHaveLength(ORDERS)
  })

  it('sends nothing when parameters do not match', async () => {
    const cursor = await openCursor()
    expect(await failureOf(cursor.execute('SELECT ?', []))).toBeInstanceOf(ParameterError)
    expect(local.calls('prepareStatement')).toEqual([])
  })

  it('accepts named parameters, like the Python connector', async () => {
    const cursor = await openCursor()
    await cursor.execute('SELECT %(name)s AS name, :n AS n', { name: "O'Brien", n: 3 })
    expect(await cursor.fetchAll()).toEqual([{ name: "O'Brien", n: 3 }])
  })

  it('refuses to collect more than maxResultBytes, suggests stream(), and cancels', async () => {
    const cursor = (await local.connection({ maxResultBytes: 2000 })).cursor()
    await cursor.execute('SELECT * FROM orders')
    const error = await failureOf(cursor.fetchAll())
    expect(error).toBeInstanceOf(ResultTooLargeError)
    expect(String(error)).toContain('stream()')
    await eventually(() => expect(local.calls('cancelQuery')).toHaveLength(1))
  })

  it('strips trailing semicolons, which the engine does not accept', async () => {
    const cursor = await openCursor()
    await cursor.execute('SELECT 1 AS one ; -- done\n ;')
    expect(await cursor.fetchAll()).toEqual([{ one: 1 }])
  })

  it('requests each batch once, and buffers no more than its limit', async () => {
    const cursor = (await local.connection({ maxBufferedBytes: 1 })).cursor()
    await cursor.execute(ALL)
    await cursor.fetchAll()
    expect(local.calls('getNextResultBatch')).toHaveLength(ORDERS / BATCH_ROWS + 1)
  })
})
