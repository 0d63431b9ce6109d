import type { StrategyEvents } from './events.ts'
import type { HistogramSnapshot } from './histogram.ts'
import type { PoolStatistics } from './pool-statistics.ts'
import type { QueryStatistics } from './query-statistics.ts'
import { STRATEGY_COUNTERS } from './strategy-counters.ts'

export type Labels = Readonly<Record<string, string>>

/** One metric with all its series, independent of the output format. */
export interface MetricFamily {
  readonly name: string
  readonly about: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly { readonly labels: Labels; readonly value: number | HistogramSnapshot }[]
}

/** The part of a strategy manager's inspection that is read. */
export interface StrategyStatistics {
  readonly activeStrategy: string | undefined
  readonly pendingStrategy: string | undefined
  readonly pendingReady: boolean
  readonly epoch: number
  readonly inFlight: Readonly<Record<string, number>>
  readonly waitingCalls: number
  readonly counts: Readonly<Partial<Record<keyof StrategyEvents, number>>>
}

type Row = readonly [name: string, kind: 'counter' | 'gauge', about: string, values: Values]
/** One value, or one per value of a label. */
type Values = number | { readonly by: string; readonly of: Readonly<Record<string, number>> }

const STRATEGIES: readonly string[] = ['blue', 'green']

export function queryFamilies(statistics: QueryStatistics): MetricFamily[] {
  const { ended, failures, inFlight, restarts, failedTries, rows, bytes, logins } = statistics
  return [
    ...familiesOf([
      ['queries_total', 'counter', 'Queries that have ended, by outcome.', { by: 'outcome', of: ended }],
      ['query_failures_total', 'counter', 'Queries that failed, by error code.', { by: 'code', of: failures }],
      ['queries_in_flight', 'gauge', 'Running queries, from prepare to clear.', { by: 'strategy', of: inFlight }],
      ['query_restarts_total', 'counter', 'Queries restarted transparently.', restarts],
      ['failed_tries_total', 'counter', 'Failed tries of calls; most are retried.', { by: 'fault', of: failedTries }],
      ['rows_received_total', 'counter', 'Rows received.', rows],
      ['result_bytes_received_total', 'counter', 'Result bytes received.', bytes],
      ['logins_total', 'counter', 'Sessions opened.', logins],
    ]),
    histogramOf(
      'query_duration_seconds',
      'Time from the statement to the end of the query.',
      statistics.durationSeconds,
    ),
    histogramOf(
      'query_time_to_first_row_seconds',
      'Time from the statement to the first row, of queries that had one.',
      statistics.timeToFirstRowSeconds,
    ),
  ]
}

export function strategyFamilies(statistics: StrategyStatistics): MetricFamily[] {
  const { activeStrategy, pendingStrategy, pendingReady, epoch, inFlight, waitingCalls, counts } = statistics
  const isThe = (one: string | undefined) => ({
    by: 'strategy',
    of: Object.fromEntries(STRATEGIES.map((strategy) => [strategy, Number(strategy === one)])),
  })
  const events = Object.keys(STRATEGY_COUNTERS) as (keyof StrategyEvents)[]
  return familiesOf([
    ['strategy_active', 'gauge', 'Whether the strategy is active.', isThe(activeStrategy)],
    ['strategy_pending', 'gauge', 'Whether the strategy is announced.', isThe(pendingStrategy)],
    ['strategy_pending_ready', 'gauge', 'Whether the announced strategy accepts work.', Number(pendingReady)],
    ['strategy_epoch', 'gauge', 'Number that grows with each change of the active strategy.', epoch],
    ['strategy_host_queries', 'gauge', 'Queries known on this host.', { by: 'strategy', of: inFlight }],
    ['strategy_waiting_calls', 'gauge', 'Calls waiting for a deployment to accept them.', waitingCalls],
    ...events.map((event): Row => {
      const { name, about } = STRATEGY_COUNTERS[event]
      return [`strategy_${name}_total`, 'counter', about, counts[event] ?? 0]
    }),
  ])
}

export function poolFamilies(statistics: PoolStatistics): MetricFamily[] {
  const { idle, borrowed, checking, connecting, max, waiting } = statistics
  const { connects, failedConnects, failedChecks, disconnects, acquires, timeouts, waitedMs } = statistics
  const places = { idle, borrowed, checking, connecting }
  return familiesOf([
    ['pool_connections', 'gauge', 'Connections, by state.', { by: 'state', of: places }],
    ['pool_max_connections', 'gauge', 'Maximum number of connections.', max],
    ['pool_waiting_callers', 'gauge', 'Callers waiting for a connection.', waiting],
    ['pool_acquires_total', 'counter', 'Connections borrowed.', acquires],
    ['pool_wait_seconds_total', 'counter', 'Time callers have waited for a connection.', waitedMs.total / 1000],
    ['pool_timeouts_total', 'counter', 'Callers that timed out waiting for a connection.', timeouts],
    ['pool_connects_total', 'counter', 'Connections opened.', connects],
    ['pool_failed_connects_total', 'counter', 'Connections that could not be opened.', failedConnects],
    ['pool_failed_checks_total', 'counter', 'Idle connections that no longer worked.', failedChecks],
    ['pool_disconnects_total', 'counter', 'Connections that left the pool.', disconnects],
  ])
}

function familiesOf(rows: readonly Row[]): MetricFamily[] {
  return rows.map(([name, kind, about, values]) => ({
    name: `e6data_${name}`,
    kind,
    about,
    samples: samplesOf(values),
  }))
}

function samplesOf(values: Values): MetricFamily['samples'] {
  if (typeof values === 'number') return [{ labels: {}, value: values }]
  return Object.entries(values.of).map(([label, value]) => ({ labels: { [values.by]: label }, value }))
}

function histogramOf(name: string, about: string, value: HistogramSnapshot): MetricFamily {
  return { name: `e6data_${name}`, kind: 'histogram', about, samples: [{ labels: {}, value }] }
}
