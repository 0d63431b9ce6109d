import {
  errorType,
  type FailedTry,
  type Operation,
  type OperationEnd,
  type OperationObserver,
  type OperationWatch,
  type QueryPlace,
  type ServerAddress,
} from './operation.ts'
import { DURATION_BOUNDS } from './query-statistics.ts'
import { operationAttributes, serverAttributes } from './semantic-attributes.ts'
import type { TelemetryAttributes, TelemetryHistogram, TelemetryMeter, TelemetrySum } from './telemetry.ts'

/** The bounds that the semantic conventions recommend for durations of operations, in seconds. */
const CONVENTIONAL_BOUNDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

/** The bounds for row counts. */
const ROW_BOUNDS: readonly number[] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]

/** Measures operations, with names from the semantic conventions for database clients where they exist. */
export class OperationMetrics implements OperationObserver {
  readonly #server: ServerAddress
  readonly #where: TelemetryAttributes
  readonly #duration: TelemetryHistogram
  readonly #returnedRows: TelemetryHistogram
  readonly #timeToFirstRow: TelemetryHistogram
  readonly #queries: TelemetrySum
  readonly #inFlight: TelemetrySum
  readonly #rows: TelemetrySum
  readonly #bytes: TelemetrySum
  readonly #restarts: TelemetrySum
  readonly #failedTries: TelemetrySum

  constructor(meter: TelemetryMeter, server: ServerAddress) {
    this.#server = server
    this.#where = serverAttributes(server)
    this.#duration = meter.createHistogram('db.client.operation.duration', {
      description: 'Duration of database client operations, from the statement to the end of its result.',
      unit: 's',
      advice: { explicitBucketBoundaries: CONVENTIONAL_BOUNDS },
    })
    this.#returnedRows = meter.createHistogram('db.client.response.returned_rows', {
      description: 'Rows that a query returned.',
      unit: '{row}',
      advice: { explicitBucketBoundaries: ROW_BOUNDS },
    })
    this.#timeToFirstRow = meter.createHistogram('e6data.client.query.time_to_first_row', {
      description: 'Time from the statement to the first row of its result.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATION_BOUNDS },
    })
    this.#queries = meter.createCounter('e6data.client.queries', {
      description: 'Queries that have ended, by outcome.',
      unit: '{query}',
    })
    this.#inFlight = meter.createUpDownCounter('e6data.client.queries.in_flight', {
      description: 'Running queries, from prepare to clear, by strategy.',
      unit: '{query}',
    })
    this.#rows = meter.createCounter('e6data.client.rows', { description: 'Rows received.', unit: '{row}' })
    this.#bytes = meter.createCounter('e6data.client.received', {
      description: 'Result bytes received.',
      unit: 'By',
    })
    this.#restarts = meter.createCounter('e6data.client.query.restarts', {
      description: 'Queries restarted transparently.',
      unit: '{restart}',
    })
    this.#failedTries = meter.createCounter('e6data.client.failed_tries', {
      description: 'Failed tries of calls, by fault; most are retried transparently.',
      unit: '{try}',
    })
  }

  placed(_: OperationWatch, { strategy }: QueryPlace, before: QueryPlace | undefined): void {
    if (before) this.#inFlight.add(-1, { ...this.#where, 'e6data.strategy': before.strategy })
    this.#inFlight.add(1, { ...this.#where, 'e6data.strategy': strategy })
  }

  tryFailed(_: OperationWatch, { call, fault }: FailedTry): void {
    this.#failedTries.add(1, { ...this.#where, 'e6data.call': call, 'e6data.fault': fault })
  }

  restarted(): void {
    this.#restarts.add(1, this.#where)
  }

  received(_: OperationWatch, rows: number, bytes: number): void {
    this.#rows.add(rows, this.#where)
    this.#bytes.add(bytes, this.#where)
  }

  ended({ operation, place, rows, timeToFirstRowMs }: OperationWatch, end: OperationEnd): void {
    const attributes = this.#attributesOf(operation, place, end)
    this.#duration.record(end.durationMs / 1000, attributes)
    if (operation.kind !== 'query') return
    this.#queries.add(1, { ...attributes, 'e6data.query.outcome': end.outcome })
    this.#returnedRows.record(rows, attributes)
    if (timeToFirstRowMs !== undefined) this.#timeToFirstRow.record(timeToFirstRowMs / 1000, attributes)
    if (place) this.#inFlight.add(-1, { ...this.#where, 'e6data.strategy': place.strategy })
  }

  #attributesOf(operation: Operation, place: QueryPlace | undefined, { outcome, error }: OperationEnd) {
    return {
      ...operationAttributes(operation, this.#server),
      ...(place ? { 'e6data.strategy': place.strategy } : {}),
      ...(outcome === 'failed' ? { 'error.type': errorType(error) } : {}),
    }
  }
}
