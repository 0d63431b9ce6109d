import type { StrategyEvents } from '../observability/events.ts'
import type { Clock } from '../time/clock.ts'
import type { Strategy } from '../types/strategy.ts'
import { recentChanges, type StrategyChange } from './recent-changes.ts'
import { pendingNow, type StrategyLimits, switchesAllowed } from './strategy-state.ts'
import type { StrategyStore } from './strategy-store.ts'

/** A snapshot of what is shared, in the words of the API reference. Times are wall-clock milliseconds since 1970. */
export interface SharedStrategy {
  activeStrategy: Strategy | undefined
  /** 0 when the strategy was never checked, or forgotten. */
  lastCheckTime: number
  pendingStrategy: Strategy | undefined
  queryStrategyMap: Record<string, Strategy>
  epoch: number
  transitionedAt: number | undefined
}

/** All there is to see, for the people who look after a program. */
export interface StrategyInspection extends SharedStrategy {
  pendingReady: boolean
  /** How old the last confirmation of the active strategy is, in milliseconds. */
  checkedAgoMs: number | undefined
  inFlight: Record<Strategy, number>
  /** The queries that run on this host, with the process of each where it is another than this one. */
  queries: { queryId: string; strategy: Strategy; pid: number | undefined; idleMs: number }[]
  /** The last time the strategy in use turned a call away. */
  lastMismatch: { strategy: Strategy; agoMs: number } | undefined
  /** What happened to the strategy in the last minutes, in any program of this host, oldest first. */
  recent: StrategyChange[]
  /** Calls of this process that wait for a deployment to accept them: in detection, or held because both refuse. */
  waitingCalls: number
  /** How many announced switches may follow each other now; below 1, the next has to wait (rule 10). */
  switchesAllowed: number
  /** The users of the cluster that this host knows, each by the first 32 hexadecimal digits of the SHA-256 of the name. */
  users: string[]
  /** Why the state is not shared with other processes for now; `undefined` while it is, or is not meant to be. */
  storeFailure: string | undefined
  /** How often each strategy event has happened in this process. */
  counts: Partial<Record<keyof StrategyEvents, number>>
}

/** What an inspection shows beside what the store holds. */
export type StrategyMoment = Pick<StrategyInspection, 'waitingCalls' | 'storeFailure' | 'counts'>

export function sharedStrategy(store: StrategyStore, clock: Clock): SharedStrategy {
  const state = store.read()
  const pending = pendingNow(state, clock.now())
  const toWallTime = (at: number) => clock.wallTime() - (clock.now() - at)
  return {
    activeStrategy: state.active,
    lastCheckTime: state.checkedAt === 0 ? 0 : toWallTime(state.checkedAt),
    pendingStrategy: pending?.strategy,
    queryStrategyMap: Object.fromEntries([...store.pins.all()].map(([id, pin]) => [id, pin.strategy])),
    epoch: state.epoch,
    transitionedAt: state.transitionedAt === undefined ? undefined : toWallTime(state.transitionedAt),
  }
}

export function inspectStrategy(
  store: StrategyStore,
  clock: Clock,
  limits: StrategyLimits,
  moment: StrategyMoment,
): StrategyInspection {
  const state = store.read()
  const now = clock.now()
  const queries = [...store.pins.all()].map(([queryId, { strategy, pid, lastActivityAt }]) => {
    return { queryId, strategy, pid, idleMs: Math.max(now - lastActivityAt, 0) }
  })
  const inFlight = { blue: 0, green: 0 }
  for (const { strategy } of queries) inFlight[strategy] += 1
  return {
    ...sharedStrategy(store, clock),
    pendingReady: pendingNow(state, now)?.ready ?? false,
    checkedAgoMs: state.checkedAt === 0 ? undefined : now - state.checkedAt,
    inFlight,
    queries,
    lastMismatch: state.refusal && { strategy: state.refusal.strategy, agoMs: now - state.refusal.at },
    recent: recentChanges(store.history?.() ?? [], now),
    switchesAllowed: switchesAllowed(state, now, limits),
    users: [...(store.users?.() ?? [])],
    ...moment,
  }
}
