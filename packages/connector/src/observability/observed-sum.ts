import type { TelemetryInstrumentOptions, TelemetryMeter, TelemetryObservation } from './telemetry.ts'

/**
 * A sum that is looked at whenever it is collected. Returns how to stop: it is then looked at once more, since what was
 * seen last is what a meter goes on to report.
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
    // Not at once: the meter is going through its callbacks.
    if (isOver) queueMicrotask(() => observable.removeCallback(observe))
  }
  observable.addCallback(observe)
  return () => {
    isOver = true
  }
}
