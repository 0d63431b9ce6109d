/**
 * Spans and measurements by OpenTelemetry: hand `connect` a tracer and a meter. In a service they come from
 * `trace.getTracer('…')` and `metrics.getMeter('…')` of `@opentelemetry/api`, whose SDK is set up once for the program.
 */
import assert from 'node:assert/strict'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { connect } from 'e6data-connector'

// What a service has set up already; there, exporters send to a collector instead of memory.
const spans = new InMemorySpanExporter()
const measurements = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: measurements })
const meters = new MeterProvider({ readers: [reader] })
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))

const tracer = trace.getTracer('reports')
const meter = meters.getMeter('reports')

{
  await using connection = await connect({ telemetry: { tracer, meter, captureText: true } })
  await tracer.startActiveSpan('monthly report', async (report) => {
    await connection.query('SELECT region, sum(amount) FROM orders WHERE quantity > ? GROUP BY region', { params: [3] })
    report.end()
  })
}

const [query, report] = spans.getFinishedSpans()
console.log(query?.name, query?.attributes)
assert.equal(query?.parentSpanContext?.spanId, report?.spanContext().spanId)
assert.equal(query?.attributes['db.response.returned_rows'], 8)

await reader.forceFlush()
const [exported] = measurements.getMetrics()
const names = exported?.scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name))
console.log(names)
assert.ok(names?.includes('db.client.operation.duration'))
await meters.shutdown()
