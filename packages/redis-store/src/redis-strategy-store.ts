import { randomBytes } from 'node:crypto'
import {
  type CancelSchedule,
  isStrategyConfirmation,
  rejoinStrategyStates,
  type StoreNotice,
  type StrategyState,
  type StrategyStore,
  type StrategyStorePlace,
  type StrategyUpdate,
} from 'e6data-connector'
import { RedisLink } from './redis-link.ts'
import { RedisPins } from './redis-pins.ts'
import type { OpenClient } from './redis-source.ts'
import { type Confirmed, lineage, nextRecord, type SharedRecord, SharedState } from './shared-record.ts'

export interface StoreSettings {
  readonly openClient: OpenClient
  readonly keyPrefix: string
  readonly leaseMs: number
  readonly commandTimeoutMs: number
  readonly retryMs: number
}

/** Redis is looked at this often without a reason, in milliseconds, plus up to as much jitter: what no message told. */
const ROUND_MS = 9000
const ROUND_JITTER_MS = 2000

/** More notices than these are not kept for a listener that may never come. */
const MOST_EARLY_NOTICES = 100

/** The format of keys and values. Versions of this package with another format use other keys. */
const FORMAT = 1

type Change = (state: StrategyState) => StrategyState

type Standing =
  /** Nothing has been read yet: what Redis holds counts for more than what this process has found meanwhile. */
  | 'joining'
  /** This process follows what Redis holds. */
  | 'sharing'
  /** What this process knows is to be joined with what Redis holds, as soon as that can be had. */
  | 'apart'
  | 'closed'

/**
 * The state of one cluster and user in Redis, for a fleet of hosts. Reading it is reading a field. A change is applied to this
 * copy at once, and published in the background by applying it to whatever Redis holds by then; where another host was faster
 * and that comes to something else, the copy follows. Nothing waits for Redis: without it each process goes on alone.
 */
export class RedisStrategyStore implements StrategyStore {
  readonly pins: RedisPins
  readonly #place: StrategyStorePlace
  readonly #retryMs: number
  readonly #link: RedisLink
  readonly #shared: SharedState
  readonly #listeners = new Set<(update: StrategyUpdate) => void>()
  readonly #noticeListeners = new Set<(notice: StoreNotice) => void>()
  readonly #earlyNotices: StoreNotice[] = []
  #state: StrategyState
  #standing: Standing = 'joining'
  /** The newest record that Redis is known to have held. */
  #known: SharedRecord | undefined
  /** Applied to the copy, and not yet to what Redis holds. */
  #changes: Change[] = []
  /** The record that is on its way to Redis, and how many of the changes it holds. */
  #onItsWay: { readonly record: SharedRecord; readonly changes: number } | undefined
  #isLookWanted = false
  #isExchanging = false
  #exchanged: Promise<void> = Promise.resolve()
  #isUnavailable = false
  #cancelRound: CancelSchedule
  #cancelRetry: CancelSchedule | undefined

