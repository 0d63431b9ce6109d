import {
  errorType,
  type FailedTry,
  type OperationEnd,
  type OperationObserver,
  type OperationWatch,
  type QueryPlace,
  type ServerAddress,
} from './operation.ts'
import { namespaceOf, operationAttributes } from './semantic-attributes.ts'
import {
  SPAN_KIND_CLIENT,
  STATUS_ERROR,
  type TelemetryAttributes,
  type TelemetrySpan,
  type TelemetryTracer,
} from './telemetry.ts'

/** Records an operation as a span, according to the semantic conventions for database clients. */
export class OperationSpan implements OperationObserver {
  readonly #tracer: TelemetryTracer
  readonly #server: ServerAddress
  readonly #showsMessages: boolean
  #span: TelemetrySpan | undefined

  /** @param showsMessages whether the engine's messages, which quote statements, may be shown */
  constructor(tracer: TelemetryTracer, server: ServerAddress, showsMessages: boolean) {
    this.#tracer = tracer
    this.#server = server
    this.#showsMessages = showsMessages
  }

  enter<Result>({ operation }: OperationWatch, begin: () => Result): Result {
    const { address, port } = this.#server
    const target = namespaceOf(operation) ?? `${address}:${port}`
    const attributes = {
      ...operationAttributes(operation, this.#server),
      ...(operation.text === undefined ? {} : { 'db.query.text': operation.text }),
    }
    const options = { kind: SPAN_KIND_CLIENT, attributes }
    return this.#tracer.startActiveSpan(`${operation.name} ${target}`, options, (span) => {
      this.#span = span
      return begin()
    })
  }

  placed(_: OperationWatch, place: QueryPlace): void {
    this.#span?.setAttributes(placeAttributes(place))
  }

  executed(): void {
    this.#span?.addEvent('e6data.query.executed')
  }

  tryFailed(_: OperationWatch, { call, fault, strategy }: FailedTry): void {
    const name = fault === 'strategy-mismatch' ? 'e6data.strategy.mismatch' : 'e6data.call.failed'
    this.#span?.addEvent(name, {
      'e6data.call': call,
      'e6data.fault': fault,
      ...(strategy === undefined ? {} : { 'e6data.strategy': strategy }),
    })
  }

  restarted(_: OperationWatch, place: QueryPlace, reason: string): void {
    this.#span?.addEvent('e6data.query.restarted', { ...placeAttributes(place), 'e6data.reason': reason })
  }

  received(operation: OperationWatch, rows: number): void {
    if (rows > 0 && operation.rows === rows) this.#span?.addEvent('e6data.query.first_row')
  }

  ended(operation: OperationWatch, { outcome, error }: OperationEnd): void {
    const span = this.#span
    if (!span) return
    if (operation.operation.kind === 'query') {
      const { rows, bytes, restarts } = operation
      span.setAttributes({
        'db.response.returned_rows': rows,
        'e6data.response.bytes': bytes,
        'e6data.query.restarts': restarts,
        'e6data.query.outcome': outcome,
      })
    }
    if (outcome === 'failed') {
      const type = errorType(error)
      span.setAttributes({ 'error.type': type })
      const message = this.#showsMessages && error instanceof Error ? error.message : type
      span.setStatus({ code: STATUS_ERROR, message })
    }
    span.end()
  }
}

function placeAttributes({ queryId, strategy }: QueryPlace): TelemetryAttributes {
  return { 'e6data.query_id': queryId, 'e6data.strategy': strategy }
}
