import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'e6data-connector'
import { type LocalCluster, selfSignedCertificate, startCluster } from 'e6data-local-cluster'
import { redisStrategyStore } from 'e6data-redis-store'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { Fleet, type Host, until } from '../test/fleet.ts'
import { RedisClusterNodes, SentinelSet } from '../test/redis-deployments.ts'
import { findRedisServer, REDIS_MISSING, RedisServer } from '../test/redis-server.ts'

const HOLD_MS = 500

if (findRedisServer()) describe('a fleet that shares a Redis', tests)
else console.warn(`${REDIS_MISSING}: install it to run these tests`)

function tests(): void {
  const follows = ({ manager }: Host, strategy: string) =>
    until(`a host on ${strategy}`, () => manager.getActiveStrategy() === strategy)

  /** A host with a connection to a cluster. */
  const connectHost = (cluster: LocalCluster, redis: Redis | string) =>
    connect({ url: cluster.url, strategyStore: redisStrategyStore({ redis, retryMs: 50, commandTimeoutMs: 500 }) })

  it('fails no query when the master dies and a replica takes its place', async () => {
    await using redis = await SentinelSet.start()
    await using cluster = await startCluster({ mode: 'in-process', adminPort: false, rows: 100 })
    await using one = await connectHost(cluster, redis.client())
    await using two = await connectHost(cluster, redis.client())
    const ask = async (connection: typeof one) => (await connection.query('SELECT count(*) AS n FROM orders')).strategy
    let isOver = false
    let queries = 0
    const load = Promise.all(
      [one, two].map(async (connection) => {
        while (!isOver) {
          await ask(connection)
          queries += 1
        }
      }),
    )
    await until('queries', () => queries > 20)
    await redis.master.kill()
    using replica = redis.replica.client()
    await until('the new master', async () => (await replica.info('replication')).includes('role:master'))
    const before = queries
    await cluster.deploy({ cutOverWhen: async () => until('green', async () => (await ask(one)) === 'green') })
    await until('more queries', () => queries > before + 20)
    await until('the switch in the new master', async () => {
      const [key] = await replica.keys('*:state')
      return key !== undefined && ((await replica.hget(key, 'record'))?.includes('"active":"green"') ?? false)
    })
    isOver = true
    await load // none has failed
    const [a, b] = [one, two].map(({ strategy }) => strategy.getSharedStrategy())
    expect(a!.activeStrategy).toBe('green')
    await until('one epoch', () => two.strategy.getSharedStrategy().epoch === one.strategy.getSharedStrategy().epoch)
    expect(b!.activeStrategy).toBe('green')
  })

  it('asks the deployments once for all hosts while calls are held', async () => {
    await using redis = await RedisServer.start()
    await using cluster = await startCluster({ mode: 'in-process', adminPort: false, rows: 100 })
    const loginsOfAHold = async (hosts: number) => {
      const connections = await Promise.all(Array.from({ length: hosts }, () => connectHost(cluster, redis.url)))
      await Promise.all(connections.map((connection) => connection.query('SELECT 1')))
      cluster.clearCalls()
      const refusal = cluster.inject({
        method: ['authenticate', 'prepareStatement', 'prepareStatementV2'],
        occurrence: 'every',
        fault: { kind: 'http-status', status: 456 },
      })
      const queries = connections.map((connection) => connection.query('SELECT 1'))
      await new Promise((resolve) => setTimeout(resolve, HOLD_MS)) // the length of the fault, not a wait for a state
      const logins = cluster.calls().filter(({ method }) => method === 'authenticate').length
      refusal.remove()
      await Promise.all(queries)
      await Promise.all(connections.map((connection) => connection.close()))
      return logins
    }
    const alone = await loginsOfAHold(1)
    const together = await loginsOfAHold(8)
    // Each asks for itself once, at the beginning. Eight that go on asking would make eight times as many.
    expect(together).toBeLessThan(4 * alone)
  })

  it('finds and cancels a query of another host on its own strategy', async () => {
    await using redis = await RedisServer.start()
    await using cluster = await startCluster({ mode: 'in-process', adminPort: false, rows: 100 })
    await using one = await connectHost(cluster, redis.url)
    await using two = await connectHost(cluster, redis.url)
    await using cursor = one.cursor()
    const id = await cursor.execute('SELECT * FROM range(10000000)')
    using direct = redis.client()
    await until('the query in Redis', async () => (await direct.keys(`*:query:${id}`)).length === 1)
    await using other = two.cursor()
    expect(await other.status(id)).toBeDefined()
    await other.cancel(id)
    await expect(cursor.fetchAll()).rejects.toThrow()
    await expect(two.cursor().status('unknown-id')).rejects.toThrow('query unknown-id is not known')
  })

  it('keeps no process and no server busy once its connections are closed', async () => {
    await using redis = await RedisServer.start()
    await using cluster = await startCluster({ mode: 'in-process', adminPort: false, rows: 100 })
    const connection = await connectHost(cluster, redis.url)
    await connection.query('SELECT 1')
    using direct = redis.client()
    const clients = async () =>
      String(await direct.client('LIST'))
        .split('\n')
        .filter(Boolean).length
    await until('its connections', async () => (await clients()) === 3)
    await connection.close()
    await until('no connections', async () => (await clients()) === 1)
  })

  it('works on a Redis Cluster, with all keys of a cluster and user on one node', async () => {
    await using redis = await RedisClusterNodes.start()
    using fleet = new Fleet(redis.nodes.map(({ url }) => url))
    const [one, two] = [fleet.host(), fleet.host()]
    one.manager.setActiveStrategy('green')
    await follows(two, 'green')
    one.manager.registerQueryStrategy('q-1', 'green', '10.0.0.7')
    await until('the query', async () => (await two.store.pins.find!('q-1')) !== undefined)
    const counts = await Promise.all(
      redis.nodes.map(async (node) => {
        using client = node.client()
        return await client.dbsize()
      }),
    )
    expect(counts.toSorted()).toEqual([0, 0, 3])
  })

  it('needs no more rights than its README names', async () => {
    await using redis = await RedisServer.start()
    using admin = redis.client()
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const [, rights] = /```\n(~e6data:.*)\n```/.exec(readme) ?? []
    await admin.call('ACL', 'SETUSER', 'fleet', 'on', '>secret', ...rights!.split(' '))
    using fleet = new Fleet(`redis://fleet:secret@127.0.0.1:${redis.port}`)
    const [one, two] = [fleet.host(), fleet.host()]
    one.manager.setActiveStrategy('green')
    await follows(two, 'green')
    one.manager.registerQueryStrategy('q-1', 'green', '10.0.0.7')
    await until('the query', async () => (await two.store.pins.find!('q-1')) !== undefined)
    await until('the list', () => two.manager.getSharedStrategy().queryStrategyMap['q-1'] === 'green')
    one.manager.cleanupQueryStrategy('q-1')
    await until('its end', async () => (await two.store.pins.find!('q-1')) === undefined)
    expect([one, two].flatMap(({ notices }) => notices)).toEqual([])
    expect(String(await admin.call('ACL', 'LOG'))).toBe('')
  })

  it('uses TLS, and trusts no certificate that it has no reason to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'e6data-redis-tls-'))
    try {
      const { cert, key } = selfSignedCertificate()
      const files = { 'tls-cert-file': join(folder, 'cert.pem'), 'tls-key-file': join(folder, 'key.pem') }
      writeFileSync(files['tls-cert-file'], cert)
      writeFileSync(files['tls-key-file'], key)
      await using redis = await RedisServer.startTls(files)
      const client = new Redis({ host: '127.0.0.1', port: redis.port, tls: { ca: cert }, lazyConnect: true })
      using fleet = new Fleet(client)
      const [one, two] = [fleet.host(), fleet.host()]
      one.manager.setActiveStrategy('green')
      await follows(two, 'green')
      using strangers = new Fleet(`rediss://user:secret-of-redis@127.0.0.1:${redis.port}`)
      const stranger = strangers.host({ commandTimeoutMs: 5000 })
      stranger.manager.setActiveStrategy('blue')
      await until('a refusal', () => stranger.notices.length > 0)
      expect(stranger.notices).toMatchObject([{ kind: 'unavailable' }])
      expect(JSON.stringify(stranger.notices)).not.toContain('secret-of-redis')
      expect(one.notices).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

describe('the options of the store', () => {
  it.each([
    [{ redis: 'https://user:hunter2@host' }, 'redis must be a URL like'],
    [{ redis: 'redis://user:hunter2@host/one' }, 'redis must be a URL like'],
    [{ redis: [] }, 'at least one node'],
    [{ redis: 6379 }, 'or a client of ioredis'],
    [{ redis: 'redis://host', leaseMs: 10 }, 'leaseMs must be a whole number of milliseconds, at least 1000'],
    [{ redis: 'redis://host', keyPrefix: '{a}' }, 'keyPrefix must be a string without braces'],
  ])('%j is refused without naming the password', (options, message) => {
    const make = () => redisStrategyStore(options as Parameters<typeof redisStrategyStore>[0])
    expect(make).toThrow(message)
    expect(make).not.toThrow('hunter2')
  })
})
