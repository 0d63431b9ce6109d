/** The value of an attribute. */
export type TelemetryValue = string | number | boolean

/** The attributes of a span or a measurement. */
export type TelemetryAttributes = Record<string, TelemetryValue>

/** The part of an OpenTelemetry span that is used. */
export interface TelemetrySpan {
  setAttributes(attributes: TelemetryAttributes): unknown
  addEvent(name: string, attributes?: TelemetryAttributes): unknown
  /** `code` 2 is an error. */
  setStatus(status: { code: number; message?: string }): unknown
  end(): void
}

/** The part of an OpenTelemetry tracer that is used: `trace.getTracer('…')` is one. */
export interface TelemetryTracer {
  /** Starts a span that is active during `work` and the work it starts. `kind` 2 is a client. */
  startActiveSpan<Result>(
    name: string,
    options: { kind: number; attributes: TelemetryAttributes },
    work: (span: TelemetrySpan) => Result,
  ): Result
}

export interface TelemetryInstrumentOptions {
  description?: string
  unit?: string
  advice?: { explicitBucketBoundaries?: readonly number[] }
}

export interface TelemetryHistogram {
  record(value: number, attributes?: TelemetryAttributes): void
}

/** A counter, or a sum that goes up and down. */
export interface TelemetrySum {
  add(value: number, attributes?: TelemetryAttributes): void
}

export type TelemetryObservation = (result: { observe(value: number, attributes?: TelemetryAttributes): void }) => void

/** A sum that is read when it is collected. */
export interface TelemetryObservable {
  addCallback(callback: TelemetryObservation): void
  removeCallback(callback: TelemetryObservation): void
}

/** The part of an OpenTelemetry meter that is used: `metrics.getMeter('…')` is one. */
export interface TelemetryMeter {
  createHistogram(name: string, options?: TelemetryInstrumentOptions): TelemetryHistogram
  createCounter(name: string, options?: TelemetryInstrumentOptions): TelemetrySum
  createUpDownCounter(name: string, options?: TelemetryInstrumentOptions): TelemetrySum
  createObservableUpDownCounter(name: string, options?: TelemetryInstrumentOptions): TelemetryObservable
}

/** The destination of spans and metrics. The types are those of `@opentelemetry/api`, which is not a dependency. */
export interface Telemetry {
  /** Creates a span for each query and each catalog call. */
  tracer?: TelemetryTracer
  /** Creates the instruments for queries, deployments and pools. */
  meter?: TelemetryMeter
  /**
   * Whether spans and the contexts of diagnostics channels include the statement as the program wrote it, with
   * placeholders but also with any values in the SQL, and the engine's messages, which may quote it.
   * @default false
   */
  captureText?: boolean
  /** The name of the pool in metrics. @default host, port, catalog and database */
  poolName?: string
}

export const SPAN_KIND_CLIENT = 2
export const STATUS_ERROR = 2
