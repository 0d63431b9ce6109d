import type { StrategyEvents } from '../observability/events.ts'
import type { Clock } from '../time/clock.ts'
import type { Strategy } from '../types/strategy.ts'
import { recentChanges, type StrategyChange } from './recent-changes.ts'
import { pendingNow, type StrategyLimits, switchesAllowed } from './strategy-state.ts'
import type { StrategyStore } from './strategy-store.ts'

/** A snapshot of the shared state, in the terms of the API reference. Times are wall-clock milliseconds since 1970. */
export interface SharedStrategy {
  activeStrategy: Strategy | undefined
  /** 0 when the strategy was never checked, or was cleared. */
  lastCheckTime: number
  pendingStrategy: Strategy | undefined
  queryStrategyMap: Record<string, Strategy>
  epoch: number
  transitionedAt: number | undefined
}

/** The full state, for the operators of a program. */
export interface StrategyInspection extends SharedStrategy {
  pendingReady: boolean
  /** The age of the last confirmation of the active strategy, in milliseconds. */
  checkedAgoMs: number | undefined
  inFlight: Record<Strategy, number>
  /** The queries on this host, with the process id of each that belongs to another process. */
  queries: { queryId: string; strategy: Strategy; pid: number | undefined; idleMs: number }[]
  /** The last refusal of new work by the active strategy. */
  lastMismatch: { strategy: Strategy; agoMs: number } | undefined
  /** The changes of the strategy in the last minutes, by any program on this host, oldest first. */
  recent: StrategyChange[]
  /** The calls of this process that wait for a deployment to accept them: in detection, or held because both refuse. */
  waitingCalls: number
  /** The number of announced switches allowed now; below 1, the next one must wait (rule 10). */
  switchesAllowed: number
  /**
   * The users of the cluster known on this host, each as the first 32 hexadecimal digits of the SHA-256 of the name.
   */
  users: string[]
  /** The reason why the state is not shared with other processes; `undefined` while it is, or is not meant to be. */
  storeFailure: string | undefined
  /** The number of times each strategy event has happened in this process. */
  counts: Partial<Record<keyof StrategyEvents, number>>
}

/** The facts in an inspection that the store does not hold. */
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
