import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'

export const REDIS_MISSING = 'redis-server is not installed: what needs a Redis is not shown here'

/** Where the program is; `undefined` when it is not installed. */
export function findRedisServer(path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((file) => existsSync(file))
}

type Settings = Readonly<Record<string, string | number>>

const QUIET: Settings = { bind: '127.0.0.1', save: '', appendonly: 'no', 'repl-diskless-sync-delay': 0 }

/** What a server says when it can be used. */
const READY = /Ready to accept connections|# Sentinel ID is/i

/** A Redis of one's own on a loopback port, which keeps nothing. `await using` stops it. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #program: string
  readonly #settings: Settings
  readonly #mode: readonly string[]
  readonly #listener: 'port' | 'tls-port'
  readonly #folder = mkdtempSync(join(tmpdir(), 'e6data-redis-'))
  #process: ChildProcess | undefined
  readonly #endNow = () => void this.#process?.kill('SIGKILL')

  private constructor(
    program: string,
    port: number,
    settings: Settings,
    mode: readonly string[],
    listener: 'port' | 'tls-port',
  ) {
    this.#program = program
    this.port = port
    this.#settings = settings
    this.#mode = mode
    this.#listener = listener
  }

  /** @throws Error when the program is not installed */
  static async start(settings: Settings = {}, path?: string): Promise<RedisServer> {
    return RedisServer.#start({ ...QUIET, ...settings }, [], path)
  }

  /** A sentinel that watches the master on a port, alone, and gives it up after 500 ms. */
  static async startSentinel(master: RedisServer): Promise<RedisServer> {
    const watch = {
      'sentinel monitor fleet': `127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds fleet': 500,
      'sentinel failover-timeout fleet': 2000,
    }
    return RedisServer.#start({ bind: '127.0.0.1', ...watch }, ['--sentinel'])
  }

  /** A server that speaks TLS only. */
  static async startTls(files: Settings): Promise<RedisServer> {
    return RedisServer.#start({ ...QUIET, ...files, 'tls-auth-clients': 'no' }, [], undefined, 'tls-port')
  }

  /** A node of a Redis Cluster, without slots. */
  static async startNode(): Promise<RedisServer> {
    const busPort = await freePort()
    const node = { 'cluster-enabled': 'yes', 'cluster-node-timeout': 2000, 'cluster-port': busPort }
    return RedisServer.#start({ ...QUIET, ...node }, [])
  }

  /** The port on which nodes of a Redis Cluster talk to each other. */
  get busPort(): number {
    return Number(this.#settings['cluster-port'])
  }

  static async #start(
    settings: Settings,
    mode: readonly string[],
    path?: string,
    listener: 'port' | 'tls-port' = 'port',
  ): Promise<RedisServer> {
    const program = findRedisServer(path)
    if (!program) throw new Error(REDIS_MISSING)
    const server = new RedisServer(program, await freePort(), settings, mode, listener)
    process.once('exit', server.#endNow) // for a program that ends before it disposes of it
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const lines = Object.entries({ port: 0, [this.#listener]: this.port, dir: this.#folder, ...this.#settings })
    const file = join(this.#folder, 'redis.conf') // a sentinel rewrites it
    writeFileSync(file, lines.map(([name, value]) => `${name} ${value === '' ? '""' : value}\n`).join(''))
    const child = spawn(this.#program, [file, ...this.#mode], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#process = child
    const output: string[] = []
    const log = createInterface({ input: child.stdout })
    await new Promise<void>((resolve, reject) => {
      log.on('line', (line) => {
        output.push(line)
        if (READY.test(line)) resolve()
      })
      child.once('exit', () => reject(new Error(`redis-server ended:\n${output.join('\n')}`)))
      child.once('error', reject)
    })
  }

  /** Ends the server as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Stops it from answering, with its connections open, as a network does that loses everything. */
  freeze(): void {
    this.#process?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#process?.kill('SIGCONT')
  }

  /** A client that fails rather than to wait. `using` ends it. */
  client(): Redis & Disposable {
    const client = new Redis(this.port, '127.0.0.1', { maxRetriesPerRequest: 1, retryStrategy: () => 50 })
    client.on('error', () => undefined) // The commands that fail say so themselves.
    return Object.assign(client, { [Symbol.dispose]: () => client.disconnect() })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#endNow)
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
