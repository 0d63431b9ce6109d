import type { StrategyState } from 'e6data-connector'
import type { Redis } from 'ioredis'

/** A state as Redis holds it, and how often it has been replaced. */
export interface PublishedState {
  readonly version: number
  readonly state: StrategyState
}

/** The monotonic milliseconds that the connector uses: those of this host, and of no other. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

const NOW = `local time = redis.call('TIME'); local now = time[1] * 1000 + time[2] / 1000`

const READ = `${NOW}
local fields = redis.call('HMGET', KEYS[1], 'version', 'state', 'publishedAt', 'confirmedAt')
return { fields[1], fields[2], fields[3], fields[4], string.format('%.3f', now) }`

/** Compare and set: only who has read the newest version may put the next one in its place. */
const PUBLISH = `${NOW}
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1, 'state', ARGV[2], 'publishedAt', string.format('%.3f', now))
redis.call('HDEL', KEYS[1], 'confirmedAt')
redis.call('PUBLISH', KEYS[1], ARGV[1] + 1)
return 1`

const CONFIRM = `${NOW}
if redis.call('HGET', KEYS[1], 'version') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'confirmedAt', string.format('%.3f', now - ARGV[2]))
end`

/**
 * The state of one cluster in Redis. Every host counts its monotonic time from another moment, so times travel as ages, and
 * Redis, which all of them ask, says how long a state has been lying there.
 */
export class RedisState {
  constructor(
    private readonly redis: Redis,
    private readonly key: string,
  ) {}

  async read(): Promise<PublishedState | undefined> {
    const answer = (await this.redis.eval(READ, 1, this.key)) as (string | null)[]
    const [version, text, publishedAt, confirmedAt, redisNow] = answer
    if (version == null || text == null) return undefined
    const now = monotonicNow()
    const lainMs = Math.max(Number(redisNow) - Number(publishedAt), 0)
    const state = withTimes(JSON.parse(text) as StrategyState, (ageMs) => now - lainMs - ageMs)
    const confirmed = confirmedAt == null ? 0 : now - Math.max(Number(redisNow) - Number(confirmedAt), 0)
    return { version: Number(version), state: { ...state, checkedAt: Math.max(state.checkedAt, confirmed) } }
  }

  /** Puts `state` in the place of version `expected`; `outrun` when another was faster. */
  async publish(expected: number, state: StrategyState): Promise<'published' | 'outrun'> {
    const now = monotonicNow()
    const text = JSON.stringify(withTimes(state, (at) => now - at))
    return (await this.redis.eval(PUBLISH, 1, this.key, expected, text)) === 1 ? 'published' : 'outrun'
  }

  /** Notes that the strategy of this version was confirmed; no new version. */
  async confirm(version: number, checkedAt: number): Promise<void> {
    await this.redis.eval(CONFIRM, 1, this.key, version, monotonicNow() - checkedAt)
  }
}

/** The state with each of its times changed; a time of 0 says that there was none, and stays so. */
function withTimes(state: StrategyState, change: (time: number) => number): StrategyState {
  const { pending, refusal, withdrawn, asker, returnBar, budget, suspectedAt, transitionedAt } = state
  const changed = (time: number) => (time === 0 ? 0 : change(time))
  const optional = (time: number | undefined) => (time === undefined ? undefined : change(time))
  const moved = <Timed extends { readonly at: number }>(it: Timed | undefined) => it && { ...it, at: change(it.at) }
  return {
    ...state,
    active: state.active ?? undefined,
    lastKnown: state.lastKnown ?? undefined,
    pending: pending && { ...pending, withdrawnAt: optional(pending.withdrawnAt) },
    refusal: moved(refusal),
    withdrawn: moved(withdrawn),
    asker: moved(asker),
    returnBar: moved(returnBar),
    checkedAt: changed(state.checkedAt),
    servedAt: changed(state.servedAt),
    transitionedAt: optional(transitionedAt),
    suspectedAt: optional(suspectedAt),
    moves: state.moves.map(change),
    budget: { ...budget, at: change(budget.at), lastSwitchAt: optional(budget.lastSwitchAt) },
  }
}
