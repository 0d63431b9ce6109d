import { OptionsError, type StrategyStoreFactory } from 'e6data-connector'
import { clientOpener, type RedisSource } from './redis-source.ts'
import { RedisStrategyStore } from './redis-strategy-store.ts'

export interface RedisStoreOptions {
  /**
   * The Redis that all hosts of the fleet use: a `redis://` or `rediss://` (TLS) URL, a list of such URLs for the nodes of a Redis
   * Cluster, or a client of `ioredis` with settings of your own. The store opens two connections of its own with the same
   * settings, and never uses the client itself.
   */
  redis: RedisSource
  /**
   * The start of the name of every key and channel.
   * @default 'e6data:'
   */
  keyPrefix?: string
  /**
   * How long the queries of a process stay known after it has stopped renewing them, in milliseconds. At least 1000.
   * @default 30000
   */
  leaseMs?: number
  /**
   * The time limit of a command to Redis and of connecting, in milliseconds. No query waits for it.
   * @default 2000
   */
  commandTimeoutMs?: number
  /**
   * The time until Redis is tried again after a failure, in milliseconds, plus up to as much at random.
   * @default 1000
   */
  retryMs?: number
}

/**
 * Keeps what is known of a cluster's two deployments in Redis, so that all hosts of a fleet share it. Give the result to
 * `strategyStore` of `connect` or `createPool`; it may serve any number of clusters and users, each under keys of its own.
 *
 * ```ts
 * const strategyStore = redisStrategyStore({ redis: 'rediss://user:password@redis.example.com:6379' })
 * await using connection = await connect({ ...options, strategyStore })
 * ```
 * @throws OptionsError naming every fault at once
 */
export function redisStrategyStore(options: RedisStoreOptions): StrategyStoreFactory {
  const { redis, keyPrefix = 'e6data:', leaseMs = 30_000, commandTimeoutMs = 2000, retryMs = 1000 } = options
  const faults = [
    ...(typeof keyPrefix === 'string' && !/[{}]/.test(keyPrefix) ? [] : ['keyPrefix must be a string without braces']),
    ...faultOf('leaseMs', leaseMs, 1000),
    ...faultOf('commandTimeoutMs', commandTimeoutMs, 1),
    ...faultOf('retryMs', retryMs, 1),
  ]
  if (faults.length > 0) throw new OptionsError(faults)
  const settings = { openClient: clientOpener(redis), keyPrefix, leaseMs, commandTimeoutMs, retryMs }
  return (place) => new RedisStrategyStore(settings, place)
}

function faultOf(name: string, value: number, least: number): string[] {
  return Number.isSafeInteger(value) && value >= least
    ? []
    : [`${name} must be a whole number of milliseconds, at least ${least}`]
}
