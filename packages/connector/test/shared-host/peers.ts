import { type ChildProcess, fork } from 'node:child_process'
import cluster from 'node:cluster'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { buildSync } from 'esbuild'
import type { PeerProgram, PeerSettings } from './peer-program.ts'
import { SHARED_MEMORY } from './shared-memory.ts'

type Answer<Ask extends keyof PeerProgram> = Awaited<ReturnType<PeerProgram[Ask]>>
type Facts<Ask extends keyof PeerProgram> = Parameters<PeerProgram[Ask]>

interface Channel {
  post(message: object): void
  onMessage(listener: (message: Message) => void): void
  onExit(listener: () => void): void
  end(): void
}

interface Message {
  id?: number
  answer?: unknown
  news?: string
  queryId?: string
}

/** A separate process or thread that runs `peer-program.ts`. */
export class Peer {
  readonly exited: Promise<void>
  readonly #waiting = new Map<number, (answer: unknown) => void>()
  readonly #news = new EventEmitter()
  readonly #told: Message[] = []
  #asked = 0

  constructor(
    readonly channel: Channel,
    readonly pid: number,
  ) {
    this.exited = new Promise((resolve) => channel.onExit(resolve))
    channel.onMessage((message) => {
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message.answer)
      if (message.news === undefined) return
      this.#told.push(message)
      this.#news.emit('news')
    })
  }

  ask<Ask extends keyof PeerProgram>(ask: Ask, ...[facts]: Facts<Ask>): Promise<Answer<Ask>> {
    return this.request(ask, facts) as Promise<Answer<Ask>>
  }

  request(ask: string, facts?: unknown): Promise<unknown> {
    this.#asked += 1
    const id = this.#asked
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.channel.post({ id, ask, with: facts })
    })
  }

  /** Waits until the peer has reported `news`. */
  async told(news: string): Promise<Message> {
    for (;;) {
      const message = this.#told.find((told) => told.news === news)
      if (message) return message
      await once(this.#news, 'news')
    }
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal)
  }
}

/** The processes and threads of a test, and the folder they share. `await using` ends them all. */
export class PeerHost implements AsyncDisposable {
  readonly directory = mkdtempSync(join(SHARED_MEMORY, 'e6data-test-'))
  readonly #built = mkdtempSync(join(tmpdir(), 'e6data-peer-'))
  readonly #program = join(this.#built, 'peer-program.mjs')
  readonly #peers: Peer[] = []

  constructor() {
    const source = fileURLToPath(new URL('./peer-program.ts', import.meta.url))
    // Built once: a plain program starts ten times faster than one that each process must translate.
    buildSync({ entryPoints: [source], outfile: this.#program, bundle: true, platform: 'node', format: 'esm' })
  }

  settings(more: Partial<PeerSettings> = {}): PeerSettings {
    return { directory: this.directory, key: 'localhost|80|test', ...more }
  }

  child(more?: Partial<PeerSettings>): Promise<Peer> {
    return this.#opened(this.#ofProcess(fork(this.#program, { execArgv: [] })), more)
  }

  clusterWorker(more?: Partial<PeerSettings>): Promise<Peer> {
    cluster.setupPrimary({ exec: this.#program, execArgv: [], args: [] })
    return this.#opened(this.#ofProcess(cluster.fork().process as ChildProcess), more)
  }

  thread(more?: Partial<PeerSettings>): Promise<Peer> {
    const worker = new Worker(this.#program, { execArgv: [] })
    const channel: Channel = {
      post: (message) => worker.postMessage(message),
      onMessage: (listener) => worker.on('message', listener),
      onExit: (listener) => worker.once('exit', () => listener()),
      end: () => void worker.terminate(),
    }
    return this.#opened(new Peer(channel, process.pid), more)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) peer.channel.end()
    await Promise.all(this.#peers.map((peer) => peer.exited))
    rmSync(this.directory, { recursive: true, force: true })
    rmSync(this.#built, { recursive: true, force: true })
  }

  #ofProcess(child: ChildProcess): Peer {
    const channel: Channel = {
      post: (message) => child.send(message),
      onMessage: (listener) => child.on('message', listener),
      onExit: (listener) => child.once('exit', () => listener()),
      end: () => child.kill('SIGKILL'),
    }
    return new Peer(channel, child.pid!)
  }

  async #opened(peer: Peer, more?: Partial<PeerSettings>): Promise<Peer> {
    this.#peers.push(peer)
    await peer.told('started')
    await peer.request('open', this.settings(more))
    return peer
  }
}
