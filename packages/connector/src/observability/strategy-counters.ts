import type { StrategyEvents } from './events.ts'

/** What an event of a cluster's strategy is counted as. */
export interface StrategyCounter<Fact extends string = string> {
  /** In snake case, as Prometheus wants it, and as the last part of OpenTelemetry's name. */
  readonly name: string
  readonly about: string
  /** Which of the event's facts tell its measurements apart; each has few values. */
  readonly by: readonly Fact[]
}

type StrategyCounters = {
  readonly [Name in keyof StrategyEvents]: StrategyCounter<keyof StrategyEvents[Name][0] & string>
}

/** The names by which strategy events are counted, in OpenTelemetry and for Prometheus alike. */
export const STRATEGY_COUNTERS: StrategyCounters = {
  'strategy:transition': {
    name: 'transitions',
    about: 'Moves from one deployment to the other, or to the first that was found.',
    by: ['from', 'to', 'cause'],
  },
  'strategy:announced': { name: 'announcements', about: 'Deployments that were announced.', by: ['strategy'] },
  'strategy:withdrawn': { name: 'withdrawals', about: 'Announcements that were taken back.', by: ['strategy'] },
  'strategy:ready': { name: 'ready', about: 'Announced deployments that ran the probe statement.', by: ['strategy'] },
  'strategy:cleared': { name: 'clears', about: 'Times the deployment in use was forgotten.', by: ['from'] },
  'strategy:detected': { name: 'detections', about: 'Times the deployment was found by asking.', by: ['strategy'] },
  'strategy:mismatch': {
    name: 'mismatches',
    about: 'Calls that a deployment turned away.',
    by: ['strategy', 'call'],
  },
  'strategy:ignored': { name: 'ignored', about: 'News of a deployment that was not followed.', by: ['reason'] },
  'strategy:held': { name: 'holds', about: 'Times calls were held because both deployments refused.', by: [] },
  'strategy:accepting': {
    name: 'reopenings',
    about: 'Times a deployment accepted again while calls were held.',
    by: ['strategy'],
  },
  'strategy:released': { name: 'releases', about: 'Times held calls were let go on.', by: ['strategy'] },
  'strategy:suspected': {
    name: 'suspicions',
    about: 'Times the deployment in use was suspected to fail.',
    by: ['strategy', 'reason'],
  },
  'strategy:checked': {
    name: 'checks',
    about: 'Checks of a suspected deployment, and what they came to.',
    by: ['strategy', 'verdict'],
  },
  'strategy:prewarm-failed': {
    name: 'prewarm_failures',
    about: 'Readiness checks of an announced deployment that failed.',
    by: ['strategy'],
  },
  'strategy:swept': {
    name: 'sweeps',
    about: 'Queries whose deployment was forgotten with them.',
    by: ['strategy', 'reason'],
  },
  'strategy:invalid': { name: 'invalid', about: 'Values given that are no strategy.', by: ['call'] },
  'strategy:store-unavailable': {
    name: 'store_failures',
    about: 'Times the state could not be shared with other processes.',
    by: [],
  },
}
