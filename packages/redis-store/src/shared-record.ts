import { type Clock, decodeStrategyState, encodeStrategyState, type StrategyState } from 'e6data-connector'
import type { RedisLink } from './redis-link.ts'

/** One version of the state as Redis holds it, its times in milliseconds of this host's clock. */
export interface SharedRecord {
  /** How many there were before it. */
  readonly version: number
  /** The ids of the writes that made it, the latest first, as far back as is remembered. No two writes have the same. */
  readonly writes: readonly string[]
  readonly state: StrategyState
  /** What was noted since, without a new version. */
  readonly confirmed: Confirmed
}

/** When the active strategy was last confirmed, and when the latest call it accepted was sent; 0 where it never was. */
export type Confirmed = Pick<StrategyState, 'checkedAt' | 'servedAt'>

const UNCONFIRMED: Confirmed = { checkedAt: 0, servedAt: 0 }

export type PublishOutcome =
  | { readonly kind: 'published' }
  /** Another was faster; `record` is what Redis holds now. */
  | { readonly kind: 'outrun'; readonly record: SharedRecord | undefined }

/** So many writes are remembered: enough to tell that a version descends from one that was seen shortly before. */
const REMEMBERED_WRITES = 16

/** A state that no process has used for so long is removed, in milliseconds. */
const FORGET_AFTER_MS = 86_400_000

const NOW = `
local time = redis.call('TIME')
local now = string.format('%.3f', time[1] * 1000 + time[2] / 1000)`

const HELD = `redis.call('HMGET', KEYS[1], 'record', 'publishedAt', 'checkedAt', 'servedAt', 'write')`

/** Returns what is held. With ages, notes first that the strategy was confirmed, if the newest write is still the one given. */
const LOOK = `${NOW}
if ARGV[2] and redis.call('HGET', KEYS[1], 'write') == ARGV[1] then
  for index, field in ipairs({ 'checkedAt', 'servedAt' }) do
    local at = ARGV[1 + index] ~= '' and now - ARGV[1 + index]
    if at and at > tonumber(redis.call('HGET', KEYS[1], field) or '0') then
      redis.call('HSET', KEYS[1], field, string.format('%.3f', at))
    end
  end
  redis.call('PEXPIRE', KEYS[1], ${FORGET_AFTER_MS})
end
return { now, ${HELD} }`

/** Removes what can't be read, unless it has been replaced meanwhile. */
const REMOVE_DAMAGED = `
if (redis.call('HGET', KEYS[1], 'write') or '') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`

/** Compare and set: a record replaces the one that its writer has seen, and no other. */
const PUBLISH = `${NOW}
if (redis.call('HGET', KEYS[1], 'write') or '') ~= ARGV[1] then return { now, ${HELD} } end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'write', ARGV[2], 'record', ARGV[3], 'publishedAt', now)
redis.call('PEXPIRE', KEYS[1], ${FORGET_AFTER_MS})
redis.call('PUBLISH', ARGV[4], now .. ' ' .. ARGV[3])
return { now }`

/**
 * The state of one cluster and user in Redis. Ages travel, not times, because every host's monotonic clock counts from another
 * moment; how long a record has been in Redis is known by the clock of Redis.
 */
export class SharedState {
  /** What the clock of Redis is ahead of this host's, in milliseconds, as of the last answer. */
  #redisAheadMs = 0

  constructor(
    private readonly link: RedisLink,
    private readonly at: { readonly key: string; readonly channel: string; readonly clock: Clock },
  ) {}

  /** Reads what Redis holds. If the newest write is still the one given, notes there first that it was confirmed. */
  async look(news?: { readonly write: string; readonly confirmed: Confirmed }): Promise<SharedRecord | undefined> {
    const now = this.at.clock.now()
    const args = news ? [news.write, ageAt(now, news.confirmed.checkedAt), ageAt(now, news.confirmed.servedAt)] : []
    return this.#recordOf(await this.link.run(LOOK, [this.at.key], args))
  }

