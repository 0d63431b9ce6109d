/**
 * A pool as a NestJS provider: injected wherever it is asked for, and closed when the application shuts down, after the
 * queries that run have finished.
 */
import assert from 'node:assert/strict'
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { createPool, type Pool } from 'e6data-connector'

/** What the pool is injected by: `constructor(@Inject(E6DATA_POOL) private readonly pool: Pool) {}`. */
const E6DATA_POOL = Symbol('e6data pool')

/** Nest calls this for whatever it provides, when the application ends. */
class PoolShutdown implements OnApplicationShutdown {
  constructor(private readonly pool: Pool) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close({ running: 'drain' })
  }
}

/** `imports: [e6dataModule({ … })]` in the root module; the pool is then known to all others. */
function e6dataModule(options: Parameters<typeof createPool>[0] = {}): DynamicModule {
  return {
    module: class E6dataModule {},
    global: true,
    providers: [
      { provide: E6DATA_POOL, useFactory: () => createPool(options) },
      { provide: PoolShutdown, useFactory: (pool: Pool) => new PoolShutdown(pool), inject: [E6DATA_POOL] },
    ],
    exports: [E6DATA_POOL],
  }
}

class RegionsService {
  constructor(private readonly pool: Pool) {}

  async busiest(): Promise<string | undefined> {
    const { rows } = await this.pool.query<{ region: string }>(
      'SELECT region, count(*) AS n FROM orders GROUP BY region ORDER BY n DESC LIMIT 1',
    )
    return rows[0]?.region
  }
}

/** Written as plain objects, which Nest takes as well; with decorators this is `@Module({ … }) class AppModule {}`. */
const appModule: DynamicModule = {
  module: class AppModule {},
  imports: [e6dataModule({ max: 4 })],
  providers: [{ provide: RegionsService, useFactory: (pool: Pool) => new RegionsService(pool), inject: [E6DATA_POOL] }],
}

const app = await NestFactory.createApplicationContext(appModule, { logger: ['error', 'warn'] })
const pool = app.get<Pool>(E6DATA_POOL)
const regions = app.get(RegionsService)
console.log(`the busiest region is ${await regions.busiest()}`)

// The application ends while a query runs: its answer comes all the same.
const answer = regions.busiest()
await app.close()
assert.equal(typeof (await answer), 'string')
assert.equal(pool.statistics().open, 0)
