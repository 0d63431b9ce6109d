import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { failureOf, localTest, ORDERS } from '../../test/local.ts'
import { connect, createPool } from '../connect.ts'

const SQL = 'SELECT order_id FROM orders WHERE quantity > ?'
const SECRET_VALUE = 3

const exporter = new InMemorySpanExporter()
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('test')

/** A meter of OpenTelemetry's SDK, and its measurements so far, by instrument. */
function measuring() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const provider = new MeterProvider({ readers: [reader] })
  const collect = async () => {
    const { resourceMetrics, errors } = await reader.collect()
    expect(errors).toEqual([])
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)
    return Object.fromEntries(all.map(({ descriptor, dataPoints }) => [descriptor.name, { ...descriptor, dataPoints }]))
  }
  return { meter: provider.getMeter('test'), collect, close: () => provider.shutdown() }
}

const spans = () => exporter.getFinishedSpans()
const named = (name: string) => spans().find((span) => span.name === name)

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

afterEach(() => exporter.reset())
afterAll(() => context.disable())

describe('spans', () => {
  const local = localTest()

  it('follow the conventions for database clients, and show neither statement nor values', async () => {
    const connection = await local.connection({ telemetry: { tracer } })
    const { queryId, rowCount } = await connection.query(SQL, { params: [SECRET_VALUE] })
    const [span] = spans()
    expect(span).toMatchObject({
      name: 'SELECT local|retail',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'db.system.name': 'e6data',
        'db.namespace': 'local|retail',
        'db.operation.name': 'SELECT',
        'db.response.returned_rows': rowCount,
        'server.address': local.cluster.host,
        'server.port': local.cluster.port,
        'e6data.strategy': 'blue',
        'e6data.query_id': queryId,
        'e6data.query.outcome': 'finished',
        'e6data.query.restarts': 0,
      },
    })
    expect(span?.attributes['e6data.response.bytes']).toBeGreaterThan(0)
    expect(span?.events.map(({ name }) => name)).toEqual(['e6data.query.executed', 'e6data.query.first_row'])
    expect(JSON.stringify([span?.attributes, span?.events])).not.toMatch(/quantity|order_id/)
  })

  it('of a connection that names no catalog are named by the server', async () => {
    const { host, port, username, password } = local.cluster
    const connection = await connect({
      host,
      port,
      username,
      password,
      telemetry: { tracer },
      strategyStore: 'process',
    })
    await connection.query('SELECT 1')
    await connection.close()
    expect(spans()[0]?.name).toBe(`SELECT ${host}:${port}`)
    expect(spans()[0]?.attributes).not.toHaveProperty('db.namespace')
  })

  it('show the statement as it was written when asked to, never the values it was run with', async () => {
    const connection = await local.connection({ telemetry: { tracer, captureText: true } })
    await connection.query(SQL, { params: [SECRET_VALUE], queryTags: { team: 'sales' } })
    expect(spans()[0]?.attributes['db.query.text']).toBe(SQL)
  })

  it("are children of the program's span, and parents of the spans within the query", async () => {
    const connection = await local.connection({ telemetry: { tracer } })
    const parents: (string | undefined)[] = []
    connection.on('query:started', () => parents.push(trace.getActiveSpan()?.spanContext().spanId))
    connection.on('query:finished', () => parents.push(trace.getActiveSpan()?.spanContext().spanId))
    await tracer.startActiveSpan('the program', async (program) => {
      for await (const _ of connection.stream(SQL, { params: [SECRET_VALUE] })) {
        expect(trace.getActiveSpan()).toBe(program)
        break
      }
      program.end()
    })
    const [query, program] = [named('SELECT local|retail'), named('the program')]
    expect(query?.parentSpanContext?.spanId).toBe(program?.spanContext().spanId)
    expect(parents[0]).toBe(query?.spanContext().spanId)
    expect(query?.attributes['e6data.query.outcome']).toBe('left')
  })

  it('show a failure by its code; the message, which quotes the statement, only when asked to', async () => {
    const discreet = await local.connection({ telemetry: { tracer } })
    await failureOf(discreet.query('SELECT secret_column FROM orders'))
    expect(spans()[0]).toMatchObject({
      attributes: { 'error.type': 'E6_QUERY_FAILED', 'db.operation.name': 'SELECT' },
      status: { code: SpanStatusCode.ERROR, message: 'E6_QUERY_FAILED' },
    })
    expect(JSON.stringify([spans()[0]?.attributes, spans()[0]?.status, spans()[0]?.events])).not.toContain('secret')
    exporter.reset()
    const open = await local.connection({ telemetry: { tracer, captureText: true } })
    await failureOf(open.query('SELECT secret_column FROM orders'))
    expect(spans()[0]?.status.message).toContain('secret_column')
  })

  it('show an abort and a timeout as what they are', async () => {
    const connection = await local.connection({ telemetry: { tracer } })
    local.cluster.inject({ method: 'getNextResultBatch', fault: { kind: 'hold' } })
    await failureOf(connection.query('SELECT * FROM orders', { timeoutMs: 50 }))
    local.cluster.clearFaults()
    const held = local.cluster.inject({ method: 'getNextResultBatch', fault: { kind: 'hold' } })
    const abort = new AbortController()
    const reading = failureOf(connection.query('SELECT * FROM orders', { signal: abort.signal }))
    await held.whenHolding()
    abort.abort()
    await reading
    expect(spans().map(({ attributes }) => attributes['error.type'])).toEqual(['E6_TIMEOUT', 'E6_ABORTED'])
  })

  it('report mismatches and restarts as events', async () => {
    const connection = await local.connection({ telemetry: { tracer }, pinnedRefusalPatienceMs: 0 })
    local.cluster.inject({ method: 'getNextResultBatch', fault: { kind: 'http-status', status: 456 } })
    const { queryId, rowCount } = await connection.query('SELECT * FROM orders')
    const [span] = spans()
    expect(rowCount).toBe(ORDERS)
    expect(span?.attributes).toMatchObject({ 'e6data.query_id': queryId, 'e6data.query.restarts': 1 })
    expect(span?.events).toMatchObject([
      { name: 'e6data.query.executed' },
      {
        name: 'e6data.strategy.mismatch',
        attributes: { 'e6data.call': 'getNextResultBatch', 'e6data.strategy': 'blue' },
      },
      { name: 'e6data.query.restarted', attributes: { 'e6data.reason': 'strategy-mismatch at fetch' } },
      // The other strategy is asked first, and does not serve either.
      {
        name: 'e6data.strategy.mismatch',
        attributes: { 'e6data.call': 'authenticate', 'e6data.strategy': 'green' },
      },
      { name: 'e6data.query.executed' },
      { name: 'e6data.query.first_row' },
    ])
  })

  it('report an expired session', async () => {
    const connection = await local.connection({ telemetry: { tracer } })
    await local.cluster.expireSessions()
    await connection.getTables()
    expect(spans()).toMatchObject([
      {
        name: 'getTablesV2 local|retail',
        events: [{ name: 'e6data.call.failed', attributes: { 'e6data.fault': 'session-unknown' } }],
      },
    ])
  })

  it('a tracer that throws breaks no query', async () => {
    const broken = {
      startActiveSpan: () => {
        throw new Error('a tracer of the program')
      },
    }
    const connection = await local.connection({ telemetry: { tracer: broken } })
    expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })
})

