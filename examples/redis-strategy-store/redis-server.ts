import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'

/** Where the program is; `undefined` when it is not installed. */
export function findRedisServer(path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((file) => existsSync(file))
}

export const REDIS_MISSING = 'redis-server is not installed, so the store in Redis is not shown here'

/** A Redis of one's own that keeps nothing: on a socket in a temporary folder, not on a port. `await using` stops it. */
export class RedisServer implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'e6data-redis-'))
  readonly #program: string
  readonly #clients: Redis[] = []
  #process: ChildProcess | undefined

  private constructor(program: string) {
    this.#program = program
  }

  /** @throws Error when the program is not installed */
  static async start(path?: string): Promise<RedisServer> {
    const program = findRedisServer(path)
    if (!program) throw new Error(REDIS_MISSING)
    const server = new RedisServer(program)
    process.once('exit', () => server.#process?.kill('SIGKILL')) // for a program that ends before it disposes of it
    await server.start()
    return server
  }

  async start(): Promise<void> {
    const settings = ['--port', '0', '--unixsocket', this.#socket, '--save', '', '--appendonly', 'no']
    this.#process = spawn(this.#program, [...settings, '--dir', this.#folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = this.#process.stdout!.setEncoding('utf8')
    for await (const text of lines.iterator({ destroyOnReturn: false })) if (/ready to accept/i.test(text)) break
    lines.resume()
  }

  /** Ends the server as a crash would. */
  async stop(): Promise<void> {
    if (!this.#process) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
    this.#process = undefined
  }

  /** A client as the store wants it: a command fails when Redis is away, rather than to wait for it. */
  client(): Redis {
    const client = new Redis(this.#socket, { maxRetriesPerRequest: 1, retryStrategy: () => 50 })
    client.on('error', () => undefined) // The commands that fail say so themselves.
    this.#clients.push(client)
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.disconnect()
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #socket(): string {
    return join(this.#folder, 'redis.sock')
  }
}
