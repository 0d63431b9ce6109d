import { callObserver } from './observer-call.ts'
import type {
  Telemetry,
  TelemetryHistogram,
  TelemetryMeter,
  TelemetryObservable,
  TelemetryObservation,
  TelemetrySpan,
  TelemetrySum,
  TelemetryTracer,
} from './telemetry.ts'

type Failed = (error: unknown) => void

/** A tracer and a meter that cannot break the connector: their exceptions and rejections go to `failed`. */
export function guardedTelemetry(telemetry: Telemetry, failed: Failed): Telemetry {
  const { tracer, meter } = telemetry
  return {
    ...telemetry,
    ...(tracer ? { tracer: new GuardedTracer(tracer, failed) } : {}),
    ...(meter ? { meter: new GuardedMeter(meter, failed) } : {}),
  }
}

class GuardedTracer implements TelemetryTracer {
  constructor(
    private readonly tracer: TelemetryTracer,
    private readonly failed: Failed,
  ) {}

  startActiveSpan<Result>(
    name: string,
    options: Parameters<TelemetryTracer['startActiveSpan']>[1],
    work: (span: TelemetrySpan) => Result,
  ): Result {
    let worked: { readonly result: Result } | undefined
    const once = (span: TelemetrySpan): Result => {
      worked ??= { result: work(span) }
      return worked.result
    }
    callObserver(() => {
      const returned: unknown = this.tracer.startActiveSpan(name, options, (span) =>
        once(new GuardedSpan(span, this.failed)),
      )
      // The caller receives a failure of the work itself.
      return worked && returned === worked.result ? undefined : returned
    }, this.failed)
    return once(NO_SPAN)
  }
}

const NO_SPAN: TelemetrySpan = {
  setAttributes: () => undefined,
  addEvent: () => undefined,
  setStatus: () => undefined,
  end: () => undefined,
}

class GuardedSpan implements TelemetrySpan {
  constructor(
    private readonly span: TelemetrySpan,
    private readonly failed: Failed,
  ) {}

  setAttributes(...args: Parameters<TelemetrySpan['setAttributes']>): void {
    callObserver(() => this.span.setAttributes(...args), this.failed)
  }

  addEvent(...args: Parameters<TelemetrySpan['addEvent']>): void {
    callObserver(() => this.span.addEvent(...args), this.failed)
  }

  setStatus(...args: Parameters<TelemetrySpan['setStatus']>): void {
    callObserver(() => this.span.setStatus(...args), this.failed)
  }

  end(): void {
    callObserver(() => this.span.end(), this.failed)
  }
}

/** `origin` identifies the meter: two guards of one meter are the same for metrics. */
export class GuardedMeter implements TelemetryMeter {
  constructor(
    readonly origin: TelemetryMeter,
    private readonly failed: Failed,
  ) {}

  createHistogram(...args: Parameters<TelemetryMeter['createHistogram']>): TelemetryHistogram {
    const histogram = this.#create(() => this.origin.createHistogram(...args))
    return { record: (...sample) => callObserver(() => histogram?.record(...sample), this.failed) }
  }

  createCounter(...args: Parameters<TelemetryMeter['createCounter']>): TelemetrySum {
    return this.#sum(() => this.origin.createCounter(...args))
  }

  createUpDownCounter(...args: Parameters<TelemetryMeter['createUpDownCounter']>): TelemetrySum {
    return this.#sum(() => this.origin.createUpDownCounter(...args))
  }

  createObservableUpDownCounter(
    ...args: Parameters<TelemetryMeter['createObservableUpDownCounter']>
  ): TelemetryObservable {
    const observable = this.#create(() => this.origin.createObservableUpDownCounter(...args))
    const guards = new Map<TelemetryObservation, TelemetryObservation>()
    return {
      addCallback: (callback) => {
        const guard = this.#observation(callback)
        guards.set(callback, guard)
        callObserver(() => observable?.addCallback(guard), this.failed)
      },
      removeCallback: (callback) => {
        const guard = guards.get(callback)
        guards.delete(callback)
        if (guard) callObserver(() => observable?.removeCallback(guard), this.failed)
      },
    }
  }

  #observation(callback: TelemetryObservation): TelemetryObservation {
    return (result) => callback({ observe: (...sample) => callObserver(() => result.observe(...sample), this.failed) })
  }

  #sum(create: () => TelemetrySum): TelemetrySum {
    const sum = this.#create(create)
    return { add: (...sample) => callObserver(() => sum?.add(...sample), this.failed) }
  }

  /** `undefined` if the meter could not create the instrument; nothing is then measured with it. */
  #create<Instrument>(create: () => Instrument): Instrument | undefined {
    try {
      return create()
    } catch (error) {
      this.failed(error)
      return undefined
    }
  }
}
