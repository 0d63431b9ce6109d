import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localTest } from '../../test/local.ts'
import { clusterManager, connect, createPool } from '../connect.ts'
import type { Logger } from './logger.ts'
import type { TelemetryMeter, TelemetrySpan, TelemetryTracer } from './telemetry.ts'

function lines(): { logger: Logger; seen: { facts: Record<string, unknown>; message: string }[] } {
  const seen: { facts: Record<string, unknown>; message: string }[] = []
  const write = (facts: object, message: string) => void seen.push({ facts: { ...facts }, message })
  return { logger: { debug: write, info: write, warn: write, error: write }, seen }
}

/** An unhandled rejection ends a program. A program's observers must cause none. */
describe('an observer that fails', () => {
  const local = localTest()
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  const rejects = async (): Promise<never> => {
    throw new Error('the sink is down')
  }
  const throws = (): never => {
    throw new Error('the sink is down')
  }

  beforeEach(() => {
    unhandled.length = 0
    process.on('unhandledRejection', note)
  })

  afterEach(async () => {
    // Node reports unhandled rejections after its microtasks.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  const failing = { rejects, throws } as unknown as Readonly<Record<string, () => never>>

  for (const [how, fail] of Object.entries(failing)) {
    it(`a listener that ${how} is logged, and others hear the event`, async () => {
      const { logger, seen } = lines()
      const connection = await local.connection({ logger })
      const heard: string[] = []
      connection.on('query:finished', fail).once('query:finished', fail)
      connection.on('query:finished', () => heard.push('finished'))
      connection.strategy.events.on('strategy:mismatch', fail)
      expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
      await connection.close()
      expect(heard).toEqual(['finished'])
      const complaints = seen.filter(({ message }) => message === 'an event listener failed')
      expect(complaints.map(({ facts }) => facts.event)).toEqual(['query:finished', 'query:finished'])
      expect(complaints[0]?.facts.error).toBe('Error: the sink is down')
    })

    it(`a logger that ${how} breaks nothing, and is reported once as a warning of the process`, async () => {
      const warned = once(process, 'warning') as Promise<[Error & { code?: string }]>
      const logger = { debug: fail, info: fail, warn: fail, error: fail }
      const connection = await local.connection({ logger })
      expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
      await connection.close()
      expect((await warned)[0]).toMatchObject({ code: 'E6_LOGGER_FAILED' })
    })

    it(`a tracer and a meter that ${how} break nothing, and are logged`, async () => {
      const { logger, seen } = lines()
      const span = { setAttributes: fail, addEvent: fail, setStatus: fail, end: fail } as TelemetrySpan
      const tracer: TelemetryTracer = {
        startActiveSpan: (_name, _options, work) => work(span),
      }
      const sum = { add: fail, record: fail, addCallback: fail, removeCallback: fail }
      const make = () => sum
      const meter: TelemetryMeter = {
        createHistogram: make,
        createCounter: make,
        createUpDownCounter: make,
        createObservableUpDownCounter: make,
      }
      const connection = await local.connection({ logger, telemetry: { tracer, meter } })
      expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
      await connection.close()
      expect(seen.filter(({ message }) => message === 'the tracer or the meter failed').length).toBeGreaterThan(3)
      expect(seen.find(({ message }) => message === 'the tracer or the meter failed')?.facts).toMatchObject({
        component: 'telemetry',
      })
    })

    it(`a tracer and a meter whose makers ${how} break nothing`, async () => {
      const telemetry = {
        tracer: { startActiveSpan: fail } as TelemetryTracer,
        meter: {
          createHistogram: throws,
          createCounter: throws,
          createUpDownCounter: throws,
          createObservableUpDownCounter: throws,
        } as TelemetryMeter,
      }
      const connection = await local.connection({ telemetry })
      expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
      await expect(connection.query('SELECT nope')).rejects.toMatchObject({ code: 'E6_QUERY_FAILED' })
      await connection.close()
    })

    it(`a function for the access token that ${how} fails only the call`, async () => {
      const { host, port } = local.cluster
      const options = { host, port, accessToken: fail, maxRetryAttempts: 1, strategyStore: 'process' } as const
      await expect(connect(options)).rejects.toMatchObject({ code: 'E6_CREDENTIALS' })
    })
  }
})

describe('every log line', () => {
  const local = localTest()

  it('names the cluster and the component that wrote it', async () => {
    const { logger, seen } = lines()
    const options = { url: local.cluster.url, strategyStore: 'process', logger } as const
    const pool = createPool(options)
    await pool.query('SELECT 1')
    await pool.query('SELECT nope').catch(() => undefined)
    pool.strategy.setPendingStrategy('purple')
    await pool.close()
    await using manager = clusterManager(options)
    await manager.waitUntilActive()
    const { host, port, clusterName } = local.cluster
    const cluster = `${host}:${port}/${clusterName}`
    expect(seen.length).toBeGreaterThan(3)
    expect(seen.filter(({ facts }) => facts.cluster !== cluster || typeof facts.component !== 'string')).toEqual([])
    expect(new Set(seen.map(({ facts }) => facts.component))).toEqual(
      new Set(['connection', 'query', 'pool', 'strategy']),
    )
  })
})
