import { describe, expect, it, vi } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { connect } from '../connect.ts'
import { silentLogger } from '../observability/logger.ts'
import { optionsFromUrl } from './from-url.ts'
import { resolveOptions } from './resolve-options.ts'
import { resolvePoolOptions } from './resolve-pool-options.ts'

const URL_OF_ENV = 'e6data://ada:x@env.test:81/lake/sales?cluster-name=prod'

describe('the environment', () => {
  it('provides a whole URL, which overrides its other variables', () => {
    const options = resolveOptions({}, { E6DATA_URL: URL_OF_ENV, E6DATA_HOST: 'other.test', E6DATA_ROW: 'x' })
    expect(options).toMatchObject({ host: 'env.test', port: 81, catalog: 'lake', clusterName: 'prod' })
  })

  it('provides no URL to a program that sets its own URL or host', () => {
    const env = { E6DATA_URL: URL_OF_ENV }
    const byHost = resolveOptions({ host: 'localhost', username: 'bob', password: 'y' }, env)
    expect(byHost).toMatchObject({ host: 'localhost', port: 80 })
    expect(byHost.catalog).toBeUndefined()
    const byUrl = resolveOptions('e6data://bob:y@url.test', { ...env, E6DATA_ALLOW_PLAINTEXT_CREDENTIALS: 'true' })
    expect(byUrl).toMatchObject({ host: 'url.test', allowPlaintextCredentials: true })
    expect(byUrl.clusterName).toBeUndefined()
  })

  it('provides time limits and the options of a pool', () => {
    const env = {
      E6DATA_URL: 'e6data://ada:x@localhost',
      E6DATA_CONNECT_TIMEOUT_MS: '1500',
      E6DATA_TIMEOUT_MS: '2500',
      E6DATA_CALL_TIMEOUT_MS: '3500',
      E6DATA_POOL_MAX: '7',
      E6DATA_POOL_MIN: '2',
      E6DATA_POOL_ACQUIRE_TIMEOUT_MS: '10',
      E6DATA_POOL_IDLE_TIMEOUT_MS: '20',
      E6DATA_POOL_MAX_LIFETIME_MS: '30',
      E6DATA_POOL_CHECK_AFTER_IDLE_MS: '40',
      E6DATA_POOL_DRAIN_TIMEOUT_MS: '50',
    }
    const { connection, pool } = resolvePoolOptions({ max: 3 }, env)
    expect(connection).toMatchObject({ connectTimeoutMs: 1500, timeoutMs: 2500, callTimeoutMs: 3500 })
    expect(pool).toMatchObject({
      max: 3, // an option wins
      min: 2,
      acquireTimeoutMs: 10,
      idleTimeoutMs: 20,
      maxLifetimeMs: 30,
      checkAfterIdleMs: 40,
      drainTimeoutMs: 50,
    })
    expect(() => resolvePoolOptions({}, { ...env, E6DATA_POOL_MAX: 'many' })).toThrow(
      'max must be a whole number from 1 to 10000; got an invalid string from the environment variable E6DATA_POOL_MAX',
    )
  })

  it.each([
    ['WARNING', 'warn'],
    ['Warning', 'warn'],
    ['CRITICAL', 'error'],
    ['DEBUG', 'debug'],
    ['info', 'info'],
  ])("accepts Python's log levels: %s is '%s'", (name, level) => {
    const seen: string[] = []
    const note = (written: string) => () => void seen.push(written)
    const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
    const env = { E6DATA_URL: 'e6data://ada:x@localhost', E6DATA_LOG_LEVEL: name, E6DATA_STRATEGY_LOG_LEVEL: name }
    const options = resolveOptions({ logger }, env)
    for (const each of [options.logger, options.strategyLogger]) {
      for (const written of ['debug', 'info', 'warn', 'error'] as const) each[written]({}, 'line')
    }
    expect(seen[0]).toBe(level)
  })
})

describe('a URL for SQLAlchemy', () => {
  it('is read', () => {
    const { options, faults } = optionsFromUrl(
      'e6data+asyncio://ada%40example.com:tok@h:443/?catalog=lake&schema=sales&cluster-name=prod&secure=true&auto-resume=False&keepalive_time_ms=5000',
    )
    expect(faults).toEqual([])
    expect(Object.fromEntries([...options].map(([name, { value }]) => [name, value]))).toEqual({
      host: 'h',
      port: 443,
      username: 'ada@example.com',
      password: 'tok',
      catalog: 'lake',
      database: 'sales',
      clusterName: 'prod',
      secure: true,
      autoResume: false,
      keepaliveTimeMs: 5000,
    })
  })

  it('with unsupported parameters is parsed, and one warning lists them all', () => {
    const warnings: [object, string][] = []
    const logger = { ...silentLogger, warn: (facts: object, message: string) => void warnings.push([facts, message]) }
    const url = 'e6data://ada:x@localhost?debug=true&enable_result_batch_v2=true&http2_max_pings_without_data=0'
    resolveOptions({ url, logger }, { E6DATA_STRATEGY_DEBUG: '1' })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.[1]).toContain(
      'the parameter debug of the URL, the parameter enable_result_batch_v2 of the URL',
    )
    expect(warnings[0]?.[1]).toContain('the environment variable E6DATA_STRATEGY_DEBUG')
    const emitted = vi.spyOn(process, 'emitWarning').mockReturnValue()
    resolveOptions(url, {})
    expect(emitted).toHaveBeenCalledExactlyOnceWith(expect.any(String), { code: 'E6_IGNORED_SETTINGS' })
    emitted.mockRestore()
  })
})

describe('a function as password', () => {
  const local = localTest()
  const place = () => {
    const { host, port, username, clusterName, password } = local.cluster
    return { password, options: { host, port, username, clusterName, strategyStore: 'process' } as const }
  }

  it('is called at each login', async () => {
    const { options, password } = place()
    let asked = 0
    const rotated = async () => {
      asked += 1
      return password
    }
    await using connection = await connect({ ...options, password: rotated })
    expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(asked).toBe(1)
    await connection.reauthenticate()
    expect(asked).toBe(2)
    await using plain = await connect({ ...options, password: () => password })
    await plain.ping()
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('the vault is sealed')), 'no password: the function `password` failed'],
    [
      'throws',
      () => {
        throw new Error('the vault is sealed')
      },
      'no password: the function `password` failed',
    ],
    ['returns nothing', async () => undefined as never, 'must return a non-empty string'],
  ])('that %s fails the login, and its message is not repeated', async (_, password, message) => {
    const { options } = place()
    local.cluster.clearCalls()
    const error = await failureOf(connect({ ...options, password }))
    expect(error).toMatchObject({
      code: 'E6_CREDENTIALS',
      outcome: 'not-sent',
      message: expect.stringContaining(message),
    })
    expect((error as Error).message).not.toContain('sealed')
    expect(local.cluster.calls().filter(({ method }) => method === 'authenticate')).toEqual([])
  })

  it('that does not answer is awaited until the time limit for connecting', async () => {
    const { options } = place()
    const never = () => new Promise<string>(() => undefined)
    expect(await failureOf(connect({ ...options, password: never, connectTimeoutMs: 100 }))).toMatchObject({
      code: expect.stringMatching(/E6_TIMEOUT|E6_STRATEGY_DETECTION_TIMEOUT/),
    })
  })
})
