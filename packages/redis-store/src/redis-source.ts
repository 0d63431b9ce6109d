import { OptionsError } from 'e6data-connector'
import { Cluster, Redis } from 'ioredis'

/**
 * The Redis to use: a `redis://` or `rediss://` (TLS) URL, a list of such URLs for the nodes of a Redis Cluster, or a client of
 * `ioredis` for everything else, such as sentinels or certificates of your own. The store opens connections with the same
 * settings, and never uses a client's own.
 */
export type RedisSource = string | readonly string[] | Redis | Cluster

export type RedisClient = Redis | Cluster

/** What the store needs of each of its connections. */
export interface ClientSettings {
  readonly connectTimeoutMs: number
  /** The time until reconnecting, in milliseconds, after so many failures in a row. */
  readonly reconnectAfterMs: (failures: number) => number
}

/** Opens a connection that is the store's own. */
export type OpenClient = (settings: ClientSettings) => RedisClient

/** @throws OptionsError when it names no Redis */
export function clientOpener(source: RedisSource): OpenClient {
  if (typeof source === 'string') {
    const address = addressOf(source)
    return (settings) => new Redis({ ...address, ...ownOptions(settings) })
  }
  if (Array.isArray(source)) return clusterOpener(source as readonly string[])
  if (!isClient(source)) {
    throw new OptionsError(['redis must be a redis:// or rediss:// URL, a list of them, or a client of ioredis'])
  }
  return (settings) =>
    isCluster(source) ? source.duplicate([], clusterOptions(settings)) : source.duplicate(ownOptions(settings))
}

function clusterOpener(urls: readonly string[]): OpenClient {
  if (urls.length === 0) throw new OptionsError(['redis must name at least one node of the Redis Cluster'])
  const addresses = urls.map(addressOf)
  const { host: _host, port: _port, db: _db, ...login } = addresses[0]!
  const startupNodes = addresses.map(({ host, port }) => ({ host, port }))
  // A certificate names hosts: the names that nodes give must not be resolved to addresses first.
  const names = login.tls ? { dnsLookup: keepName } : {}
  return (settings) => new Cluster(startupNodes, { ...clusterOptions(settings, login), ...names })
}

function keepName(name: string, done: (error: null, address: string) => void): void {
  done(null, name)
}

function clusterOptions(settings: ClientSettings, login: Login = {}) {
  const { lazyConnect, retryStrategy, ...redisOptions } = ownOptions(settings)
  return {
    lazyConnect,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: settings.connectTimeoutMs,
    redisOptions: { ...login, ...redisOptions },
  }
}

function ownOptions({ connectTimeoutMs, reconnectAfterMs }: ClientSettings) {
  return {
    lazyConnect: true,
    keyPrefix: '',
    connectTimeout: connectTimeoutMs,
    retryStrategy: reconnectAfterMs,
    // A command that can't be sent fails soon: the store tries again by itself, with newer facts.
    maxRetriesPerRequest: 1,
    // After a new subscription, the store must look for what it has missed.
    autoResubscribe: false,
  }
}

interface Login {
  readonly username?: string
  readonly password?: string
  /** Present for TLS. */
  readonly tls?: object
}

interface Address extends Login {
  readonly host: string
  readonly port: number
  readonly db: number
}

/** The address is not in the error: it may hold a password. */
function addressOf(text: unknown): Address {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^(\/\d*)?$/.test(url.pathname)) {
    throw new OptionsError(['redis must be a URL like redis://host:6379 or rediss://user:password@host:6379/0'])
  }
  const { hostname, port, username, password, pathname, protocol } = url
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || 6379),
    db: Number(pathname.slice(1)),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  }
}

function isClient(source: unknown): source is RedisClient {
  return typeof source === 'object' && source !== null && typeof (source as RedisClient).duplicate === 'function'
}

/** Another copy of ioredis may have made it. */
function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster
}