  /** Puts `next` in the place of `seen`, if Redis still holds that. */
  async publish(seen: SharedRecord | undefined, next: SharedRecord): Promise<PublishOutcome> {
    const { version, writes, state } = next
    const encoded = encodeStrategyState(state, this.at.clock.now())
    const text = `{"version":${version},"writes":${JSON.stringify(writes)},"state":${encoded}}`
    const answer = await this.link.run(
      PUBLISH,
      [this.at.key],
      [seen?.writes[0] ?? '', writes[0]!, text, this.at.channel],
    )
    if ((answer as unknown[]).length > 1) return { kind: 'outrun', record: await this.#recordOf(answer) }
    this.#hearClock((answer as string[])[0]!)
    return { kind: 'published' }
  }

  /** The record that a message brings. */
  readMessage(message: string): SharedRecord {
    const space = message.indexOf(' ')
    return this.#decode(message.slice(space + 1), message.slice(0, space))
  }

  async #recordOf(answer: unknown): Promise<SharedRecord | undefined> {
    const [now, held] = answer as [string, (string | null)[]]
    this.#hearClock(now)
    const [text, publishedAt, checkedAt, servedAt, write] = held
    if (text == null && write == null) return undefined
    try {
      const record = this.#decode(text ?? '', publishedAt ?? '')
      if (record.writes[0] !== write) throw new Error('the record in Redis is of another write')
      return { ...record, confirmed: { checkedAt: this.#noted(checkedAt), servedAt: this.#noted(servedAt) } }
    } catch {
      await this.link.run(REMOVE_DAMAGED, [this.at.key], [write ?? ''])
      return undefined
    }
  }

  #noted(redisTime: string | null | undefined): number {
    return redisTime == null ? 0 : this.#localTime(redisTime)
  }

  #decode(text: string, publishedAt: string): SharedRecord {
    const { version, writes, state } = JSON.parse(text) as Readonly<Record<string, unknown>>
    const isWhole = Array.isArray(writes) && writes.length > 0 && writes.every((write) => typeof write === 'string')
    const isCounted = Number.isSafeInteger(version) && Number.isFinite(Number(publishedAt))
    if (!isWhole || !isCounted) throw new Error('the record in Redis is damaged')
    const publishedHere = this.#localTime(publishedAt)
    const decoded = decodeStrategyState(JSON.stringify(state), publishedHere)
    return { version: version as number, writes, state: decoded, confirmed: UNCONFIRMED }
  }

  /** A time of Redis by this host's clock; never ahead of it. */
  #localTime(redisTime: string): number {
    return Math.min(Number(redisTime) - this.#redisAheadMs, this.at.clock.now())
  }

  #hearClock(redisNow: string): void {
    this.#redisAheadMs = Number(redisNow) - this.at.clock.now()
  }
}

/** The record that a write makes of a state after another record. */
export function nextRecord(seen: SharedRecord | undefined, write: string, state: StrategyState): SharedRecord {
  const writes = [write, ...(seen?.writes ?? [])].slice(0, REMEMBERED_WRITES)
  return { version: (seen?.version ?? 0) + 1, writes, state, confirmed: UNCONFIRMED }
}

/** How a record stands to one that was seen before. `elsewhere`: Redis has lost what was seen. */
export function lineage(record: SharedRecord, seen: SharedRecord): 'same' | 'later' | 'earlier' | 'elsewhere' {
  const [write, seenWrite] = [record.writes[0]!, seen.writes[0]!]
  if (write === seenWrite) return 'same'
  if (record.writes.includes(seenWrite)) return 'later'
  if (seen.writes.includes(write)) return 'earlier'
  // So much later that the write is not remembered any more.
  return record.version >= seen.version + REMEMBERED_WRITES ? 'later' : 'elsewhere'
}

/** A time of 0 says that there was none, and has no age. */
function ageAt(now: number, time: number): string {
  return time === 0 ? '' : Math.max(now - time, 0).toFixed(3)
}
