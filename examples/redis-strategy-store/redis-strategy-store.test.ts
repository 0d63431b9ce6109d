import { randomUUID } from 'node:crypto'
import { initialStrategyState, StrategyManager, type StrategyState } from 'e6data-connector'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findRedisServer, REDIS_MISSING, RedisServer } from './redis-server.ts'
import { RedisStrategyStore } from './redis-strategy-store.ts'

describe('where redis-server is not installed', () => {
  it('starting it says so plainly', async () => {
    expect(findRedisServer('/nowhere')).toBeUndefined()
    await expect(RedisServer.start('/nowhere')).rejects.toThrow(REDIS_MISSING)
  })
})

if (findRedisServer()) describe('a strategy kept in Redis', tests)
else console.warn(`${REDIS_MISSING}: install it to run these tests`)

function tests(): void {
  let server: RedisServer
  const stores: RedisStrategyStore[] = []

  beforeAll(async () => {
    server = await RedisServer.start()
  })

  afterAll(async () => {
    for (const store of stores) store.close()
    await server[Symbol.asyncDispose]()
  })

  async function host(key: string, redis: Redis = server.client()): Promise<RedisStrategyStore> {
    const store = await RedisStrategyStore.open({
      redis,
      key,
      initial: initialStrategyState({ switchBurst: 3, switchRefillMs: 10_000 }),
    })
    stores.push(store)
    return store
  }

  function fleetKey(): string {
    return `e6data:${randomUUID()}`
  }

  /** Waits until the copy of a host says what is asked for. */
  function seen(store: RedisStrategyStore, isIt: (state: StrategyState) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isIt(store.read())) return
        stop()
        resolve()
      }
      const stop = store.onChange(look)
      look()
    })
  }

  it('a switch on one host is known on the others, and told there', async () => {
    const key = fleetKey()
    const [one, two] = [new StrategyManager({ store: await host(key) }), await host(key)]
    const there = new StrategyManager({ store: two })
    const told: object[] = []
    there.events.on('strategy:transition', (facts) => told.push(facts))
    one.setActiveStrategy('green')
    expect(one.getActiveStrategy()).toBe('green')
    await seen(two, ({ active }) => active === 'green')
    expect(there.getActiveStrategy()).toBe('green')
    expect(told).toMatchObject([{ to: 'green', epoch: 1 }])
  })

  it('a host that joins later knows what the fleet knows', async () => {
    const key = fleetKey()
    const first = await host(key)
    new StrategyManager({ store: first }).setActiveStrategy('green')
    await first.settled()
    expect((await host(key)).read()).toMatchObject({ active: 'green', lastKnown: 'green', epoch: 1 })
  })

  it('ages survive the way to a host whose clock began elsewhere', async () => {
    const key = fleetKey()
    const first = await host(key)
    const checkedAt = Number(process.hrtime.bigint()) / 1e6 - 250_000
    first.update((state) => ({ ...state, epoch: 1, active: 'blue', lastKnown: 'blue', checkedAt }))
    await first.settled()
    const later = await host(key)
    expect(Math.abs(later.read().checkedAt - checkedAt)).toBeLessThan(5000)
  })

  it('hosts that change it at once lose no change', async () => {
    const key = fleetKey()
    const hosts = await Promise.all([host(key), host(key), host(key)])
    for (let i = 0; i < 200; i++) {
      for (const store of hosts) store.update((state) => ({ ...state, epoch: state.epoch + 1 }))
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(hosts.map((store) => seen(store, ({ epoch }) => epoch === 600)))
    expect((await host(key)).read().epoch).toBe(600)
  })

  it('two hosts that set different strategies at once end on the same one', async () => {
    const key = fleetKey()
    const stores = await Promise.all([host(key), host(key)])
    const [one, two] = stores.map((store) => new StrategyManager({ store }))
    one!.setActiveStrategy('blue')
    two!.setActiveStrategy('green')
    await Promise.all(stores.map((store) => store.settled()))
    for (const store of stores) store.refresh()
    await Promise.all(stores.map((store) => store.settled()))
    expect(one!.getActiveStrategy()).toBe(two!.getActiveStrategy())
    expect(one!.getSharedStrategy().epoch).toBe(two!.getSharedStrategy().epoch)
  })

  it('a query of another host can be looked up, until it is cleaned up there', async () => {
    const key = fleetKey()
    const [one, two] = [
      new StrategyManager({ store: await host(key) }),
      new StrategyManager({ store: await host(key) }),
    ]
    one.registerQueryStrategy('q-1', 'blue', '10.0.0.7')
    await until(() => two.getSharedStrategy().queryStrategyMap['q-1'] === 'blue')
    const late = new StrategyManager({ store: await host(key) })
    expect(late.getQueryStrategy('q-1')).toBe('blue')
    one.cleanupQueryStrategy('q-1')
    await until(() => two.getSharedStrategy().queryStrategyMap['q-1'] === undefined)
  })

  it('without Redis each host goes on alone, says so once, and shares again what it has learnt', async () => {
    await using own = await RedisServer.start()
    const key = fleetKey()
    const redis = own.client()
    const store = await host(key, redis)
    const notices: string[] = []
    store.onNotice(({ kind }) => notices.push(kind))
    const manager = new StrategyManager({ store })
    manager.setActiveStrategy('blue')
    await store.settled()
    await own.stop()
    manager.setActiveStrategy('green')
    manager.setActiveStrategy('blue')
    expect(manager.getSharedStrategy()).toMatchObject({ activeStrategy: 'blue', epoch: 3 })
    await until(() => notices.includes('unavailable'))
    await own.start()
    await until(() => notices.includes('available'))
    const other = await host(key, own.client())
    await seen(other, ({ active }) => active === 'blue')
    expect(other.read().epoch).toBeGreaterThanOrEqual(3) // Redis had forgotten everything; no epoch came back.
    expect(notices).toEqual(['unavailable', 'available'])
    store.close()
    other.close()
  })
}

/** Looks again at each turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
