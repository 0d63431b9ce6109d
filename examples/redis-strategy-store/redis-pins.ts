import { randomUUID } from 'node:crypto'
import { PinMap, type PinPlace, type PinStore, type QueryPin } from 'e6data-connector'
import type { Redis } from 'ioredis'
import { monotonicNow } from './redis-state.ts'

/** How long a change may wait, so that many are written at once, in milliseconds. */
const WRITE_AFTER_MS = 100

/** How long a process's pins outlive it, in milliseconds. They are renewed three times as often. */
const LEASE_MS = 30_000

/** More queries than these of one process are not shown to others. */
const MOST_SHARED = 10_000

type Row = [queryId: string, strategy: QueryPin['strategy'], engineIp: string, idleMs: number]

/**
 * Which query of the fleet runs where. Looking one up is synchronous, so each process keeps a copy of what the others have
 * written; each writes its own pins as one value that expires unless it is renewed.
 */
export class RedisPins implements PinStore {
  readonly #redis: Redis
  readonly #key: string
  readonly #holder = randomUUID()
  readonly #own = new PinMap<QueryPin>()
  readonly #others = new Map<string, { until: number; pins: PinMap<QueryPin> }>()
  readonly #onFailure: (error: unknown) => void
  #writing: NodeJS.Timeout | undefined
  readonly #renewing = setInterval(() => this.#own.size > 0 && this.#writeSoon(), LEASE_MS / 3).unref()

  constructor(redis: Redis, key: string, onFailure: (error: unknown) => void) {
    this.#redis = redis
    this.#key = key
    this.#onFailure = onFailure
  }

  /** The channel on which each process tells that its pins have changed. */
  get channel(): string {
    return `${this.#key}:pins`
  }

  set(queryId: string, pin: QueryPin): void {
    this.#own.set(queryId, pin)
    this.#writeSoon()
  }

  get(queryId: string, place?: PinPlace): QueryPin | undefined {
    const own = this.#own.get(queryId, place)
    if (own) return own
    for (const pins of this.#living()) {
      const pin = pins.get(queryId, place)
      if (pin) return pin
    }
    return undefined
  }

  delete(queryId: string, place?: PinPlace): void {
    if (this.#own.delete(queryId, place)) this.#writeSoon()
  }

  own(): Iterable<[string, QueryPin]> {
    return this.#own
  }

  *all(): Generator<[string, QueryPin]> {
    yield* this.#own
    for (const pins of this.#living()) yield* pins
  }

  /** Learns what all others hold. */
  async load(): Promise<void> {
    const holders = await this.#redis.smembers(this.channel)
    await Promise.all(holders.map((holder) => this.heard(holder)))
  }

  /** Learns what one other holds now. */
  async heard(holder: string): Promise<void> {
    if (holder === this.#holder) return
    const text = await this.#redis.get(`${this.channel}:${holder}`)
    if (text === null) {
      this.#others.delete(holder)
      await this.#redis.srem(this.channel, holder)
      return
    }
    const now = monotonicNow()
    const pins = (JSON.parse(text) as Row[]).map(([queryId, strategy, engineIp, idleMs]): [string, QueryPin] => {
      return [queryId, { strategy, engineIp, lastActivityAt: now - idleMs }]
    })
    this.#others.set(holder, { until: now + LEASE_MS, pins: new PinMap(pins) })
  }

  close(): void {
    clearInterval(this.#renewing)
    clearTimeout(this.#writing)
  }

  *#living(): Generator<PinMap<QueryPin>> {
    for (const [holder, { until, pins }] of this.#others) {
      if (until > monotonicNow()) yield pins
      else this.#others.delete(holder)
    }
  }

  #writeSoon(): void {
    this.#writing ??= setTimeout(() => {
      this.#writing = undefined
      this.#write().catch(this.#onFailure)
    }, WRITE_AFTER_MS).unref()
  }

  async #write(): Promise<void> {
    const now = monotonicNow()
    const rows: Row[] = []
    for (const [queryId, { strategy, engineIp, lastActivityAt }] of this.#own) {
      if (rows.length === MOST_SHARED) break
      rows.push([queryId, strategy, engineIp, Math.round(now - lastActivityAt)])
    }
    await this.#redis
      .multi()
      .sadd(this.channel, this.#holder)
      .set(`${this.channel}:${this.#holder}`, JSON.stringify(rows), 'PX', LEASE_MS)
      .publish(this.channel, this.#holder)
      .exec()
  }
}
