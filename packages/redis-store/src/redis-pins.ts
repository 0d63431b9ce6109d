import { type CancelSchedule, type Clock, PinMap, type PinPlace, type PinStore, type QueryPin } from 'e6data-connector'
import type { RedisLink } from './redis-link.ts'

export interface PinsOptions {
  readonly link: RedisLink
  /** The start of the names of all keys of pins. */
  readonly key: string
  readonly clock: Clock
  readonly leaseMs: number
  /** A query begins after `rest`. */
  readonly onUse: () => void
  /** A command failed. */
  readonly onFailure: (error: unknown) => void
  /** This process was paused for longer than its lease: its pin is gone. */
  readonly onSwept: (queryId: string, pin: QueryPin) => void
}

/** How long a change may wait, so that many are written at once, in milliseconds. Queries that end sooner are never written. */
const WRITE_AFTER_MS = 100

/** Pins are renewed this often within their lease. */
const RENEWALS_PER_LEASE = 3

/** More queries than these of one process are not shared. */
const MOST_SHARED = 10_000

/** So many queries at most are in one script, since Redis runs nothing else meanwhile. */
const MOST_IN_SCRIPT = 200

/** The queries of others are listed again at most this often, in milliseconds, and so many at most. */
const LIST_EVERY_MS = 1000
const MOST_LISTED = 1000

/** Longer ids don't come from an engine that anyone would want to remember. */
const LONGEST_ID = 512

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000`

/** Sets, renews and removes pins, each a field of its query's hash, which expires. KEYS[1] lists the queries by their expiry. */
const WRITE = `${NOW}
local lease = tonumber(ARGV[1])
for index = 2, #KEYS do
  local id, field, idle = ARGV[index * 3 - 4], ARGV[index * 3 - 3], ARGV[index * 3 - 2]
  if idle == '' then
    redis.call('HDEL', KEYS[index], field)
    if redis.call('EXISTS', KEYS[index]) == 0 then redis.call('ZREM', KEYS[1], id) end
  else
    redis.call('HSET', KEYS[index], field, string.format('%.0f', now - idle))
    redis.call('PEXPIRE', KEYS[index], lease)
    redis.call('ZADD', KEYS[1], now + lease, id)
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], lease)
return 1`

const FIND = `${NOW}
return { string.format('%.0f', now), redis.call('HGETALL', KEYS[1]) }`

const LIST = `${NOW}
return redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf', 'LIMIT', 0, ${MOST_LISTED})`

interface Entry {
  readonly queryId: string
  readonly pin: QueryPin
}

/**
 * Which query runs where, for all who share the state. The pins of this process are in its memory; those that live longer
 * than a moment are written to Redis, where they expire unless they are renewed: so do those of a process that died.
 */
export class RedisPins implements PinStore {
  readonly #options: PinsOptions
  readonly #own = new PinMap<QueryPin>()
  /** What is in Redis of this process, by the name of its key and field. */
  readonly #written = new Map<string, Entry>()
  readonly #changed = new Map<string, Entry>()
  /** Queries of others, as of the last look. */
  #others = new PinMap<QueryPin>()
  #listedAt = Number.NEGATIVE_INFINITY
  #writtenAt = Number.NEGATIVE_INFINITY
  #isResting = false
  #isClosed = false
  #writing: Promise<void> | undefined
  #cancelWrite: CancelSchedule | undefined
  #cancelRenewal: CancelSchedule | undefined

  constructor(options: PinsOptions) {
    this.#options = options
  }

  set(queryId: string, pin: QueryPin): void {
    const wasResting = this.#isResting
    this.#isResting = false
    this.#own.set(queryId, pin)
    this.#note({ queryId, pin })
    if (wasResting) this.#options.onUse()
  }

  /** A pin of this process; without a place also one of others, if it was listed a moment ago. `find` knows all. */
  get(queryId: string, place?: PinPlace): QueryPin | undefined {
    // Calls about running queries name the place, and are too frequent to ask Redis.
    return this.#own.get(queryId, place) ?? (place ? undefined : this.#listed().get(queryId))
  }

  async find(queryId: string): Promise<QueryPin | undefined> {
    try {
      const found = await this.#find(queryId)
      return found.reduce((latest, pin) => (pin.lastActivityAt > latest.lastActivityAt ? pin : latest), found[0]!)
    } catch (error) {
      this.#options.onFailure(error)
      return undefined
    }
  }

  delete(queryId: string, place?: PinPlace): void {
    for (let pin = this.#own.get(queryId, place); pin; pin = this.#own.get(queryId, place)) {
      this.#own.delete(queryId, pin)
      this.#note({ queryId, pin })
    }
  }

  own(): Iterable<[string, QueryPin]> {
    return this.#own
  }

