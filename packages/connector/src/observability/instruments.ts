import { QueryTrace, queriesAreTraced } from './channels.ts'
import type { Logger } from './logger.ts'
import { type Operation, type OperationObserver, OperationWatch, type ServerAddress } from './operation.ts'
import { OperationSpan } from './operation-span.ts'
import type { Telemetry } from './telemetry.ts'

export interface InstrumentParts {
  /** The observers of every operation of the connection. */
  readonly observers: readonly OperationObserver[]
  readonly telemetry: Pick<Telemetry, 'tracer' | 'captureText'>
  readonly server: ServerAddress
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly logger: Logger
}

/** Combines the observers of an operation: shared ones, and those created for each operation. */
export class Instruments {
  readonly #parts: InstrumentParts

  constructor(parts: InstrumentParts) {
    this.#parts = parts
  }

  watch(operation: Operation): OperationWatch {
    const { observers, telemetry, server, now, logger } = this.#parts
    const { tracer, captureText = false } = telemetry
    const shown = captureText ? operation : { ...operation, text: undefined }
    const own: OperationObserver[] = []
    if (tracer) own.push(new OperationSpan(tracer, server, captureText))
    if (shown.kind === 'query' && queriesAreTraced()) own.push(new QueryTrace(shown, server))
    return new OperationWatch(shown, { observers: own.length > 0 ? [...observers, ...own] : observers, now, logger })
  }
}
