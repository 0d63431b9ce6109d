import type { ConnectionEvents, EventHub } from './events.ts'
import type { Logger } from './logger.ts'
import {
  errorType,
  type OperationEnd,
  type OperationObserver,
  type OperationWatch,
  type QueryPlace,
} from './operation.ts'

/** Converts the progress of a connection's queries to typed events and log lines. */
export class QueryEvents implements OperationObserver {
  readonly #events: EventHub<ConnectionEvents>
  readonly #logger: Logger

  constructor(events: EventHub<ConnectionEvents>, logger: Logger) {
    this.#events = events
    this.#logger = logger
  }

  executed(_: OperationWatch, place: QueryPlace): void {
    this.#events.emit('query:started', place)
  }

  restarted(_: OperationWatch, place: QueryPlace, reason: string): void {
    const facts = { ...place, reason }
    this.#events.emit('query:restarted', facts)
    this.#logger.info(facts, 'query restarted')
  }

  ended(query: OperationWatch, { outcome, durationMs, error }: OperationEnd): void {
    if (query.operation.kind !== 'query') return
    const { place, rows, bytes, timeToFirstRowMs } = query
    if (outcome === 'failed') {
      const facts = { queryId: place?.queryId, strategy: place?.strategy, code: errorType(error) }
      this.#events.emit('query:failed', facts)
      this.#logger.debug({ ...facts, durationMs }, 'query failed')
    }
    if (!place || !query.isExecuted) return
    const { queryId, strategy } = place
    const facts = { queryId, strategy, outcome, rows, bytes, durationMs, timeToFirstRowMs }
    this.#events.emit('query:finished', facts)
    this.#logger.debug(facts, 'query finished')
  }
}
