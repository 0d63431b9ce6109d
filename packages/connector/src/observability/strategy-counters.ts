import type { StrategyEvents } from './events.ts'

/** The counter of a strategy event. */
export interface StrategyCounter<Fact extends string = string> {
  /** The name in snake case, for Prometheus and as the last part of the OpenTelemetry name. */
  readonly name: string
  readonly about: string
  /** The facts of the event that become labels; each has few values. */
  readonly by: readonly Fact[]
}

type StrategyCounters = {
  readonly [Name in keyof StrategyEvents]: StrategyCounter<keyof StrategyEvents[Name][0] & string>
}

/** The counters of strategy events, in OpenTelemetry and Prometheus. */
export const STRATEGY_COUNTERS: StrategyCounters = {
  'strategy:transition': {
    name: 'transitions',
    about: 'Switches from one strategy to the other, or to the first one found.',
    by: ['from', 'to', 'cause'],
  },
  'strategy:announced': { name: 'announcements', about: 'Strategies announced.', by: ['strategy'] },
  'strategy:withdrawn': { name: 'withdrawals', about: 'Announcements withdrawn.', by: ['strategy'] },
  'strategy:ready': { name: 'ready', about: 'Announced strategies that ran the probe statement.', by: ['strategy'] },
  'strategy:cleared': { name: 'clears', about: 'Times the active strategy was cleared.', by: ['from'] },
  'strategy:detected': { name: 'detections', about: 'Times detection found the strategy.', by: ['strategy'] },
  'strategy:mismatch': {
    name: 'mismatches',
    about: 'Calls that a deployment refused.',
    by: ['strategy', 'call'],
  },
  'strategy:ignored': { name: 'ignored', about: 'Announcements that were not followed.', by: ['reason'] },
  'strategy:held': { name: 'holds', about: 'Times calls were held because both deployments refused.', by: [] },
  'strategy:accepting': {
    name: 'reopenings',
    about: 'Times a deployment accepted again while calls were held.',
    by: ['strategy'],
  },
  'strategy:released': { name: 'releases', about: 'Times held calls were released.', by: ['strategy'] },
  'strategy:suspected': {
    name: 'suspicions',
    about: 'Times the active strategy was suspected to fail.',
    by: ['strategy', 'reason'],
  },
  'strategy:checked': {
    name: 'checks',
    about: 'Checks of a suspected strategy, by outcome.',
    by: ['strategy', 'verdict'],
  },
  'strategy:prewarm-failed': {
    name: 'prewarm_failures',
    about: 'Failed readiness checks of an announced strategy.',
    by: ['strategy'],
  },
  'strategy:swept': {
    name: 'sweeps',
    about: 'Queries whose pinned strategy was dropped.',
    by: ['strategy', 'reason'],
  },
  'strategy:invalid': { name: 'invalid', about: 'Values that are not a strategy.', by: ['call'] },
  'strategy:store-unavailable': {
    name: 'store_failures',
    about: 'Times the state could not be shared with other processes.',
    by: [],
  },
}
