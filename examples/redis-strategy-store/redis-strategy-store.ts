import type { StoreNotice, StrategyState, StrategyStore, StrategyUpdate } from 'e6data-connector'
import type { Redis } from 'ioredis'
import { RedisPins } from './redis-pins.ts'
import { type PublishedState, RedisState } from './redis-state.ts'

type Change = (state: StrategyState) => StrategyState

export interface RedisStoreOptions {
  /** Connected by the time it is first used. The store opens one more connection like it, to listen. */
  redis: Redis
  /** Names the cluster, for instance `e6data:host:port:cluster`. No user and no token: it is readable by all. */
  key: string
  /** The state to begin with when Redis holds none: `initialStrategyState()`. */
  initial: StrategyState
}

/** How long until Redis is tried again after it has failed, in milliseconds. */
const RETRY_MS = 1000

/** Confirmations are written at most this often, in milliseconds. */
const CONFIRM_EVERY_MS = 1000

/**
 * Keeps a cluster's strategy in Redis, for a fleet of hosts. Reading takes no time: it is a field. A change is applied to
 * this copy at once, and published in the background by applying it to whatever Redis holds by then; should that come
 * to something else, because another host was faster, the copy follows. Without Redis each process goes on alone.
 */
export class RedisStrategyStore implements StrategyStore {
  readonly pins: RedisPins
  readonly #remote: RedisState
  readonly #listeningTo: Redis
  readonly #listeners = new Set<(update: StrategyUpdate) => void>()
  readonly #noticeListeners = new Set<(notice: StoreNotice) => void>()
  #state: StrategyState
  #version = 0
  /** Applied to the copy, and not yet to what Redis holds. */
  #unpublished: Change[] = []
  #confirmedAt = 0
  #lowestEpoch = 0
  #isSyncWanted = false
  #isAvailable = true
  #isClosed = false
  #syncing: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined

  private constructor({ redis, key, initial }: RedisStoreOptions) {
    this.#state = initial
    this.#remote = new RedisState(redis, key)
    this.pins = new RedisPins(redis, key, (error) => this.#lost(error))
    this.#listeningTo = redis.duplicate()
    this.#listeningTo.on('error', (error) => this.#lost(error))
    this.#listeningTo.on('message', (channel: string, message: string) => {
      if (channel === key) this.#sync()
      else this.pins.heard(message).catch((error) => this.#lost(error))
    })
  }

  /** Opens the store and reads what the fleet knows. Without Redis it opens all the same, and tries again by itself. */
  static async open(options: RedisStoreOptions): Promise<RedisStrategyStore> {
    const store = new RedisStrategyStore(options)
    try {
      await store.#listeningTo.subscribe(options.key, store.pins.channel)
      await store.pins.load()
    } catch (error) {
      store.#lost(error)
    }
    await store.#sync()
    return store
  }

  read(): StrategyState {
    return this.#state
  }

  update(change: Change): StrategyUpdate {
    const before = this.#state
    const after = change(before)
    if (after === before) return { before, after }
    this.#state = after
    if (!isSame(before, after)) this.#unpublished.push(change)
    this.#sync()
    return { before, after }
  }

  refresh(): void {
    this.#sync()
  }

  onChange(listener: (update: StrategyUpdate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onNotice(listener: (notice: StoreNotice) => void): () => void {
    this.#noticeListeners.add(listener)
    return () => this.#noticeListeners.delete(listener)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.pins.close()
    this.#listeningTo.disconnect()
  }

  /** Waits until what this process has changed is known to Redis, as far as it can be had: for a graceful exit. */
  async settled(): Promise<void> {
    while (this.#syncing) await this.#syncing
  }

  /** Brings the copy and Redis together. Never two at a time, and once more when something happened meanwhile. */
  #sync(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    const earlier = this.#syncing
    if (earlier) {
      this.#isSyncWanted = true
      return earlier
    }
    this.#syncing = this.#syncUntilSettled().finally(() => {
      this.#syncing = undefined
    })
    return this.#syncing
  }

  async #syncUntilSettled(): Promise<void> {
    try {
      do {
        this.#isSyncWanted = false
        await this.#syncOnce()
      } while (this.#isSyncWanted || this.#unpublished.length > 0)
      this.#found()
    } catch (error) {
      this.#lost(error)
    }
  }

  async #syncOnce(): Promise<void> {
    const known = await this.#remote.read()
    const { version, state } = known ?? { version: 0, state: this.#state }
    const changes = [...this.#unpublished]
    // Redis may have lost what it held: an epoch that was seen must never be seen again with another meaning.
    if (state.epoch < this.#lowestEpoch) changes.push((it) => ({ ...it, epoch: this.#lowestEpoch + 1 }))
    const next = changes.reduce((it, change) => change(it), state)
    const isNew = next !== state || known === undefined
    if (isNew && (await this.#remote.publish(version, next)) === 'outrun') {
      this.#isSyncWanted = true
      return
    }
    this.#unpublished = this.#unpublished.filter((change) => !changes.includes(change))
    this.#adopt({ version: isNew ? version + 1 : version, state: next })
    await this.#confirm()
  }

  #adopt({ version, state }: PublishedState): void {
    const before = this.#state
    const applied = this.#unpublished.reduce((it, change) => change(it), state)
    const checkedAt = applied.epoch === before.epoch ? Math.max(applied.checkedAt, before.checkedAt) : applied.checkedAt
    this.#version = version
    this.#lowestEpoch = state.epoch
    if (isSame(before, applied) && checkedAt === before.checkedAt) return
    this.#state = { ...applied, checkedAt }
    if (isSame(before, applied)) return
    for (const listener of this.#listeners) listener({ before, after: this.#state })
  }

  async #confirm(): Promise<void> {
    const { active, checkedAt } = this.#state
    if (active === undefined || checkedAt - this.#confirmedAt < CONFIRM_EVERY_MS) return
    this.#confirmedAt = checkedAt
    await this.#remote.confirm(this.#version, checkedAt)
  }

  #found(): void {
    if (this.#isAvailable) return
    this.#isAvailable = true
    for (const listener of this.#noticeListeners) listener({ kind: 'available' })
  }

  #lost(error: unknown): void {
    if (this.#isClosed) return
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#sync(), RETRY_MS).unref()
    if (!this.#isAvailable) return
    this.#isAvailable = false
    const reason = error instanceof Error ? error.message : String(error)
    for (const listener of this.#noticeListeners) listener({ kind: 'unavailable', reason })
  }
}

/**
 * Whether two states differ in their times at most. Times come through another host's clock, and a confirmation, which is
 * nothing but a time, is too little for a new version. That a deployment accepts again, and who asks for all, is worth one:
 * hosts that hold calls wait for it.
 */
function isSame(one: StrategyState, other: StrategyState): boolean {
  return factsOf(one) === factsOf(other)
}

function factsOf({ epoch, active, lastKnown, pending, withdrawn, refusal, ...rest }: StrategyState): string {
  const { strays, suspectedAt, returnBar, asker, opening, moves, budget } = rest
  return JSON.stringify([
    [epoch, active, lastKnown, pending?.strategy, pending?.ready, pending?.withdrawnAt !== undefined],
    [withdrawn?.strategy, refusal?.strategy, strays, suspectedAt !== undefined, returnBar?.strategy, returnBar?.forMs],
    [asker?.id, asker?.at, opening?.strategy, opening?.count, moves.length, budget.refillMs],
  ])
}
