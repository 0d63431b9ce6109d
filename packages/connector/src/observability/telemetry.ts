/** A value that a span or a measurement is described by. */
export type TelemetryValue = string | number | boolean

/** What a span or a measurement is described by, by name. */
export type TelemetryAttributes = Record<string, TelemetryValue>

/** As much of an OpenTelemetry span as is used. */
export interface TelemetrySpan {
  setAttributes(attributes: TelemetryAttributes): unknown
  addEvent(name: string, attributes?: TelemetryAttributes): unknown
  /** `code` 2 is an error. */
  setStatus(status: { code: number; message?: string }): unknown
  end(): void
}

/** As much of an OpenTelemetry tracer as is used: `trace.getTracer('…')` is one. */
export interface TelemetryTracer {
  /** Starts a span that is the active one while `work` runs and in what it begins. `kind` 2 is a client. */
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

/** A sum that is asked for when it is collected. */
export interface TelemetryObservable {
  addCallback(callback: TelemetryObservation): void
  removeCallback(callback: TelemetryObservation): void
}

/** As much of an OpenTelemetry meter as is used: `metrics.getMeter('…')` is one. */
export interface TelemetryMeter {
  createHistogram(name: string, options?: TelemetryInstrumentOptions): TelemetryHistogram
  createCounter(name: string, options?: TelemetryInstrumentOptions): TelemetrySum
  createUpDownCounter(name: string, options?: TelemetryInstrumentOptions): TelemetrySum
  createObservableUpDownCounter(name: string, options?: TelemetryInstrumentOptions): TelemetryObservable
}

/** Where spans and measurements go. The types are those of `@opentelemetry/api`, which this connector does not need. */
export interface Telemetry {
  /** Makes a span for each query and each question about the catalog. */
  tracer?: TelemetryTracer
  /** Makes the instruments that queries, deployments and pools are measured by. */
  meter?: TelemetryMeter
  /**
   * Whether spans and the contexts of diagnostics channels carry the statement, as the program wrote it: with
   * placeholders where it has them, and with whatever values it has written into the text. Also the engine's messages,
   * which may quote it.
   * @default false
   */
  captureText?: boolean
  /** Tells the pools of a program apart in measurements. @default host, port, catalog and database */
  poolName?: string
}

export const SPAN_KIND_CLIENT = 2
export const STATUS_ERROR = 2
