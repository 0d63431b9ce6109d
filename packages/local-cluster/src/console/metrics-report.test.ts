import { expect, test } from 'vitest'
import { MetricsReporter, NoMetricsError } from './metrics-report.ts'
import { parsePrometheusText } from './prometheus-text.ts'

const ADDRESS = new URL('http://127.0.0.1:9464/metrics')

function exposed(finished: number, active: 'blue' | 'green', fast: number): string {
  return `# HELP e6data_queries_total Queries that have ended, by outcome.
# TYPE e6data_queries_total counter
e6data_queries_total{outcome="finished"} ${finished}
e6data_queries_total{outcome="failed"} 2
e6data_queries_in_flight{strategy="blue"} 1
e6data_queries_in_flight{strategy="green"} 3
e6data_query_restarts_total 1
e6data_logins_total 4
e6data_query_time_to_first_row_seconds_bucket{le="0.01"} ${fast}
e6data_query_time_to_first_row_seconds_bucket{le="0.1"} ${fast}
e6data_query_time_to_first_row_seconds_bucket{le="+Inf"} ${fast}
e6data_strategy_active{strategy="blue"} ${Number(active === 'blue')}
e6data_strategy_active{strategy="green"} ${Number(active === 'green')}
e6data_strategy_pending{strategy="blue"} 0
e6data_strategy_pending{strategy="green"} 1
e6data_strategy_pending_ready 1
e6data_strategy_epoch 5
e6data_strategy_waiting_calls 6
e6data_strategy_mismatches_total 7
some_other_metric{text="a \\"quoted\\" \\\\ text,\\nnext"} 1e3
`
}

test('reads the state of a program from its Prometheus metrics', () => {
  const reporter = new MetricsReporter(ADDRESS)
  expect(reporter.report(exposed(10, 'blue', 10))).toMatchObject({
    name: '127.0.0.1:9464',
    active: 'blue',
    pending: 'green',
    pendingReady: true,
    epoch: 5,
    inFlight: { blue: 1, green: 3 },
    held: 6,
    totals: { ended: { blue: 10, green: 0 }, failed: 2, restarted: 1, authenticate: 4, refused: 7 },
    latenciesMs: [],
    happened: [],
  })
})

test('counts queries for the active strategy, reads latencies from the buckets, and detects a switch', () => {
  const reporter = new MetricsReporter(ADDRESS)
  reporter.report(exposed(10, 'blue', 10))
  const { totals, latenciesMs, happened } = reporter.report(exposed(14, 'green', 12))
  expect(totals.ended).toEqual({ blue: 10, green: 4 })
  expect(latenciesMs).toEqual([2.5, 7.5])
  expect(happened).toMatchObject([{ kind: 'moved', strategy: 'green' }])
})

test('refuses a page that exposes no e6data metrics', () => {
  expect(() => new MetricsReporter(ADDRESS).report('<html>')).toThrow(NoMetricsError)
})

test('labels may contain quotes, backslashes and line breaks', () => {
  expect(parsePrometheusText(exposed(1, 'blue', 1)).at(-1)).toEqual({
    name: 'some_other_metric',
    labels: { text: 'a "quoted" \\ text,\nnext' },
    value: 1000,
  })
})