describe('measurements', () => {
  const local = localTest()

  it('of queries have the names, units and attributes of the conventions', async () => {
    const { meter, collect, close } = measuring()
    const connection = await local.connection({ telemetry: { meter } })
    await connection.query('SELECT order_id FROM orders')
    await failureOf(connection.query('SELECT * FROM nowhere'))
    const cursor = connection.cursor()
    await cursor.execute('SELECT order_id FROM orders')
    const measured = await collect()
    expect(measured['db.client.operation.duration']).toMatchObject({
      unit: 's',
      dataPoints: [
        {
          value: { count: 1, buckets: { boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] } },
          attributes: {
            'db.system.name': 'e6data',
            'db.operation.name': 'SELECT',
            'db.namespace': 'local|retail',
            'server.address': local.cluster.host,
            'server.port': local.cluster.port,
            'e6data.strategy': 'blue',
          },
        },
        { value: { count: 1 }, attributes: { 'error.type': 'E6_QUERY_FAILED' } },
      ],
    })
    expect(measured['db.client.response.returned_rows']?.dataPoints[0]).toMatchObject({ value: { sum: ORDERS } })
    expect(measured['e6data.client.query.time_to_first_row']?.dataPoints).toMatchObject([{ value: { count: 1 } }])
    expect(measured['e6data.client.rows']?.dataPoints).toMatchObject([{ value: ORDERS }])
    expect(measured['e6data.client.received']).toMatchObject({ unit: 'By' })
    expect(measured['e6data.client.queries']?.dataPoints).toMatchObject([
      { value: 1, attributes: { 'e6data.query.outcome': 'finished' } },
      { value: 1, attributes: { 'e6data.query.outcome': 'failed', 'error.type': 'E6_QUERY_FAILED' } },
    ])
    expect(measured['e6data.client.queries.in_flight']?.dataPoints).toMatchObject([
      { value: 1, attributes: { 'e6data.strategy': 'blue' } },
    ])
    await cursor.close()
    expect((await collect())['e6data.client.queries.in_flight']?.dataPoints).toMatchObject([{ value: 0 }])
    await close()
  })

  it('of a switch are recorded once, however many connections see it', async () => {
    const { meter, collect, close } = measuring()
    const connections = await Promise.all([1, 2, 3].map(() => local.connection({ telemetry: { meter } })))
    await local.cluster.cutOver()
    await Promise.all(connections.map((connection) => connection.query('SELECT 1')))
    const [first] = connections
    const { counts } = first!.strategy.inspect()
    const measured = await collect()
    expect(measured['e6data.client.strategy.transitions']?.dataPoints).toMatchObject([
      { value: 1, attributes: { 'e6data.from': 'blue', 'e6data.to': 'green', 'e6data.cause': 'forced' } },
    ])
    expect(counts['strategy:detected']).toBe(2) // One of them happened before the measurement.
    expect(measured['e6data.client.strategy.detections']?.dataPoints).toMatchObject([{ value: 1 }])
    const mismatches = measured['e6data.client.strategy.mismatches']?.dataPoints as { value: number }[]
    expect(mismatches.reduce((sum, { value }) => sum + value, 0)).toBe(counts['strategy:mismatch'])
    expect(measured['e6data.client.strategy.waiting_calls']?.dataPoints).toMatchObject([{ value: 0 }])
    const tries = measured['e6data.client.failed_tries']?.dataPoints
    expect(tries?.[0]).toMatchObject({ attributes: { 'e6data.fault': 'strategy-mismatch' } })
    await close()
  })

  it('of a pool follow the conventions, and end with the pool', async () => {
    const { meter, collect, close } = measuring()
    const pool = createPool({ url: local.cluster.url, strategyStore: 'process', max: 2, telemetry: { meter } })
    await using lease = await pool.acquire()
    await pool.query('SELECT 1')
    const measured = await collect()
    const where = { 'db.client.connection.pool.name': `${local.cluster.host}:${local.cluster.port}/local|retail` }
    expect(measured['db.client.connection.count']?.dataPoints).toMatchObject([
      { value: 1, attributes: { ...where, 'db.client.connection.state': 'idle' } },
      { value: 1, attributes: { ...where, 'db.client.connection.state': 'used' } },
    ])
    expect(measured['db.client.connection.max']?.dataPoints).toMatchObject([{ value: 2, attributes: where }])
    expect(measured['db.client.connection.pending_requests']?.dataPoints).toMatchObject([{ value: 0 }])
    for (const [name, count] of Object.entries({ create_time: 2, wait_time: 2, use_time: 1 })) {
      const instrument = measured[`db.client.connection.${name}`]
      expect(instrument, name).toMatchObject({ unit: 's', dataPoints: [{ value: { count }, attributes: where }] })
    }
    lease.release()
    await pool.close()
    const later = await collect()
    expect(later['db.client.connection.count']?.dataPoints).toMatchObject([{ value: 0 }, { value: 0 }])
    expect(later['db.client.connection.max']?.dataPoints).toMatchObject([{ value: 2 }])
    expect(later['db.client.connection.use_time']?.dataPoints).toMatchObject([{ value: { count: 2 } }])
    await close()
  })
})
