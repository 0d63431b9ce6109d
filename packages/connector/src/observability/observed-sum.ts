import type { TelemetryInstrumentOptions, TelemetryMeter, TelemetryObservation } from './telemetry.ts'

/**
 * A sum that is read at each collection. Returns a function to stop, which reads it one last time, because the meter
 * keeps reporting the last value.
 */
export function observeSum(
  meter: TelemetryMeter,
  name: string,
  options: TelemetryInstrumentOptions,
  look: TelemetryObservation,
): () => void {
  const observable = meter.createObservableUpDownCounter(name, options)
  let isOver = false
  const observe: TelemetryObservation = (result) => {
    look(result)
    // Deferred, because the meter is still iterating over its callbacks.
    if (isOver) queueMicrotask(() => observable.removeCallback(observe))
  }
  observable.addCallback(observe)
  return () => {
    isOver = true
  }
}
