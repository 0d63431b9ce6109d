import type { Strategy } from '../types/strategy.ts'
import type { ConnectionEvents, EventHub } from './events.ts'
import { Histogram, type HistogramSnapshot } from './histogram.ts'
import {
  errorType,
  type FailedTry,
  type OperationEnd,
  type OperationObserver,
  type OperationOutcome,
  type OperationWatch,
  type QueryPlace,
} from './operation.ts'

/** The totals of the queries on a connection, or on all connections of a pool. */
export interface QueryStatistics {
  /** Ended queries by outcome: read to the end, released before that, or failed. */
  readonly ended: Readonly<Record<OperationOutcome, number>>
  /** Failed queries, by error code. */
  readonly failures: Readonly<Record<string, number>>
  /** Running queries, from prepare to clear, by strategy. */
  readonly inFlight: Readonly<Record<Strategy, number>>
  /** Queries that were restarted transparently. */
  readonly restarts: number
  /** Failed tries of calls, by fault; most were retried transparently. */
  readonly failedTries: Readonly<Record<string, number>>
  readonly rows: number
  /** The result bytes received from the engine. */
  readonly bytes: number
  readonly logins: number
  /** The time from the statement to the end of the query, in seconds. */
  readonly durationSeconds: HistogramSnapshot
  /** The time from the statement to the first row, in seconds, of queries that had one. */
  readonly timeToFirstRowSeconds: HistogramSnapshot
}

/** The upper bounds of durations in seconds: from a lookup to a report that takes minutes. */
export const DURATION_BOUNDS: readonly number[] = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
]

/** Counts queries, for a connection or for all connections of a pool. */
export class QueryRecorder implements OperationObserver {
  readonly #ended: Record<OperationOutcome, number> = { finished: 0, left: 0, failed: 0 }
  readonly #failures = new Map<string, number>()
  readonly #failedTries = new Map<string, number>()
  readonly #inFlight: Record<Strategy, number> = { blue: 0, green: 0 }
  readonly #duration = new Histogram(DURATION_BOUNDS)
  readonly #timeToFirstRow = new Histogram(DURATION_BOUNDS)
  readonly #totals = { restarts: 0, rows: 0, bytes: 0, logins: 0 }

  /** Counts the facts that a connection reports only as events. */
  listenTo(events: EventHub<ConnectionEvents>): void {
    events.on('session:opened', () => {
      this.#totals.logins += 1
    })
  }

  statistics(): QueryStatistics {
    return {
      ended: { ...this.#ended },
      failures: Object.fromEntries(this.#failures),
      inFlight: { ...this.#inFlight },
      failedTries: Object.fromEntries(this.#failedTries),
      ...this.#totals,
      durationSeconds: this.#duration.snapshot(),
      timeToFirstRowSeconds: this.#timeToFirstRow.snapshot(),
    }
  }

  placed(_: OperationWatch, place: QueryPlace, before: QueryPlace | undefined): void {
    if (before) this.#inFlight[before.strategy] -= 1
    this.#inFlight[place.strategy] += 1
  }

  tryFailed(_: OperationWatch, { fault }: FailedTry): void {
    add(this.#failedTries, fault)
  }

  restarted(): void {
    this.#totals.restarts += 1
  }

  received(_: OperationWatch, rows: number, bytes: number): void {
    this.#totals.rows += rows
    this.#totals.bytes += bytes
  }

  ended({ operation, place, timeToFirstRowMs }: OperationWatch, { outcome, durationMs, error }: OperationEnd): void {
    if (operation.kind !== 'query') return
    if (place) this.#inFlight[place.strategy] -= 1
    this.#ended[outcome] += 1
    if (outcome === 'failed') add(this.#failures, errorType(error))
    this.#duration.record(durationMs / 1000)
    if (timeToFirstRowMs !== undefined) this.#timeToFirstRow.record(timeToFirstRowMs / 1000)
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
