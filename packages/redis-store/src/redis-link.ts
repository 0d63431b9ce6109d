import type { CancelSchedule, Clock } from 'e6data-connector'
import type { OpenClient, RedisClient } from './redis-source.ts'

/** The longest time until a lost connection is tried again, in milliseconds. */
const LONGEST_RECONNECT_MS = 2000

export interface LinkOptions {
  readonly openClient: OpenClient
  readonly channel: string
  readonly clock: Clock
  readonly commandTimeoutMs: number
  readonly onMessage: (message: string) => void
  /** The subscription began or was lost: messages may have been missed. */
  readonly onGap: () => void
}

interface Clients {
  readonly commands: RedisClient
  readonly subscription: RedisClient
}

/** A command was not answered in time: whether Redis ran it is not known. */
export class RedisTimeoutError extends Error {}

/**
 * The store's two connections to Redis: one for commands, each with a time limit, and one for messages. They open when they are
 * first used. `park` closes them, since an open socket keeps a process alive; the next use opens them again.
 */
export class RedisLink {
  readonly #options: LinkOptions
  #clients: Clients | undefined

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** Opens the connections, if they are not open. */
  open(): RedisClient {
    this.#clients ??= this.#connect()
    return this.#clients.commands
  }

  /** Runs a script on keys of one slot. */
  run(script: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.#withLimit(this.open().eval(script, keys.length, ...keys, ...args))
  }

  /** Whether the connection for messages still answers. Replaces it when it does not. */
  async checkSubscription(): Promise<void> {
    const subscription = this.#clients?.subscription
    // A Redis Cluster client sends a ping to any node, which proves nothing.
    if (subscription?.status !== 'ready' || subscription.isCluster) return
    try {
      await this.#withLimit(subscription.ping())
    } catch {
      if (subscription === this.#clients?.subscription) subscription.disconnect(true)
    }
  }

  /** Closes the connections; commands that are on their way fail. The next use opens them again. */
  park(): void {
    const clients = this.#clients
    this.#clients = undefined
    clients?.commands.disconnect()
    clients?.subscription.disconnect()
  }

  #connect(): Clients {
    const { openClient, channel, clock, commandTimeoutMs, onMessage, onGap } = this.#options
    const settings = {
      connectTimeoutMs: commandTimeoutMs,
      reconnectAfterMs: (failures: number) => {
        const most = Math.min(50 * 2 ** Math.min(failures, 10), LONGEST_RECONNECT_MS)
        return Math.ceil(most / 2 + clock.jitter(most / 2))
      },
    }
    const clients = { commands: openClient(settings), subscription: openClient(settings) }
    const { commands, subscription } = clients
    const ifCurrent = (work: () => void) => () => {
      if (this.#clients === clients) work()
    }
    // Commands that fail say so themselves, and a lost subscription is noticed by its end.
    for (const client of [commands, subscription]) client.on('error', () => undefined)
    subscription.on('message', (_channel: string, message: string) => ifCurrent(() => onMessage(message))())
    subscription.on('ready', () => subscription.subscribe(channel).then(ifCurrent(onGap), ifCurrent(onGap)))
    for (const lost of ['close', '-node']) subscription.on(lost, ifCurrent(onGap))
    subscription.connect().catch(() => undefined) // it goes on trying
    return clients
  }

  #withLimit<T>(work: Promise<T>): Promise<T> {
    const { clock, commandTimeoutMs } = this.#options
    let cancel: CancelSchedule = () => undefined
    const limit = new Promise<never>((_, reject) => {
      const error = new RedisTimeoutError(`Redis did not answer within ${commandTimeoutMs} ms`)
      cancel = clock.schedule(commandTimeoutMs, () => reject(error), 'background')
    })
    return Promise.race([work, limit]).finally(cancel)
  }
}
