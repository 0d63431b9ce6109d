import type { E6dataError } from '../src/errors.ts'
import { silentLogger } from '../src/observability/logger.ts'
import type { Lease } from '../src/pool/lease.ts'
import { PoolCore } from '../src/pool/pool-core.ts'
import type { CloseReason } from '../src/pool/pool-events.ts'
import { DEFAULT_POOL_OPTIONS, type PoolOptions } from '../src/pool/pool-options.ts'
import type { Poolable } from '../src/pool/pooled.ts'
import type { CallOptions } from '../src/time/deadline.ts'
import { ManualClock } from './manual-clock.ts'

/** A manual clock for code with promises: after each due run, all its consequences run. */
export class PoolClock extends ManualClock {
  /** The result of `jitter`, as a fraction of its range. */
  chance = 0

  override jitter(upToMs: number): number {
    return this.chance * upToMs
  }

  async pass(ms: number): Promise<void> {
    const until = this.now() + ms
    await settled()
    while (this.nextAt !== undefined && this.nextAt <= until) {
      this.advance(Math.max(this.nextAt - this.now(), 0))
      await settled()
    }
    this.advance(until - this.now())
  }
}

/** Waits until all pending promises have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** A connection that only knows whether it is open. */
export class FakeConnection implements Poolable {
  state: 'open' | 'broken' | 'closed' = 'open'
  constructor(readonly id: number) {}
  checkConnection(): boolean {
    return this.state === 'open'
  }
  async close(): Promise<void> {
    this.state = 'closed'
  }
}

/** The behavior of the server; a test may change it at any time. */
export interface FakeServer {
  connect: (limits: CallOptions) => Promise<void>
  check: (connection: FakeConnection, limits: CallOptions) => Promise<void>
}

/** A pool over a server with the given behavior. */
export function setUp(options: PoolOptions = {}, behaviour: Partial<FakeServer> = {}) {
  const clock = new PoolClock()
  const opened: FakeConnection[] = []
  const checked: number[] = []
  const departures: CloseReason[] = []
  const server: FakeServer = { connect: async () => undefined, check: async () => undefined, ...behaviour }
  const pool = new PoolCore<FakeConnection>({
    options: { ...DEFAULT_POOL_OPTIONS, limitJitter: 0, ...options },
    connect: async (limits) => {
      await server.connect(limits)
      const connection = new FakeConnection(opened.length + 1)
      opened.push(connection)
      return connection
    },
    check: async (connection, limits) => {
      checked.push(connection.id)
      await server.check(connection, limits)
    },
    logger: silentLogger,
    clock,
  })
  pool.events.on('pool:disconnected', ({ reason }) => departures.push(reason))
  return { pool, clock, server, opened, checked, departures }
}

/** A promise that the test resolves. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let resolve: (() => void) | undefined
  const passed = new Promise<void>((done) => {
    resolve = done
  })
  return { passed, open: () => resolve?.() }
}

/** The error of a promise, which must fail. */
export const errorOf = (promise: Promise<unknown>): Promise<E6dataError> =>
  promise.then(
    () => {
      throw new Error('nothing was thrown')
    },
    (error: unknown) => error as E6dataError,
  )

export const acquireMany = (pool: PoolCore<FakeConnection>, count: number): Promise<Lease<FakeConnection>[]> =>
  Promise.all(Array.from({ length: count }, () => pool.acquire()))
