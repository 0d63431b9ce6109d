import { Redis } from 'ioredis'
import { until } from './fleet.ts'
import { RedisServer } from './redis-server.ts'

/** A master, its replica, and a sentinel that makes the replica the master when that is gone. */
export class SentinelSet implements AsyncDisposable {
  private constructor(
    readonly master: RedisServer,
    readonly replica: RedisServer,
    readonly sentinel: RedisServer,
  ) {}

  static async start(): Promise<SentinelSet> {
    const master = await RedisServer.start()
    const replica = await RedisServer.start({ replicaof: `127.0.0.1 ${master.port}` })
    using link = replica.client()
    await until('the replica', async () => (await link.info('replication')).includes('master_link_status:up'))
    const sentinel = await RedisServer.startSentinel(master)
    using watch = sentinel.client()
    await until('the sentinel', async () =>
      String(await watch.call('SENTINEL', 'REPLICAS', 'fleet')).includes('slave,'),
    )
    return new SentinelSet(master, replica, sentinel)
  }

  /** As a program configures its client. */
  client(): Redis {
    return new Redis({
      sentinels: [{ host: '127.0.0.1', port: this.sentinel.port }],
      name: 'fleet',
      lazyConnect: true,
      sentinelRetryStrategy: () => 50,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.sentinel, this.replica, this.master].map((server) => server[Symbol.asyncDispose]()))
  }
}

/** A Redis Cluster of three nodes, each with a third of the slots. */
export class RedisClusterNodes implements AsyncDisposable {
  private constructor(readonly nodes: readonly RedisServer[]) {}

  static async start(): Promise<RedisClusterNodes> {
    const nodes = await Promise.all([1, 2, 3].map(() => RedisServer.startNode()))
    const clients = nodes.map((node) => node.client())
    try {
      const shares = [
        [0, 5460],
        [5461, 10922],
        [10923, 16383],
      ] as const
      for (const [index, client] of clients.entries()) {
        await client.call('CLUSTER', 'ADDSLOTSRANGE', ...shares[index]!)
        await client.call('CLUSTER', 'MEET', '127.0.0.1', nodes[0]!.port, nodes[0]!.busPort)
      }
      const isWhole = async (client: Redis) => {
        const info = String(await client.call('CLUSTER', 'INFO'))
        return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')
      }
      await until('the Redis Cluster', async () => (await Promise.all(clients.map(isWhole))).every(Boolean))
    } finally {
      for (const client of clients) client.disconnect()
    }
    return new RedisClusterNodes(nodes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()))
  }
}
