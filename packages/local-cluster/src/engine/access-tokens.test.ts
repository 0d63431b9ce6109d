import { afterEach, describe, expect, test } from 'vitest'
import { GRPC_STATUS } from '../grpc/rpc-error.ts'
import { withCluster } from '../testing/with-cluster.ts'

const TOKENS = { ada: ['first-token', 'second-token'], eve: 'eves-token' }
const ADA = { authorization: 'Bearer first-token' }

const shared = withCluster({ rows: 100, accessTokens: TOKENS })

const select = { sessionId: '', schema: '', queryString: 'SELECT 1' }

afterEach(async () => {
  await shared.cluster.setAccessTokens(TOKENS)
})

describe('a call with an access token', () => {
  test('needs no session, and its answers carry none', async () => {
    const query = await shared.client.prepare('SELECT order_id FROM orders', '', ADA)
    expect(await query.call('executeStatement')).toMatchObject({ sessionId: '' })
    expect(await query.rows()).toHaveLength(100)
    expect(await shared.cluster.sessions()).toEqual([])
  })

  test('may carry another token of the same user at each call, with any case of the scheme', async () => {
    const query = await shared.client.prepare('SELECT 1', '', ADA)
    const headers = { ...query.headers, authorization: 'bearer second-token' }
    await expect(shared.client.call('executeStatement', query.ids, headers)).resolves.toMatchObject({ sessionId: '' })
  })

  test("does not reach another user's query", async () => {
    const query = await shared.client.prepare('SELECT 1', '', ADA)
    const headers = { ...query.headers, authorization: 'Bearer eves-token' }
    await expect(shared.client.call('executeStatement', query.ids, headers)).rejects.toMatchObject({
      code: GRPC_STATUS.internal,
      details: expect.stringContaining('another user'),
    })
  })

  test.each(['Bearer wrong', 'Bearer', 'Basic first-token', 'first-token', 'Bearer first-token second-token'])(
    '%j is refused at every call, also at those without a session',
    async (authorization) => {
      const refused = { code: GRPC_STATUS.unauthenticated }
      await expect(shared.client.call('healthCheck', {}, { authorization })).rejects.toMatchObject(refused)
      await expect(shared.client.call('getCataloges', {}, { authorization })).rejects.toMatchObject(refused)
      await expect(shared.client.call('prepareStatement', select, { authorization })).rejects.toMatchObject(refused)
      await expect(shared.client.clusterCall('status', { authorization })).rejects.toMatchObject(refused)
    },
  )

  test('is refused once its token is revoked, also during a query', async () => {
    const query = await shared.client.prepare('SELECT 1', '', ADA)
    await shared.cluster.setAccessTokens({ ada: 'second-token' })
    await expect(query.call('executeStatement')).rejects.toMatchObject({ code: GRPC_STATUS.unauthenticated })
    const headers = { ...query.headers, authorization: 'Bearer second-token' }
    await expect(shared.client.call('executeStatement', query.ids, headers)).resolves.toMatchObject({ sessionId: '' })
  })

  test('may call the cluster service without user and password', async () => {
    await expect(shared.client.clusterCall('status', ADA)).resolves.toMatchObject({ status: 'active' })
  })

  test('without one, and without a session, access is denied', async () => {
    await expect(shared.client.call('prepareStatement', select)).rejects.toMatchObject({
      code: GRPC_STATUS.internal,
      details: expect.stringContaining('Access denied'),
    })
  })

  test('gets a gRPC status with a message from an inactive deployment and a suspended cluster', async () => {
    const nowhere = { ...ADA, strategy: 'purple' }
    await expect(shared.client.call('healthCheck', {}, nowhere)).rejects.toMatchObject({
      code: GRPC_STATUS.unknown,
      details: 'status: 456',
    })
    await shared.cluster.suspend()
    await expect(shared.client.call('healthCheck', {}, ADA)).rejects.toMatchObject({
      code: GRPC_STATUS.unavailable,
      details: 'status: 503, cluster is suspended',
    })
    await shared.cluster.resume()
  })

  test('is logged without its token', async () => {
    shared.cluster.clearCalls()
    await shared.client.call('healthCheck', {}, ADA)
    await shared.client.call('healthCheck', {})
    const calls = shared.cluster.calls()
    expect(calls.map(({ authorization }) => authorization)).toEqual(['Bearer', undefined])
    expect(JSON.stringify(calls)).not.toContain('first-token')
  })
})