  /** All of this process, and those of others as of a moment ago. */
  *all(): Generator<[string, QueryPin]> {
    yield* this.#own
    for (const [queryId, pin] of this.#listed()) if (!this.#own.get(queryId, pin)) yield [queryId, pin]
  }

  get isResting(): boolean {
    return this.#isResting
  }

  /** No query runs for now: what is forgotten from here on is forgotten in Redis at once. */
  rest(): Promise<void> {
    this.#isResting = true
    return this.flush()
  }

  /** Writes what waits to be written. */
  async flush(): Promise<void> {
    this.#cancelWrite?.()
    this.#cancelWrite = undefined
    while (this.#writing) await this.#writing
    if (this.#changed.size === 0) return
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined
    })
    await this.#writing
  }

  /** Takes this process's pins out of Redis. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelWrite?.()
    this.#cancelRenewal?.()
    for (const [queryId] of [...this.#own]) this.delete(queryId)
    await this.flush()
  }

  #note(entry: Entry): void {
    if (entry.queryId.length > LONGEST_ID || entry.pin.engineIp.length > LONGEST_ID) return
    this.#changed.set(nameOf(entry), entry)
    if (this.#isClosed) return
    if (this.#isResting) void this.flush()
    else this.#writeAfter(WRITE_AFTER_MS)
  }

  #writeAfter(delayMs: number): void {
    this.#cancelWrite ??= this.#options.clock.schedule(delayMs, () => void this.flush(), 'background')
  }

  async #write(): Promise<void> {
    const { clock, leaseMs, onFailure } = this.#options
    // Where Redis was away, writing was tried again and again: only a process that was paused comes so late.
    if (this.#written.size > 0 && clock.now() - this.#writtenAt > leaseMs) this.#forgetSwept()
    this.#writtenAt = clock.now()
    const changes = [...this.#changed]
    this.#changed.clear()
    const isRunning = ({ queryId, pin }: Entry) => this.#own.get(queryId, pin) !== undefined
    const isToWrite = ([name, entry]: [string, Entry]) =>
      isRunning(entry) ? this.#written.has(name) || this.#written.size < MOST_SHARED : this.#written.has(name)
    const toWrite = changes.filter(isToWrite)
    try {
      for (let at = 0; at < toWrite.length; at += MOST_IN_SCRIPT) {
        const part = toWrite.slice(at, at + MOST_IN_SCRIPT)
        for (const [name, entry] of part) {
          if (isRunning(entry)) this.#written.set(name, entry)
        }
        await this.#send(part.map(([, entry]) => ({ ...entry, isRunning: isRunning(entry) })))
        for (const [name, entry] of part) if (!isRunning(entry)) this.#written.delete(name)
      }
      if (this.#written.size > 0) this.#renewLater()
    } catch (error) {
      for (const [name, entry] of changes) if (!this.#changed.has(name)) this.#changed.set(name, entry)
      if (!this.#isClosed) this.#writeAfter(leaseMs / RENEWALS_PER_LEASE)
      onFailure(error)
    }
  }

  async #send(entries: readonly (Entry & { readonly isRunning: boolean })[]): Promise<void> {
    const { link, key, clock, leaseMs } = this.#options
    const now = clock.now()
    const args = entries.flatMap(({ queryId, pin, isRunning }) => {
      const { strategy, engineIp, lastActivityAt } = pin
      return [queryId, `${strategy} ${engineIp}`, isRunning ? Math.max(now - lastActivityAt, 0).toFixed(0) : '']
    })
    await link.run(
      WRITE,
      [`${key}:queries`, ...entries.map(({ queryId }) => `${key}:query:${queryId}`)],
      [leaseMs, ...args],
    )
  }

  #renewLater(): void {
    const { clock, leaseMs } = this.#options
    if (this.#isClosed) return
    this.#cancelRenewal?.()
    this.#cancelRenewal = clock.schedule(
      leaseMs / RENEWALS_PER_LEASE,
      () => {
        for (const [name, entry] of this.#written) this.#changed.set(name, entry)
        void this.flush()
      },
      'background',
    )
  }

  /** What has expired while this process was paused stays gone (rule 9). */
  #forgetSwept(): void {
    for (const [name, { queryId, pin }] of this.#written) {
      this.#written.delete(name)
      this.#changed.delete(name)
      if (this.#own.delete(queryId, pin)) this.#options.onSwept(queryId, pin)
    }
  }

  async #find(queryId: string): Promise<QueryPin[]> {
    const { link, key, clock } = this.#options
    const [redisNow, flat] = (await link.run(FIND, [`${key}:query:${queryId}`], [])) as [string, string[]]
    const now = clock.now()
    const pins: QueryPin[] = []
    for (let at = 0; at + 1 < flat.length; at += 2) {
      const [, strategy, engineIp] = /^(blue|green) (.*)$/s.exec(flat[at]!) ?? []
      if (engineIp === undefined) continue
      const idleMs = Math.max(Number(redisNow) - Number(flat[at + 1]), 0) || 0
      pins.push({ strategy: strategy as QueryPin['strategy'], engineIp, lastActivityAt: now - idleMs })
    }
    return pins
  }

  /** What the last look found, if that was a moment ago; otherwise starts another look for later callers. */
  #listed(): PinMap<QueryPin> {
    if (this.#options.clock.now() - this.#listedAt < LIST_EVERY_MS) return this.#others
    if (!this.#isClosed && !this.#isResting) {
      this.#listedAt = this.#options.clock.now()
      this.#listOthers().catch(this.#options.onFailure)
    }
    return this.#others
  }

  async #listOthers(): Promise<void> {
    const { link, key } = this.#options
    const ids = (await link.run(LIST, [`${key}:queries`], [])) as string[]
    const found = await Promise.all(ids.map(async (id) => (await this.#find(id)).map((pin) => [id, pin] as const)))
    this.#others = new PinMap(found.flat())
  }
}

function nameOf({ queryId, pin: { strategy, engineIp } }: Entry): string {
  return `${strategy} ${engineIp} ${queryId}`
}
