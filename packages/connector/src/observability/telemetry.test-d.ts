import type { Meter, Tracer } from '@opentelemetry/api'
import { expectTypeOf } from 'vitest'
import type { ConnectOptions } from '../options/connect-options.ts'
import type { TelemetryMeter, TelemetryTracer } from './telemetry.ts'

// What `@opentelemetry/api` gives out fits as it is.
expectTypeOf<Tracer>().toExtend<TelemetryTracer>()
expectTypeOf<Meter>().toExtend<TelemetryMeter>()
expectTypeOf<{ telemetry: { tracer: Tracer; meter: Meter; captureText: true } }>().toExtend<ConnectOptions>()

// Something else does not.
expectTypeOf<{ telemetry: { tracer: Meter } }>().not.toExtend<ConnectOptions>()
