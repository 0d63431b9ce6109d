import type { EventHub } from '../observability/events.ts'
import { observeSum } from '../observability/observed-sum.ts'
import type { ServerAddress } from '../observability/operation.ts'
import type { PoolStatistics } from '../observability/pool-statistics.ts'
import { namespaceOf, serverAttributes } from '../observability/semantic-attributes.ts'
import type { Telemetry, TelemetryMeter, TelemetryObservation } from '../observability/telemetry.ts'
import type { PoolEvents } from './pool-events.ts'

/** The part of a pool that is measured. */
export interface MeasuredPool {
  readonly events: EventHub<PoolEvents>
  statistics(): PoolStatistics
}

/** The default name of a pool in metrics. */
export interface PoolPlace extends ServerAddress {
  readonly catalog?: string | undefined
  readonly database?: string | undefined
}

/** The bucket bounds of waits and uses, in seconds. */
const TIME_BOUNDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60]

/** Measures a pool according to the semantic conventions for database clients. Returns a function to stop. */
export function measurePool(pool: MeasuredPool, { meter, poolName }: Telemetry, place: PoolPlace): () => void {
  if (!meter) return () => undefined
  const name = poolName ?? [`${place.address}:${place.port}`, namespaceOf(place)].filter(Boolean).join('/')
  const where = { ...serverAttributes(place), 'db.client.connection.pool.name': name }
  const observe = (instrument: string, description: string, unit: string, look: TelemetryObservation) =>
    observeSum(meter, `db.client.connection.${instrument}`, { description, unit }, look)
  const stops = [
    observe('count', 'Connections by state, idle or used.', '{connection}', (result) => {
      const { idle, borrowed, checking } = pool.statistics()
      result.observe(idle + checking, { ...where, 'db.client.connection.state': 'idle' })
      result.observe(borrowed, { ...where, 'db.client.connection.state': 'used' })
    }),
    observe('max', 'Maximum number of connections.', '{connection}', (result) => {
      result.observe(pool.statistics().max, where)
    }),
    observe('pending_requests', 'Callers waiting for a connection.', '{request}', (result) => {
      result.observe(pool.statistics().waiting, where)
    }),
    ...measureTimes(pool.events, meter, where),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

function measureTimes(events: EventHub<PoolEvents>, meter: TelemetryMeter, where: Record<string, string | number>) {
  const time = (instrument: string, description: string) =>
    meter.createHistogram(`db.client.connection.${instrument}`, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: TIME_BOUNDS },
    })
  const create = time('create_time', 'Time to open a connection.')
  const wait = time('wait_time', 'Time callers waited for a connection.')
  const use = time('use_time', 'Time a connection was in use.')
  const timeouts = meter.createCounter('db.client.connection.timeouts', {
    description: 'Callers that timed out waiting for a connection.',
    unit: '{timeout}',
  })
  const connected = ({ tookMs }: { tookMs: number }) => create.record(tookMs / 1000, where)
  const acquired = ({ waitedMs }: { waitedMs: number }) => wait.record(waitedMs / 1000, where)
  const released = ({ heldMs }: { heldMs: number }) => use.record(heldMs / 1000, where)
  const timedOut = () => timeouts.add(1, where)
  events.on('pool:connected', connected).on('pool:acquired', acquired)
  events.on('pool:released', released).on('pool:timeout', timedOut)
  return [
    () => events.off('pool:connected', connected),
    () => events.off('pool:acquired', acquired),
    () => events.off('pool:released', released),
    () => events.off('pool:timeout', timedOut),
  ]
}
