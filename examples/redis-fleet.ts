/**
 * Two hosts of a fleet share what they know of a cluster's deployments in Redis: one meets the switch, and the other knows
 * of it before it sends its next query. The store is in `redis-strategy-store/`; a fleet would give each host's
 * connections the address of its Redis, and this program starts one of its own.
 */
import assert from 'node:assert/strict'
import { connect, initialStrategyState } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'
import { findRedisServer, REDIS_MISSING, RedisServer } from './redis-strategy-store/redis-server.ts'
import { RedisStrategyStore } from './redis-strategy-store/redis-strategy-store.ts'

if (findRedisServer()) await run()
else console.log(REDIS_MISSING)

async function run(): Promise<void> {
  await using server = await RedisServer.start()
  await using cluster = await startCluster({ rows: 20_000, adminPort: false })
  const key = `e6data:${cluster.host}:${cluster.port}:${cluster.clusterName}`
  const openHost = async () => {
    const initial = initialStrategyState({ switchBurst: 3, switchRefillMs: 10_000 })
    const strategyStore = await RedisStrategyStore.open({ redis: server.client(), key, initial })
    const { host, port, username, password, catalog, database, clusterName } = cluster
    const options = { host, port, username, password, catalog, database, clusterName, strategyStore }
    return { store: strategyStore, connection: await connect(options) }
  }
  const [one, two] = [await openHost(), await openHost()]
  const ask = async ({ connection }: typeof one) =>
    (await connection.query('SELECT count(*) AS n FROM orders')).strategy

  assert.deepEqual([await ask(one), await ask(two)], ['blue', 'blue'])
  const told = new Promise((resolve) => two.store.onChange(({ after }) => after.active === 'green' && resolve(after)))
  await cluster.deploy({ cutOverWhen: async () => void (await switched(one, ask)) })
  await told
  console.log(`both hosts moved to green: ${await ask(one)}, ${await ask(two)}`)
  assert.equal(await ask(two), 'green')

  for (const { connection, store } of [one, two]) {
    await connection.close()
    store.close()
  }
}

/** Sends queries until they run on green. */
async function switched<Host>(host: Host, ask: (host: Host) => Promise<string>): Promise<void> {
  while ((await ask(host)) !== 'green');
}
