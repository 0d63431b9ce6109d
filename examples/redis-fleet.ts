/**
 * Two hosts of a fleet share what they know of a cluster's deployments in Redis: one meets the switch, and the other knows
 * of it before it sends its next query. A fleet gives the address of its Redis; this program starts one of its own, if
 * `redis-server` is installed.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'
import { redisStrategyStore } from 'e6data-redis-store'
import { Redis } from 'ioredis'

if (spawnSync('redis-server', ['--version']).error) console.log('redis-server is not installed: nothing to show')
else await run()

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-fleet-'))
  const socket = join(folder, 'redis.sock')
  const server = await startRedis(socket)
  try {
    await shareASwitch(new Redis(socket, { lazyConnect: true })) // or a URL: 'rediss://redis.example.com:6379'
  } finally {
    server.kill()
    rmSync(folder, { recursive: true })
  }
}

async function shareASwitch(redis: Redis): Promise<void> {
  await using cluster = await startCluster({ rows: 20_000, adminPort: false })
  const openHost = () => connect({ url: cluster.url, strategyStore: redisStrategyStore({ redis }) })
  await using one = await openHost()
  await using two = await openHost()
  const ask = async (host: typeof one) => (await host.query('SELECT count(*) AS n FROM orders')).strategy

  assert.deepEqual([await ask(one), await ask(two)], ['blue', 'blue'])
  const told = new Promise((resolve) => two.on('strategy:transition', ({ to }) => to === 'green' && resolve(to)))
  await cluster.deploy({
    cutOverWhen: async () => {
      while ((await ask(one)) !== 'green');
    },
  })
  await told
  console.log(`both hosts moved to green: ${await ask(one)}, ${await ask(two)}`)
  assert.equal(await ask(two), 'green')
}

async function startRedis(socket: string): Promise<ChildProcess> {
  const settings = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = server.stdout.setEncoding('utf8')
  for await (const text of lines.iterator({ destroyOnReturn: false })) if (/ready to accept/i.test(text)) break
  lines.resume()
  return server
}
