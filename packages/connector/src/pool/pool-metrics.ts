import type { EventHub } from '../observability/events.ts'
import { observeSum } from '../observability/observed-sum.ts'
import type { ServerAddress } from '../observability/operation.ts'
import type { PoolStatistics } from '../observability/pool-statistics.ts'
import { namespaceOf, serverAttributes } from '../observability/semantic-attributes.ts'
import type { Telemetry, TelemetryMeter, TelemetryObservation } from '../observability/telemetry.ts'
import type { PoolEvents } from './pool-events.ts'

/** A pool, as far as it is measured. */
export interface MeasuredPool {
  readonly events: EventHub<PoolEvents>
  statistics(): PoolStatistics
}

/** What names a pool in measurements, where the program does not. */
export interface PoolPlace extends ServerAddress {
  readonly catalog?: string | undefined
  readonly database?: string | undefined
}

/** Bounds of waits and uses, in seconds. */
const TIME_BOUNDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60]

/** Measures a pool, by the semantic conventions for database clients. Returns how to stop. */
export function measurePool(pool: MeasuredPool, { meter, poolName }: Telemetry, place: PoolPlace): () => void {
  if (!meter) return () => undefined
  const name = poolName ?? [`${place.address}:${place.port}`, namespaceOf(place)].filter(Boolean).join('/')
  const where = { ...serverAttributes(place), 'db.client.connection.pool.name': name }
  const observe = (instrument: string, description: string, unit: string, look: TelemetryObservation) =>
    observeSum(meter, `db.client.connection.${instrument}`, { description, unit }, look)
  const stops = [
    observe('count', 'Connections, by whether they are in use.', '{connection}', (result) => {
      const { idle, borrowed, checking } = pool.statistics()
      result.observe(idle + checking, { ...where, 'db.client.connection.state': 'idle' })
      result.observe(borrowed, { ...where, 'db.client.connection.state': 'used' })
    }),
    observe('max', 'Most connections there may be.', '{connection}', (result) => {
      result.observe(pool.statistics().max, where)
    }),
    observe('pending_requests', 'Callers that wait for a connection.', '{request}', (result) => {
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
  const create = time('create_time', 'How long opening a connection took.')
  const wait = time('wait_time', 'How long callers waited for a connection.')
  const use = time('use_time', 'How long a connection was lent.')
  const timeouts = meter.createCounter('db.client.connection.timeouts', {
    description: 'Callers that got no connection in time.',
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
