import { describe, expect, test } from 'vitest'
import { GRPC_STATUS } from '../grpc/rpc-error.ts'
import { startCluster } from '../start-cluster.ts'
import { RawClient } from '../testing/raw-client.ts'
import { withCluster } from '../testing/with-cluster.ts'

const shared = withCluster({ rows: 2000, batchRows: 4000 })

describe('sessions', () => {
  test('wrong credentials give an empty session id', async () => {
    expect(
      await shared.client.call('authenticate', { user: shared.cluster.username, password: 'wrong' }),
    ).toMatchObject({
      sessionId: '',
    })
    expect(
      await shared.client.call('authenticate', { user: 'nobody', password: shared.cluster.password }),
    ).toMatchObject({
      sessionId: '',
    })
  })

  test('wrong credentials are refused with UNAUTHENTICATED by an option', async () => {
    await using strict = await startCluster({
      mode: 'in-process',
      rows: 1,
      adminPort: false,
      wrongCredentials: 'unauthenticated',
    })
    using strictClient = new RawClient(strict)
    await expect(strictClient.call('authenticate', { user: strict.username, password: 'wrong' })).rejects.toMatchObject(
      { code: GRPC_STATUS.unauthenticated },
    )
  })

  test('a session is known only to the engine that issued it', async () => {
    const sessionId = await shared.client.login({ strategy: 'blue' })
    const request = { sessionId, schema: '', queryString: 'SELECT 1' }
    await expect(shared.client.call('prepareStatement', request, { strategy: 'green' })).rejects.toMatchObject({
      code: GRPC_STATUS.internal,
      details: expect.stringContaining('Access denied'),
    })
    await expect(shared.client.call('prepareStatement', request, { strategy: 'blue' })).resolves.toMatchObject({
      sessionId,
    })
  })

  test('a revoked session is denied access, a renewed one carries a new id and the old one still works', async () => {
    const sessionId = await shared.client.login()
    expect(await shared.cluster.renewSession(sessionId)).toBe(true)
    const renewed = (await shared.client.call('getSchemaNames', { sessionId })).sessionId
    expect(renewed).not.toBe(sessionId)
    expect((await shared.client.call('getSchemaNames', { sessionId })).sessionId).toBe(renewed)
    expect((await shared.client.call('getSchemaNames', { sessionId: renewed })).sessionId).toBe(renewed)
    expect(await shared.cluster.revokeSession(renewed)).toBe(true)
    await expect(shared.client.call('getSchemaNames', { sessionId: renewed })).rejects.toMatchObject({
      code: GRPC_STATUS.internal,
    })
  })

  test('an unused session expires', async () => {
    await using hasty = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, sessionTtlMs: 1 })
    using hastyClient = new RawClient(hasty)
    const sessionId = await hastyClient.login()
    const held = hasty.inject({ method: 'getSchemaNames', fault: { kind: 'delay', ms: 20 } })
    await expect(hastyClient.call('getSchemaNames', { sessionId })).rejects.toMatchObject({
      details: expect.stringContaining('Access denied'),
    })
    expect(held.fired).toBe(1)
  })

  test('a query continues under a new session of its user, and under no other user', async () => {
    await shared.cluster.setUsers({ [shared.cluster.username]: shared.cluster.password, other: 'secret' }, 'blue')
    const query = await shared.client.begin('SELECT 1 AS one')
    const again = await shared.client.login()
    const { sessionId: stranger } = await shared.client.call('authenticate', { user: 'other', password: 'secret' })
    await expect(
      shared.client.call('getResultMetadata', { ...query.ids, sessionId: again }, query.headers),
    ).resolves.toBeDefined()
    await expect(
      shared.client.call('getResultMetadata', { ...query.ids, sessionId: stranger }, query.headers),
    ).rejects.toMatchObject({
      details: expect.stringContaining('Access denied'),
    })
  })
})
