import type { Meter, Tracer } from '@opentelemetry/api'
import { expectTypeOf } from 'vitest'
import type { ConnectOptions } from '../options/connect-options.ts'
import type { TelemetryMeter, TelemetryTracer } from './telemetry.ts'

// The objects of `@opentelemetry/api` fit without adaptation.
expectTypeOf<Tracer>().toExtend<TelemetryTracer>()
expectTypeOf<Meter>().toExtend<TelemetryMeter>()
expectTypeOf<{ telemetry: { tracer: Tracer; meter: Meter; captureText: true } }>().toExtend<ConnectOptions>()

// Other objects do not fit.
expectTypeOf<{ telemetry: { tracer: Meter } }>().not.toExtend<ConnectOptions>()
