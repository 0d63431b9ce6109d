import { SHARE_ENV, Worker } from 'node:worker_threads'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { RunningThread } from './running-thread.ts'
import { type SentCall, type UnaryChannel, unsent, type WireCall } from './unary-channel.ts'

/** Starts the built program next to this file. It shares the environment, which may name HTTP proxies. */
export function startTransportWorker(): Worker {
  return new Worker(workerAddress(), {
    name: 'e6data-transport',
    env: SHARE_ENV,
    // The thread makes few objects and keeps none: a larger young generation would waste 30 MB.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  })
}

/**
 * Separate from `new Worker`, so that webpack copies the program unchanged. With both in one expression, webpack 5.113
 * makes a chunk and a call that fails.
 */
function workerAddress(): URL {
  return new URL('./transport-worker.js', import.meta.url)
}

/**
 * A thread that hosts the channels of any number of connections. It runs from the first call until the last channel is
 * closed. If it dies, the current calls fail, and the next call starts another thread.
 */
export class TransportThread {
  readonly #startWorker: () => Worker
  readonly #channels = new Set<number>()
  #running: RunningThread | undefined
  #lastChannel = 0

  constructor(startWorker = startTransportWorker) {
    this.#startWorker = startWorker
  }

  /** Opens a channel in the thread. It connects at the first call. */
  openChannel(options: ResolvedChannelOptions): UnaryChannel {
    const channel = ++this.#lastChannel
    const sendable = sendableOptions(options)
    this.#channels.add(channel)
    const channels = this.#channels
    const isUsable = () => channels.has(channel) && this.#running?.isUsable(channel) !== false
    return {
      send: (call) => this.#send(channel, sendable, call),
      get usable() {
        return isUsable()
      },
      close: () => this.#close(channel),
    }
  }

  #send(channel: number, options: ResolvedChannelOptions, call: WireCall): SentCall {
    if (!this.#channels.has(channel)) return unsent({ kind: 'given-up', handedOver: false })
    try {
      this.#running ??= this.#start()
      return this.#running.send(channel, options, call)
    } catch (cause) {
      return unsent({ kind: 'no-thread', cause })
    }
  }

  #start(): RunningThread {
    const running = new RunningThread(this.#startWorker(), () => {
      if (this.#running === running) this.#running = undefined
    })
    return running
  }

  #close(channel: number): void {
    if (!this.#channels.delete(channel)) return
    this.#running?.close(channel)
    if (this.#channels.size > 0) return
    this.#running?.end()
    this.#running = undefined
  }
}

/** The channel's options in memory of their own: sending copies the whole buffer that holds a value. */
function sendableOptions(options: ResolvedChannelOptions): ResolvedChannelOptions {
  const { ca, cert, key, serverName } = options.tls
  return {
    host: options.host,
    port: options.port,
    secure: options.secure,
    tls: {
      ...(ca ? { ca: Uint8Array.from(ca) } : {}),
      ...(cert ? { cert: Uint8Array.from(cert) } : {}),
      ...(key ? { key: Uint8Array.from(key) } : {}),
      ...(serverName ? { serverName } : {}),
    },
    connectTimeoutMs: options.connectTimeoutMs,
    keepaliveTimeMs: options.keepaliveTimeMs,
    keepaliveTimeoutMs: options.keepaliveTimeoutMs,
    maxReceiveMessageLength: options.maxReceiveMessageLength,
    maxSendMessageLength: options.maxSendMessageLength,
    flowControlWindowBytes: options.flowControlWindowBytes,
    compression: options.compression,
    userAgent: options.userAgent,
  }
}
