import { decodeChunk } from 'e6data-connector/wire'
import { describe, expect, test } from 'vitest'
import { GRPC_STATUS } from '../grpc/rpc-error.ts'
import { startCluster } from '../start-cluster.ts'
import { RawClient } from '../testing/raw-client.ts'
import { withCluster } from '../testing/with-cluster.ts'

const shared = withCluster({ rows: 2000, batchRows: 4000 })

/** A statement whose result is too large to be kept, so that it streams. */
const LONG_STREAM = 'SELECT range AS n FROM range(5000000)'

describe('calls about a query', () => {
  test('need the plannerip of the engine that prepared it', async () => {
    const query = await shared.client.begin('SELECT 1 AS one')
    for (const headers of [{}, { plannerip: 'elsewhere' }]) {
      await expect(shared.client.call('getNextResultBatch', query.ids, headers)).rejects.toMatchObject({
        code: GRPC_STATUS.failedPrecondition,
      })
    }
  })

  test('a query lives only on the engine that prepared it', async () => {
    const blue = await shared.client.begin('SELECT 1 AS one', { strategy: 'blue' })
    const green = await shared.client.begin('SELECT 1 AS one', { strategy: 'green' })
    const onGreen = { ...green.ids, queryId: blue.ids.queryId }
    await expect(shared.client.call('getNextResultBatch', onGreen, green.headers)).rejects.toMatchObject({
      code: GRPC_STATUS.notFound,
    })
  })

  test('a query must be executed before it is read, and only once', async () => {
    const sessionId = await shared.client.login()
    const { engineIP, queryId } = await shared.client.call('prepareStatement', {
      sessionId,
      schema: '',
      queryString: 'SELECT 1',
    })
    const ids = { engineIP, sessionId, queryId }
    const headers = { plannerip: engineIP }
    await expect(shared.client.call('getResultMetadata', ids, headers)).rejects.toMatchObject({
      code: GRPC_STATUS.failedPrecondition,
    })
    await shared.client.call('executeStatement', ids, headers)
    await expect(shared.client.call('executeStatement', ids, headers)).rejects.toMatchObject({
      code: GRPC_STATUS.failedPrecondition,
    })
    await expect(shared.client.call('getResultMetadata', ids, headers)).resolves.toBeDefined()
  })

  test('status returns the number of rows', async () => {
    const query = await shared.client.begin('SELECT * FROM range(12)')
    expect(await query.call('status')).toMatchObject({ status: true, rowCount: 12n })
  })

  test('explain and explain analyze describe the query', async () => {
    const query = await shared.client.begin('SELECT count(*) FROM orders')
    expect((await query.call('explain')).explain).toContain('AGGREGATE')
    const { explainAnalyze } = await query.call('explainAnalyze')
    expect(JSON.parse(explainAnalyze)).toMatchObject({
      total_query_time: expect.any(Number),
      executionQueueingTime: expect.any(Number),
      parsingTime: expect.any(Number),
    })
  })

  test('several batches can be fetched at once, in order, up to an explicit end', async () => {
    const query = await shared.client.begin('SELECT range AS n FROM range(30000)')
    const { fields } = await query.metadata()
    const answers: { batches: number; endOfStream: boolean }[] = []
    const rows: unknown[] = []
    do {
      const { resultBatches, endOfStream } = await query.call('getNextResultBatchV2')
      answers.push({ batches: resultBatches.length, endOfStream })
      for (const batch of resultBatches) rows.push(...decodeChunk(batch, fields).column('n'))
    } while (!answers.at(-1)?.endOfStream)
    expect(rows).toEqual(Array.from({ length: 30_000 }, (_, row) => BigInt(row)))
    expect(answers.map(({ endOfStream }) => endOfStream)).toEqual([...answers.slice(1).map(() => false), true])
    expect(answers[0]?.batches).toBe(4)
  })

  test('a cancelled statement stops at once and fails with CANCELLED', async () => {
    const sessionId = await shared.client.login()
    const { engineIP, queryId } = await shared.client.call('prepareStatement', {
      sessionId,
      schema: '',
      queryString: 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b',
    })
    const ids = { engineIP, sessionId, queryId }
    const headers = { plannerip: engineIP }
    const executed = expect(shared.client.call('executeStatement', ids, headers)).rejects.toMatchObject({
      code: GRPC_STATUS.cancelled,
      details: expect.stringContaining('was cancelled'),
    })
    await shared.cluster.whenCalls((calls) =>
      calls.some((call) => call.queryId === queryId && call.method === 'executeStatement'),
    )
    await shared.client.call('cancelQuery', ids, headers)
    await executed
    await expect(shared.client.call('getNextResultBatch', ids, headers)).rejects.toMatchObject({
      code: GRPC_STATUS.cancelled,
    })
  })

  test.each(['clear', 'cancelQuery'] as const)('%s frees a running stream, and may be repeated', async (method) => {
    const query = await shared.client.begin(LONG_STREAM)
    expect(await query.nextRows()).toHaveLength(4000)
    await query.call(method)
    await query.call(method)
    await expect(query.call('getNextResultBatch')).rejects.toMatchObject({ code: GRPC_STATUS.cancelled })
    const found = (await shared.cluster.queries()).find(({ id }) => id === query.ids.queryId)
    expect(found?.state).toBe(method === 'clear' ? 'cleared' : 'cancelled')
  })

  test.each(['clear', 'cancelQuery', 'clearOrCancelQuery'] as const)(
    '%s without a query succeeds, so that it hides no error of an earlier statement',
    async (method) => {
      const ids = { sessionId: await shared.client.login(), queryId: '', engineIP: '' }
      await expect(shared.client.call(method, ids, { strategy: 'blue' })).resolves.toBeDefined()
    },
  )

  test('the engine makes only one batch ahead of a slow reader', async () => {
    const query = await shared.client.begin(LONG_STREAM)
    for (let batch = 0; batch < 5; batch++) await query.nextRows()
    const found = (await shared.cluster.queries()).find(({ id }) => id === query.ids.queryId)
    expect(found).toMatchObject({ state: 'running', batchesDelivered: 5, rowsDelivered: 20_000, rowCount: 5_000_000 })
    await query.call('clear')
  })

  test('a batch of wide rows is limited by its bytes', async () => {
    await using narrow = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, batchBytes: 100_000 })
    using narrowClient = new RawClient(narrow)
    const query = await narrowClient.begin("SELECT repeat('x', 1000) AS text FROM range(15000)")
    const rows = await query.nextRows()
    expect(rows?.length).toBeLessThan(5000)
    expect((rows?.length ?? 0) + (await query.rows()).length).toBe(15_000)
  })

  test('an idle query is freed', async () => {
    await using hasty = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, queryIdleTimeoutMs: 1 })
    using hastyClient = new RawClient(hasty)
    const forgotten = await hastyClient.begin(LONG_STREAM)
    const later = hasty.inject({ method: 'prepareStatement', fault: { kind: 'delay', ms: 20 } })
    await hastyClient.begin('SELECT 1')
    expect(later.fired).toBe(1)
    const states = Object.fromEntries((await hasty.queries()).map(({ id, state }) => [id, state]))
    expect(states[forgotten.ids.queryId]).toBe('cancelled')
  })
})
