import { describe, expect, it } from 'vitest'
import { failureOf, localTest, ORDERS } from '../../test/local.ts'
import { parseExposition } from '../../test/prometheus-exposition.ts'
import { createPool } from '../connect.ts'
import { type ConnectionEvents, EventHub } from './events.ts'
import { silentLogger } from './logger.ts'
import { OperationWatch } from './operation.ts'
import { type MetricsSource, prometheusText } from './prometheus.ts'
import { QueryRecorder } from './query-statistics.ts'

const strategyOf = (epoch: number) => ({
  inspect: () => ({
    activeStrategy: 'blue',
    pendingStrategy: undefined,
    pendingReady: false,
    epoch,
    inFlight: { blue: 0, green: 0 },
    waitingCalls: 0,
    counts: { 'strategy:mismatch': 3 },
  }),
})

/** A connection whose queries took these times, in milliseconds. */
function connectionWith(durations: readonly number[], strategy = strategyOf(1)): MetricsSource {
  const recorder = new QueryRecorder()
  let now = 0
  for (const duration of durations) {
    const operation = { kind: 'query', name: 'SELECT' } as const
    const watch = new OperationWatch(operation, { observers: [recorder], now: () => now, logger: silentLogger })
    now += duration
    watch.end('finished')
  }
  return { strategy, queryStatistics: () => recorder.statistics() }
}

describe('the text for Prometheus', () => {
  it('counts durations in buckets that hold all shorter ones, in seconds', () => {
    const { samples, types } = parseExposition(prometheusText(connectionWith([4, 5, 7, 400_000])))
    expect(types.get('e6data_query_duration_seconds')).toBe('histogram')
    const bucket = (le: string) => samples.get(`e6data_query_duration_seconds_bucket{le="${le}"}`)
    expect([bucket('0.001'), bucket('0.005'), bucket('0.01'), bucket('300'), bucket('+Inf')]).toEqual([0, 2, 3, 3, 4])
    expect(samples.get('e6data_query_duration_seconds_count')).toBe(4)
    expect(samples.get('e6data_query_duration_seconds_sum')).toBeCloseTo(400.016)
  })

  it('adds up connections, and counts shared state once', () => {
    const strategy = strategyOf(7)
    const sources = [connectionWith([1, 1], strategy), connectionWith([1], strategy)]
    const { samples } = parseExposition(prometheusText(sources))
    expect(samples.get('e6data_queries_total{outcome="finished"}')).toBe(3)
    expect(samples.get('e6data_query_duration_seconds_bucket{le="+Inf"}')).toBe(3)
    expect(samples.get('e6data_strategy_epoch')).toBe(7)
    expect(samples.get('e6data_strategy_mismatches_total')).toBe(3)
    expect(samples.get('e6data_strategy_active{strategy="blue"}')).toBe(1)
    expect(samples.get('e6data_strategy_active{strategy="green"}')).toBe(0)
  })

  it('keeps sources with labels of their own apart', () => {
    const { samples } = parseExposition(
      prometheusText([
        { source: connectionWith([1], strategyOf(1)), labels: { cluster: 'a' } },
        { source: connectionWith([1, 1], strategyOf(2)), labels: { cluster: 'b' } },
      ]),
    )
    expect(samples.get('e6data_queries_total{cluster="a",outcome="finished"}')).toBe(1)
    expect(samples.get('e6data_queries_total{cluster="b",outcome="finished"}')).toBe(2)
    expect(samples.get('e6data_strategy_epoch{cluster="b"}')).toBe(2)
  })

  it('survives any label: names are made valid, values are escaped', () => {
    const labels = { '1 näme': 'a "quote", a \\ and a\nnew line', '': 'x' }
    const text = prometheusText([{ source: connectionWith([1]), labels }])
    expect(text).toContain('{_1_n_me="a \\"quote\\", a \\\\ and a\\nnew line",_="x"}')
    expect(() => parseExposition(text)).not.toThrow()
  })
})

describe('what is scraped', () => {
  const local = localTest()

  it('from a connection: its queries and the strategy', async () => {
    const connection = await local.connection()
    await connection.query('SELECT * FROM orders')
    await failureOf(connection.query('SELECT * FROM nowhere'))
    await using cursor = connection.cursor()
    await cursor.execute('SELECT * FROM orders')
    local.cluster.inject({ method: 'getTablesV2', fault: { kind: 'http-status', status: 456 } })
    await connection.getTables()
    const { samples } = parseExposition(prometheusText(connection))
    expect(Object.fromEntries(samples)).toMatchObject({
      'e6data_queries_total{outcome="finished"}': 1,
      'e6data_queries_total{outcome="failed"}': 1,
      'e6data_query_failures_total{code="E6_QUERY_FAILED"}': 1,
      'e6data_queries_in_flight{strategy="blue"}': 1,
      'e6data_failed_tries_total{fault="strategy-mismatch"}': 1,
      e6data_rows_received_total: ORDERS,
      e6data_logins_total: 2,
      e6data_query_time_to_first_row_seconds_count: 1,
      e6data_strategy_mismatches_total: 1,
      'e6data_strategy_host_queries{strategy="blue"}': 1,
    })
    expect(connection.queryStatistics()).toMatchObject({ ended: { finished: 1, left: 0, failed: 1 }, rows: ORDERS })
  })

  it('from a pool: includes closed connections, and the state of the others', async () => {
    await using pool = createPool({ url: local.cluster.url, strategyStore: 'process', max: 3 })
    await pool.withConnection(async (connection) => {
      await connection.query('SELECT 1')
      await connection.close()
    })
    await using _ = await pool.acquire()
    await pool.query('SELECT 1')
    const { samples } = parseExposition(prometheusText(pool))
    expect(Object.fromEntries(samples)).toMatchObject({
      'e6data_queries_total{outcome="finished"}': 2,
      'e6data_pool_connections{state="borrowed"}': 1,
      'e6data_pool_connections{state="idle"}': 1,
      e6data_pool_max_connections: 3,
      e6data_pool_connects_total: 3,
      e6data_pool_disconnects_total: 1,
      e6data_pool_acquires_total: 3,
    })
    expect(pool.strategy.getActiveStrategy()).toBe('blue')
  })

  it('from a manager alone: the strategy', async () => {
    const connection = await local.connection()
    const { samples } = parseExposition(prometheusText(connection.strategy))
    expect(samples.get('e6data_strategy_active{strategy="blue"}')).toBe(1)
    expect([...samples.keys()].filter((name) => !name.startsWith('e6data_strategy_'))).toEqual([])
  })
})

it('an in-flight gauge follows a query that is run again elsewhere', () => {
  const recorder = new QueryRecorder()
  const operation = { kind: 'query', name: 'SELECT' } as const
  const watch = new OperationWatch(operation, { observers: [recorder], now: () => 0, logger: silentLogger })
  watch.placed({ queryId: 'a', strategy: 'blue' })
  watch.restarted('mismatch')
  watch.placed({ queryId: 'b', strategy: 'green' })
  expect(recorder.statistics().inFlight).toEqual({ blue: 0, green: 1 })
  watch.end('left')
  expect(recorder.statistics()).toMatchObject({ inFlight: { blue: 0, green: 0 }, restarts: 1, ended: { left: 1 } })
})

it('logins are counted from the events of a connection', () => {
  const recorder = new QueryRecorder()
  const hub = new EventHub<ConnectionEvents>(silentLogger)
  recorder.listenTo(hub)
  hub.emit('session:opened', { strategy: 'blue' })
  expect(recorder.statistics().logins).toBe(1)
})
