import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { StrategyState } from 'e6data-connector'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Fleet, type Host, until } from '../test/fleet.ts'
import { findRedisServer, REDIS_MISSING, RedisServer } from '../test/redis-server.ts'

const PROGRAM = fileURLToPath(new URL('../test/programs/runs-query.ts', import.meta.url))
const CHILD_ENV = {
  ...process.env,
  TSX_TSCONFIG_PATH: fileURLToPath(new URL('../../../tsconfig.json', import.meta.url)),
}

describe('where redis-server is not installed', () => {
  it('starting it says so plainly', async () => {
    expect(findRedisServer('/nowhere')).toBeUndefined()
    await expect(RedisServer.start({}, '/nowhere')).rejects.toThrow(REDIS_MISSING)
  })
})

if (findRedisServer()) describe('a strategy kept in Redis', tests)
else console.warn(`${REDIS_MISSING}: install it to run these tests`)

function tests(): void {
  let server: RedisServer
  let redis: Redis

  beforeAll(async () => {
    server = await RedisServer.start()
    redis = server.client()
  })

  afterAll(async () => {
    redis?.disconnect()
    await server?.[Symbol.asyncDispose]()
  })

  const isOn = ({ manager }: Host, strategy: string) => manager.getActiveStrategy() === strategy
  const follows = (host: Host, strategy: string) => until(`a host on ${strategy}`, () => isOn(host, strategy))
  const raise = (state: StrategyState): StrategyState => ({ ...state, epoch: state.epoch + 1 })

  it('a switch on one host is known on the others, and told there', async () => {
    using fleet = new Fleet(server.url)
    const [one, two] = [fleet.host(), fleet.host()]
    const told: object[] = []
    two.manager.events.on('strategy:transition', (facts) => told.push(facts))
    one.manager.setActiveStrategy('green')
    expect(one.manager.getActiveStrategy()).toBe('green')
    await follows(two, 'green')
    expect(told).toMatchObject([{ to: 'green' }])
    expect(two.manager.getSharedStrategy().epoch).toBe(one.manager.getSharedStrategy().epoch)
  })

  it('a host that starts later knows what the fleet knows, and moves nothing by what it found before', async () => {
    using fleet = new Fleet(server.url)
    const [one, two] = [fleet.host(), fleet.host()]
    one.manager.setActiveStrategy('green')
    await follows(two, 'green')
    const late = fleet.host()
    late.manager.setActiveStrategy('blue') // before anything was read
    await follows(late, 'green')
    expect(late.manager.getSharedStrategy().lastCheckTime).toBeGreaterThan(Date.now() - 10_000)
    one.manager.setPendingStrategy('blue')
    await until('the announcement', () => late.manager.getSharedStrategy().pendingStrategy === 'blue')
    expect(isOn(one, 'green')).toBe(true)
  })

  it('each cluster and each user have a state of their own', async () => {
    using fleet = new Fleet(server.url)
    const [alice, again, bob, other] = [
      fleet.host(),
      fleet.host(),
      fleet.host({ username: 'bob' }),
      fleet.host({ clusterName: 'test' }),
    ]
    alice.manager.setActiveStrategy('green')
    bob.manager.setActiveStrategy('blue')
    other.manager.setActiveStrategy('blue')
    await follows(again, 'green')
    expect([bob, other].map(({ manager }) => manager.getActiveStrategy())).toEqual(['blue', 'blue'])
  })

  it('what is in Redis names no user', async () => {
    using fleet = new Fleet(server.url)
    const host = fleet.host({ username: 'alice-of-the-test', keyPrefix: 'names:' })
    host.manager.setActiveStrategy('green')
    host.manager.registerQueryStrategy('q-1', 'green', '10.0.0.7')
    await until('the keys', async () => (await redis.keys('names:*')).length === 3)
    const keys = await redis.keys('names:*')
    const values = await Promise.all(keys.map((key) => redis.dump(key)))
    expect(JSON.stringify([keys, values])).not.toContain('alice-of-the-test')
  })

  it('hosts that change it at once lose no change', async () => {
    using fleet = new Fleet(server.url)
    const hosts = [fleet.host(), fleet.host(), fleet.host()]
    hosts[0]!.manager.setActiveStrategy('blue')
    for (const host of hosts) await follows(host, 'blue')
    const { epoch: first } = hosts[0]!.store.read()
    for (let i = 0; i < 100; i++) {
      for (const { store } of hosts) store.update(raise)
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const last = first + 300
    await until('all changes on all hosts', () => hosts.every(({ store }) => store.read().epoch === last))
    const late = fleet.host()
    await follows(late, 'blue')
    expect(late.store.read().epoch).toBe(last)
  })

  it('two hosts that set different strategies at once end on the same one', async () => {
    using fleet = new Fleet(server.url)
    const [one, two] = [fleet.host(), fleet.host()]
    one.manager.setActiveStrategy('blue')
    await follows(two, 'blue')
    one.manager.setActiveStrategy('green')
    two.manager.setPendingStrategy('green')
    two.manager.clearStrategyCache()
    two.manager.setActiveStrategy('blue')
    const seen = ({ manager }: Host) => {
      const { activeStrategy, epoch } = manager.getSharedStrategy()
      return `${activeStrategy} ${epoch}`
    }
    await until('one state', () => seen(one) === seen(two) && one.store.read().epoch >= 4)
  })

  it('nothing that was published while the subscription was down is missed', async () => {
    using fleet = new Fleet(server.url)
    const [one, two] = [fleet.host(), fleet.host()]
    one.manager.setActiveStrategy('blue')
    await follows(two, 'blue')
    for (const strategy of ['green', 'blue', 'green'] as const) {
      await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      one.manager.setActiveStrategy(strategy)
      await until('the switch', () => isOn(two, strategy), 5000) // a look without a reason comes after 9 s
    }
  })

  it('a damaged record is replaced by what the hosts know', async () => {
    using fleet = new Fleet(server.url)
    const one = fleet.host({ keyPrefix: 'damaged:' })
    one.manager.setActiveStrategy('green')
    await until('the record', async () => (await redis.keys('damaged:*:state')).length === 1)
    const [key] = await redis.keys('damaged:*:state')
    await redis.hset(key!, 'record', '{"writes":["x"],"state":{"epoch":-1}}')
    one.manager.inspect() // looks again
    await until('a record', async () => (await redis.hget(key!, 'record'))?.includes('"active":"green"') ?? false)
    expect(one.notices).toEqual([])
  })

  it('connections are closed when the store rests, and opened again by the next query', async () => {
    using fleet = new Fleet(server.url)
    const [one, two] = [fleet.host(), fleet.host()]
    const open = async () =>
      String(await redis.client('LIST'))
        .split('\n')
        .filter(Boolean).length
    one.manager.setActiveStrategy('green')
    await follows(two, 'green')
    const before = await open()
    two.store.rest?.()
    await until('two connections less', async () => (await open()) === before - 2)
    one.manager.setActiveStrategy('blue')
    two.manager.registerQueryStrategy('q-1', 'green')
    await follows(two, 'blue')
  })

  describe('the queries of a fleet', () => {
    it('are found by every host until they end', async () => {
      using fleet = new Fleet(server.url)
      const [one, two] = [fleet.host(), fleet.host()]
      one.manager.registerQueryStrategy('q-1', 'blue', '10.0.0.7')
      one.manager.registerQueryStrategy('q-1', 'green', '10.0.0.8')
      one.manager.registerQueryStrategy('q-2', 'green', '10.0.0.9')
      const find = (id: string) => two.store.pins.find!(id)
      await until('the queries', async () => (await find('q-2')) !== undefined)
      expect(await find('q-2')).toMatchObject({ strategy: 'green', engineIp: '10.0.0.9' })
      expect(await find('q-1')).toBeDefined()
      await until('the list', () => Object.keys(two.manager.getSharedStrategy().queryStrategyMap).length === 2)
      one.manager.cleanupQueryStrategy('q-2')
      await until('its end', async () => (await find('q-2')) === undefined)
      expect(await find('q-1')).toBeDefined()
    })

    it('that end at once are never written', async () => {
      using fleet = new Fleet(server.url)
      const one = fleet.host({ keyPrefix: 'short:' })
      one.manager.registerQueryStrategy('q-short', 'blue')
      one.manager.cleanupQueryStrategy('q-short')
      one.manager.registerQueryStrategy('q-long', 'blue')
      await until('the long one', async () => (await redis.keys('short:*:query:q-long')).length === 1)
      expect(await redis.keys('short:*:query:q-short')).toEqual([])
    })

    it('are renewed for as long as they run', async () => {
      using fleet = new Fleet(server.url)
      fleet.host({ leaseMs: 1000 }).manager.registerQueryStrategy('q-renewed', 'blue', '10.0.0.7')
      await until('the query', async () => (await redis.keys('*:query:q-renewed')).length === 1)
      const [key] = await redis.keys('*:query:q-renewed')
      await redis.pexpire(key!, 900) // the next renewal comes in 333 ms
      await until('a renewal', async () => (await redis.pttl(key!)) > 950)
    })

    it('expire with a process that was killed', async () => {
      using fleet = new Fleet(server.url)
      const { store } = fleet.host()
      const child = fork(PROGRAM, [fleet.address, server.url, '1000'], {
        execArgv: ['--import', 'tsx'],
        env: CHILD_ENV,
      })
      try {
        const find = () => store.pins.find!('q-of-a-process')
        await until('the query', async () => (await find()) !== undefined)
        child.kill('SIGKILL')
        await once(child, 'exit')
        await until('its expiry', async () => (await find()) === undefined)
      } finally {
        child.kill('SIGKILL')
      }
    })
  })

  describe('without Redis', () => {
    it('each host goes on alone, says so once, and shares again what it has learnt', async () => {
      await using own = await RedisServer.start()
      using fleet = new Fleet(own.url)
      const quick = { retryMs: 20 }
      const [one, two] = [fleet.host(quick), fleet.host(quick)]
      one.manager.setActiveStrategy('blue')
      await follows(two, 'blue')
      await own.kill()
      await until('the news', () => one.notices.length === 1)
      one.manager.setActiveStrategy('green')
      const epoch = one.manager.getSharedStrategy().epoch
      expect(isOn(one, 'green')).toBe(true)
      await own.start() // with nothing in it
      await follows(two, 'green')
      await until('an end', () => one.notices.length === 2)
      expect(two.manager.getSharedStrategy().epoch).toBeGreaterThanOrEqual(epoch)
      expect(one.notices).toMatchObject([{ kind: 'unavailable' }, { kind: 'available' }])
    })

    it('a Redis that has lost its newest versions brings no epoch back with another meaning', async () => {
      await using own = await RedisServer.start()
      using direct = own.client()
      using fleet = new Fleet(own.url)
      const one = fleet.host()
      one.manager.setActiveStrategy('blue')
      await until('a record', async () => (await direct.keys('*:state')).length === 1)
      const [key] = await direct.keys('*:state')
      const old = await direct.hgetall(key!)
      one.manager.setActiveStrategy('green')
      const lost = one.manager.getSharedStrategy()
      await until('green', async () => (await direct.hget(key!, 'record'))?.includes('"active":"green"') ?? false)
      await direct.multi().del(key!).hset(key!, old).exec()
      const late = fleet.host()
      await follows(late, 'blue')
      one.manager.inspect()
      await until('one state', () => {
        const [a, b] = [one, late].map(({ manager }) => manager.getSharedStrategy())
        return a!.activeStrategy === b!.activeStrategy && a!.epoch === b!.epoch
      })
      const { activeStrategy, epoch } = late.manager.getSharedStrategy()
      if (activeStrategy !== lost.activeStrategy) expect(epoch).toBeGreaterThan(lost.epoch)
    })

    it('a history that went on from a lost version is not taken for the one that was seen', async () => {
      await using own = await RedisServer.start()
      using direct = own.client()
      using fleet = new Fleet(own.url)
      const one = fleet.host()
      one.manager.setActiveStrategy('blue')
      await until('a record', async () => (await direct.keys('*:state')).length === 1)
      const [key] = await direct.keys('*:state')
      const old = await direct.hgetall(key!)
      one.manager.setActiveStrategy('green')
      await until('green', async () => (await direct.hget(key!, 'record'))?.includes('"active":"green"') ?? false)
      const lost = one.manager.getSharedStrategy()
      await direct.multi().del(key!).hset(key!, old).exec()
      const late = fleet.host()
      await follows(late, 'blue')
      late.manager.clearStrategyCache() // the epoch in which one host saw green
      await until('an epoch beyond it', () => one.store.read().epoch > lost.epoch)
      await until('one epoch', () => one.store.read().epoch === late.store.read().epoch)
      expect(one.store.read().active).toBe(late.store.read().active)
    })

    it('a Redis that does not answer holds nothing up', async () => {
      await using own = await RedisServer.start()
      using fleet = new Fleet(own.url)
      const [one, two] = ['one', 'two'].map(() => fleet.host({ commandTimeoutMs: 100, retryMs: 20 })) as [Host, Host]
      one.manager.setActiveStrategy('blue')
      await follows(two, 'blue')
      own.freeze()
      one.manager.setActiveStrategy('green')
      expect(isOn(one, 'green')).toBe(true)
      await until('the news', () => one.notices.length > 0)
      expect(await two.store.pins.find!('q-1')).toBeUndefined()
      own.thaw()
      await follows(two, 'green')
    })
  })
}
