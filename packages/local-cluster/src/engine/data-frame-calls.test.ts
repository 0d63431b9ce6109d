import { describe, expect, test } from 'vitest'
import { GRPC_STATUS } from '../grpc/rpc-error.ts'
import { withCluster } from '../testing/with-cluster.ts'

const shared = withCluster({ rows: 2000, batchRows: 4000 })

describe('the other calls', () => {
  test('a data frame is built call by call', async () => {
    const sessionId = await shared.client.login()
    const { engineIP } = await shared.client.call('authenticate', {
      user: shared.cluster.username,
      password: shared.cluster.password,
    })
    const plannerip = engineIP ?? ''
    const { queryId } = await shared.client.call('createDataFrame', {
      sessionId,
      engineIP: plannerip,
      dataframeNumber: 1,
      catalog: 'local',
      schema: 'retail',
      table: 'orders',
    })
    const ids = { sessionId, engineIP: plannerip, queryId, dataframeNumber: 1 }
    const headers = { plannerip }
    await shared.client.call('filterOnDataFrame', { ...ids, whereClause: "region <> 'it\\'s nowhere'" }, headers)
    await shared.client.call(
      'aggregateOnDataFrame',
      { ...ids, groupBy: ['region'], aggregateFunctionMap: { order_id: 1, customer_id: 3 } },
      headers,
    )
    await shared.client.call('orderByOnDataFrame', { ...ids, orderByFieldMap: { region: 1 } }, headers)
    await shared.client.call('limitOnDataFrame', { ...ids, fetchLimit: 2 }, headers)
    await shared.client.call('projectionOnDataFrame', { ...ids, field: ['region', 'count_order_id'] }, headers)
    await shared.client.call('executeDataFrame', ids, headers)
    const query = shared.client.attach(ids, headers)
    const rows = await query.rows()
    expect(rows).toEqual(
      await shared.client.query(
        'SELECT region, count(order_id) AS count_order_id FROM orders GROUP BY region ORDER BY region DESC LIMIT 2',
      ),
    )
  })

  test('the planner queue answers from its script', async () => {
    const sessionId = await shared.client.login()
    const request = {
      sessionId,
      firstTimeRequestPayload: { schema: 'retail', catalog: 'local', queryString: 'SELECT 1' },
    }
    expect(await shared.client.call('identifyPlanner', request)).toMatchObject({
      queueMessage: 0,
      plannerIp: expect.any(String),
    })
    await shared.cluster.setPlannerQueue(['WAITING_ON_PLANNER_SCALEUP', 'RATE_LIMIT'], 'blue')
    const waiting = await shared.client.call('identifyPlanner', request)
    expect(waiting.queueMessage).toBe(1)
    const existingQuery = { queryId: waiting.existingQuery?.queryId ?? '', elapsedTimeMillis: 10n }
    const limited = await shared.client.call('identifyPlanner', { sessionId, existingQuery })
    expect(limited).toMatchObject({ queueMessage: 2, existingQuery: { queryId: existingQuery.queryId } })
    expect((await shared.client.call('identifyPlanner', request)).queueMessage).toBe(0)
  })

  test('every method of the service is answered, at least with unimplemented', async () => {
    const sessionId = await shared.client.login()
    await expect(shared.client.call('healthCheck', {})).resolves.toBeDefined()
    await expect(shared.client.call('refreshCatalogs', { sessionId })).resolves.toMatchObject({ sessionId })
    await expect(
      shared.client.call('syncSchemas', { catalog: 'local', database: 'retail', queryId: '', isReplace: false }),
    ).resolves.toBeDefined()
    await expect(
      shared.client.call('analyzeQuery', { query: 'SELECT 1', catalog: '', schema: '' }),
    ).resolves.toBeDefined()
    await expect(shared.client.call('setProps', { sessionId, props: '' })).resolves.toBeDefined()
    for (const refused of [
      shared.client.call('updateUsers', { users: new Uint8Array() }),
      shared.client.call('setProps', { sessionId, props: 'a=b' }),
      shared.client.call('getNextRemoteCachedChunk', {}),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: GRPC_STATUS.unimplemented })
    }
    await shared.client.call('dropUserContext', { sessionId, engineIP: '' })
    await expect(shared.client.call('getSchemaNames', { sessionId })).rejects.toMatchObject({
      code: GRPC_STATUS.internal,
    })
  })
})
