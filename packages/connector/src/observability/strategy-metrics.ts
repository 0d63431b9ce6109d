import type { EventHub, StrategyEvents } from './events.ts'
import { GuardedMeter } from './guarded-telemetry.ts'
import { observeSum } from './observed-sum.ts'
import type { ServerAddress } from './operation.ts'
import { serverAttributes } from './semantic-attributes.ts'
import { STRATEGY_COUNTERS, type StrategyCounter } from './strategy-counters.ts'
import type { TelemetryAttributes, TelemetryMeter } from './telemetry.ts'

/** The bounds for the time calls are held, up to the default limit. */
const HOLD_BOUNDS: readonly number[] = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30]

/** The part of a cluster's strategy that is measured. */
export interface MeasuredStrategy {
  readonly events: EventHub<StrategyEvents>
  /** Calls waiting for a deployment to accept them. */
  readonly waitingCalls: number
}

/**
 * Measures a cluster's strategy: every event is counted. State shared by several connections is measured once per
 * meter. Returns the release function.
 */
export function measureStrategy(strategy: MeasuredStrategy, meter: TelemetryMeter, server: ServerAddress): () => void {
  return strategy.events.attach(meter instanceof GuardedMeter ? meter.origin : meter, () => {
    const where = serverAttributes(server)
    const stops = [countEvents(strategy, meter, where), watchHolds(strategy, meter, where)]
    return () => {
      for (const stop of stops) stop()
    }
  })
}

function countEvents({ events }: MeasuredStrategy, meter: TelemetryMeter, where: TelemetryAttributes): () => void {
  const names = Object.keys(STRATEGY_COUNTERS) as (keyof StrategyEvents)[]
  const stops = names.map((event) => {
    const { name, about, by }: StrategyCounter = STRATEGY_COUNTERS[event]
    const counter = meter.createCounter(`e6data.client.strategy.${name}`, { description: about, unit: '{event}' })
    const count = (facts: object) => counter.add(1, { ...where, ...attributesOf(facts, by) })
    events.on(event, count)
    return () => events.off(event, count)
  })
  return () => {
    for (const stop of stops) stop()
  }
}

function watchHolds(strategy: MeasuredStrategy, meter: TelemetryMeter, where: TelemetryAttributes): () => void {
  const holds = meter.createHistogram('e6data.client.strategy.hold.duration', {
    description: 'Time calls were held because both deployments refused.',
    unit: 's',
    advice: { explicitBucketBoundaries: HOLD_BOUNDS },
  })
  const options = { description: 'Calls waiting for a deployment to accept them.', unit: '{call}' }
  const stop = observeSum(meter, 'e6data.client.strategy.waiting_calls', options, (result) =>
    result.observe(strategy.waitingCalls, where),
  )
  const record = ({ heldMs }: { heldMs: number }) => holds.record(heldMs / 1000, where)
  strategy.events.on('strategy:released', record)
  return () => {
    stop()
    strategy.events.off('strategy:released', record)
  }
}

/** The facts used as attributes, under the connector's own names. */
function attributesOf(facts: object, by: readonly string[]): TelemetryAttributes {
  const pairs = by.map((name) => [`e6data.${name}`, String(Reflect.get(facts, name) ?? 'none')])
  return Object.fromEntries(pairs)
}