  constructor({ openClient, keyPrefix, leaseMs, commandTimeoutMs, retryMs }: StoreSettings, place: StrategyStorePlace) {
    const { clock, initial } = place
    const key = `${keyPrefix}${FORMAT}:${tagOf(place)}`
    const channel = `${key}:news`
    this.#place = place
    this.#retryMs = retryMs
    this.#state = initial
    this.#link = new RedisLink({
      openClient,
      channel,
      clock,
      commandTimeoutMs,
      onMessage: (message) => this.#onMessage(message),
      onGap: () => this.refresh(),
    })
    this.#shared = new SharedState(this.#link, { key: `${key}:state`, channel, clock })
    this.pins = new RedisPins({
      link: this.#link,
      key,
      clock,
      leaseMs,
      onUse: () => this.refresh(),
      onFailure: (error) => this.#lose(error),
      onSwept: (queryId, pin) => this.#notify({ kind: 'swept', queryId, pin }),
    })
    this.#exchange()
    this.#cancelRound = this.#scheduleRound()
  }

  read(): StrategyState {
    return this.#state
  }

  update(change: Change): StrategyUpdate {
    const before = this.#state
    const after = change(before)
    this.#state = after
    // A confirmation is no version: the next look tells Redis of it.
    if (this.#standing !== 'closed' && !isStrategyConfirmation(before, after)) this.#publishSoon(change)
    return { before, after }
  }

  refresh(): void {
    this.#isLookWanted = true
    this.#exchange()
  }

  onChange(listener: (update: StrategyUpdate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onNotice(listener: (notice: StoreNotice) => void): () => void {
    this.#noticeListeners.add(listener)
    for (const notice of this.#earlyNotices.splice(0)) listener(notice)
    return () => this.#noticeListeners.delete(listener)
  }

  /** Writes what waits, and closes the connections, which would keep the process alive, until the next query. */
  rest(): void {
    void this.pins.rest().then(() => this.#parkIfResting())
  }

  close(): void {
    if (this.#standing === 'closed') return
    this.#cancelRound()
    this.#cancelRetry?.()
    void this.#exchanged.then(() => this.pins.close()).then(() => this.#link.park())
    this.#standing = 'closed'
  }

  #publishSoon(change: Change): void {
    // Without Redis there is no list of changes: the whole state is joined with what Redis holds later.
    if (this.#standing !== 'sharing' && !this.#isExchanging) return
    this.#changes.push(change)
    this.#exchange()
  }

  /** Brings the copy and Redis together, in the background. One exchange runs at a time. */
  #exchange(): void {
    if (this.#isExchanging || this.#standing === 'closed') return
    this.#isExchanging = true
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#exchanged = this.#exchangeAll().catch((error) => this.#lose(error))
  }

  async #exchangeAll(): Promise<void> {
    try {
      for (;;) {
        if (this.#standing === 'joining' || this.#standing === 'apart') await this.#join()
        else if (this.#isLookWanted) await this.#look()
        else if (this.#changes.length > 0) await this.#publish()
        else break
      }
    } finally {
      this.#isExchanging = false
      this.#parkIfResting()
    }
  }

  /** Agrees with Redis on a state, and follows it from then on. */
  async #join(): Promise<void> {
    this.#isLookWanted = false
    let shared = await this.#shared.look()
    for (;;) {
      this.#changes = [] // the copy holds them
      const joined = shared ? this.#joinedWith(shared) : this.#state
      if (shared && isStrategyConfirmation(shared.state, joined)) return this.#follow(shared)
      const record = nextRecord(shared, newWriteId(), joined)
      const outcome = await this.#shared.publish(shared, record)
      if (outcome.kind === 'published') return this.#follow(record)
      shared = outcome.record
    }
  }

  #joinedWith(shared: SharedRecord): StrategyState {
    const own = this.#state
    if (!this.#known) {
      const isKnownThere = shared.state.active !== undefined || own.active === undefined
      return isKnownThere ? shared.state : { ...own, epoch: Math.max(own.epoch, shared.state.epoch) + 1 }
    }
    if (shared.writes[0] === this.#known.writes[0]) return own
    const joined = rejoinStrategyStates(own, shared.state, this.#known.state)
    // A failover may lose versions: an epoch that was seen must not come back with another meaning.
    return joined.epoch === own.epoch && joined.active !== own.active ? { ...joined, epoch: joined.epoch + 1 } : joined
  }

  async #look(): Promise<void> {
    this.#isLookWanted = false
    const known = this.#known
    this.#hear(await this.#shared.look(this.#confirmed()), known)
  }

  async #publish(): Promise<void> {
    const known = this.#known
    if (known && isStrategyConfirmation(known.state, this.#state)) {
      this.#changes = [] // others' changes have made these come to nothing
      return
    }
    const record = nextRecord(known, newWriteId(), this.#state)
    this.#onItsWay = { record, changes: this.#changes.length }
    const outcome = await this.#shared.publish(known, record)
    if (outcome.kind === 'published') this.#arrived(record)
    else this.#hear(outcome.record, known)
    this.#onItsWay = undefined
  }

  /** Redis has answered what it held, to a question that was asked when `known` was the newest. */
  #hear(record: SharedRecord | undefined, known: SharedRecord | undefined): void {
    if (this.#standing !== 'sharing') return
    const isOvertaken = this.#known !== known // by a message, which may be newer than the answer
    if (record) this.#meet(record, isOvertaken ? 'maybe late' : 'newest')
    else if (isOvertaken) this.#isLookWanted = true
    else this.#standing = 'apart' // Redis has lost everything
  }

  /** What was on its way is in Redis, unless a newer record has said so already. */
  #arrived(record: SharedRecord): void {
    if (this.#onItsWay?.record !== record) return
    this.#changes.splice(0, this.#onItsWay.changes)
    this.#onItsWay = undefined
    this.#known = record
  }

  #onMessage(message: string): void {
    if (this.#standing !== 'sharing') {
      this.#isLookWanted = true // the exchange that runs may have looked before
      return
    }
    try {
      this.#meet(this.#shared.readMessage(message), 'maybe late')
    } catch {
      this.refresh() // damaged on its way
    }
  }

  /** Takes a record in that Redis holds; or that it has held, since a message may come after newer news. */
  #meet(record: SharedRecord, age: 'newest' | 'maybe late'): void {
    const own = this.#onItsWay?.record
    if (own && own.writes[0] === record.writes[0]) {
      this.#arrived(own)
      return
    }
    const relation = lineage(record, this.#known!)
    switch (relation) {
      case 'same':
        this.#adopt(withConfirmation(this.#state, record.confirmed))
        return
      case 'later':
        this.#follow(record)
        return
      case 'earlier':
      case 'elsewhere':
        if (age === 'newest') this.#standing = 'apart'
        else if (relation === 'elsewhere') this.refresh()
        return
      default:
        relation satisfies never
    }
  }

  /** Goes on from a record, with the changes on top that it does not hold yet. */
  #follow(record: SharedRecord): void {
    if (this.#onItsWay && record.writes.includes(this.#onItsWay.record.writes[0]!)) {
      this.#changes.splice(0, this.#onItsWay.changes)
      this.#onItsWay = undefined
    }
    this.#known = record
    if (this.#standing !== 'closed') this.#standing = 'sharing'
    const shared = withConfirmation(withChecksOf(this.#state, record.state), record.confirmed)
    this.#adopt(this.#changes.reduce((state, change) => change(state), shared))
    if (!this.#isUnavailable) return
    this.#isUnavailable = false
    void this.pins.flush()
    this.#notify({ kind: 'available' })
  }

  #adopt(after: StrategyState): void {
    const before = this.#state
    this.#state = after
    if (isStrategyConfirmation(before, after)) return
    for (const listener of this.#listeners) listener({ before, after })
  }

  /** What may be told to Redis: that the strategy of the newest record has been confirmed since it became active. */
  #confirmed(): { readonly write: string; readonly confirmed: Confirmed } | undefined {
    const { epoch, checkedAt, servedAt, transitionedAt = Number.POSITIVE_INFINITY } = this.#state
    if (!this.#known || this.#known.state.epoch !== epoch || checkedAt <= transitionedAt) return undefined
    return { write: this.#known.writes[0]!, confirmed: { checkedAt, servedAt } }
  }

  #lose(error: unknown): void {
    if (this.#standing === 'closed') return
    if (this.#standing === 'sharing') this.#standing = 'apart'
    this.#onItsWay = undefined
    // Whatever its connections wait for is given up: the next attempt finds the master, or the nodes, that there are then.
    this.#link.park()
    const { clock } = this.#place
    const delayMs = this.#retryMs + clock.jitter(this.#retryMs)
    this.#cancelRetry ??= clock.schedule(delayMs, () => !this.pins.isResting && this.#exchange(), 'background')
    if (this.#isUnavailable) return
    this.#isUnavailable = true
    this.#notify({ kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) })
  }

  #notify(notice: StoreNotice): void {
    for (const listener of this.#noticeListeners) listener(notice)
    const isUnheard = this.#noticeListeners.size === 0 && this.#earlyNotices.length < MOST_EARLY_NOTICES
    if (isUnheard) this.#earlyNotices.push(notice)
  }

  #scheduleRound(): CancelSchedule {
    const { clock } = this.#place
    const round = () => {
      if (!this.pins.isResting) {
        this.refresh()
        void this.#link.checkSubscription()
      }
      this.#cancelRound = this.#scheduleRound()
    }
    return clock.schedule(ROUND_MS + clock.jitter(ROUND_JITTER_MS), round, 'background')
  }

  #parkIfResting(): void {
    if (this.pins.isResting && !this.#isExchanging) this.#link.park()
  }
}

/** Names a cluster and user within braces, by which Redis Cluster keeps all keys of one on one node. */
function tagOf({ cluster: { host, port, name }, user = '' }: StrategyStorePlace): string {
  return `{${[host, String(port), name, user].map(encodeURIComponent).join(':')}}`
}

function newWriteId(): string {
  return randomBytes(6).toString('base64url')
}

/** `next`, confirmed as late as `own`, if both are about one activation. Times of two hosts differ a little: ages count. */
function withChecksOf(own: StrategyState, next: StrategyState): StrategyState {
  const { active, epoch, transitionedAt } = next
  if (active === undefined || own.active !== active || own.epoch !== epoch) return next
  if (transitionedAt === undefined || own.transitionedAt === undefined) return next
  const checkedAt = transitionedAt + (own.checkedAt - own.transitionedAt)
  return withConfirmation(next, { checkedAt, servedAt: own.servedAt })
}

function withConfirmation(state: StrategyState, confirmed: Confirmed): StrategyState {
  if (state.active === undefined) return state
  const checkedAt = Math.max(state.checkedAt, confirmed.checkedAt)
  const servedAt = Math.max(state.servedAt, confirmed.servedAt)
  return checkedAt === state.checkedAt && servedAt === state.servedAt ? state : { ...state, checkedAt, servedAt }
}
