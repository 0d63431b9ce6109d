import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { OptionsError } from '../errors.ts'
import type { Logger } from '../observability/logger.ts'
import type { ConnectOptions } from './connect-options.ts'
import { OPTION_NAMES, OPTION_TABLE } from './option-table.ts'
import { type ResolvedOptions, resolveOptions } from './resolve-options.ts'

const NO_ENV = {}
const ignore = () => undefined
const IDENTITY = { host: 'localhost', username: 'ada', password: 'tok3n-secret' }

const resolve = (input: ConnectOptions | string = {}, env: NodeJS.ProcessEnv = NO_ENV) => resolveOptions(input, env)

function secretOf({ credentials }: ResolvedOptions): unknown {
  return (credentials.kind === 'password' ? credentials.password : credentials.accessToken).reveal()
}

function faultsOf(input: unknown, env: NodeJS.ProcessEnv = NO_ENV): readonly string[] {
  try {
    resolveOptions(input as ConnectOptions, env)
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    expect(`${(error as Error).message}${(error as Error).stack}${inspect(error)}`).not.toContain('tok3n-secret')
    return (error as OptionsError).faults
  }
  throw new Error('nothing was thrown')
}

describe('the sources of options', () => {
  test('options win over the URL, and the URL wins over the environment', () => {
    const env = { E6DATA_HOST: 'env.test', E6DATA_CATALOG: 'env', E6DATA_DATABASE: 'env', E6DATA_CLUSTER_NAME: 'env' }
    const resolved = resolve(
      { url: 'e6data://ada:x@url.test/url/url?secure=true', catalog: 'option', password: 'y' },
      env,
    )
    expect(resolved).toMatchObject({
      host: 'url.test',
      catalog: 'option',
      database: 'url',
      clusterName: 'env',
      credentials: { kind: 'password', username: 'ada' },
    })
    expect(secretOf(resolved)).toBe('y')
  })

  test('a URL alone is sufficient, and so is the environment alone', () => {
    expect(resolve('e6data://ada:x@localhost:8080')).toMatchObject({ host: 'localhost', port: 8080 })
    const env = { E6DATA_HOST: 'localhost', E6DATA_USERNAME: 'ada', E6DATA_PASSWORD: 'x', E6DATA_PORT: '90' }
    expect(resolveOptions(undefined, env)).toMatchObject({
      host: 'localhost',
      port: 90,
      credentials: { username: 'ada' },
    })
  })

  test('an undefined option and an empty variable count as omitted', () => {
    expect(resolve({ ...IDENTITY, catalog: undefined }, { E6DATA_CATALOG: 'c', E6DATA_DATABASE: '' })).toMatchObject({
      catalog: 'c',
    })
    expect(resolve({ ...IDENTITY, tls: { ca: undefined } }, { E6DATA_DATABASE: '' })).not.toHaveProperty('database')
  })

  test('an invalid value is harmless if a source with higher precedence replaces it', () => {
    expect(resolve({ ...IDENTITY, port: 1 }, { E6DATA_PORT: 'nonsense' }).port).toBe(1)
  })

  test('without a port it is 443 with TLS and 80 without', () => {
    expect(resolve(IDENTITY).port).toBe(80)
    expect(resolve({ ...IDENTITY, secure: true }).port).toBe(443)
  })

  test('every option with a default is filled in, and the others are absent', () => {
    const resolved = resolve(IDENTITY)
    for (const name of OPTION_NAMES) {
      if (OPTION_TABLE[name].default !== undefined) expect(resolved).toHaveProperty(name, OPTION_TABLE[name].default)
    }
    const optional = ['catalog', 'database', 'clusterName', 'clusterUuid', 'impersonate', 'timeoutMs', 'queryTags']
    for (const name of [...optional, 'strategyStoreDirectory']) {
      expect(resolved).not.toHaveProperty(name)
    }
    expect(resolved.tls).toEqual({})
  })

  test("the program's name precedes the connector's", () => {
    expect(resolve(IDENTITY).userAgent).toMatch(/^e6data-connector-node\/\d+\.\d+\.\d+$/)
    expect(resolve({ ...IDENTITY, userAgent: 'reports/2' }).userAgent).toMatch(/^reports\/2 e6data-connector-node\//)
  })

  test('every variable is read, in its own unit', () => {
    const env = {
      E6DATA_STRATEGY_CACHE_TIMEOUT: '1.5',
      E6DATA_STRATEGY_DETECTION_TIMEOUT: '3',
      E6DATA_PREPARE_TIMEOUT: '4',
      E6DATA_AUTO_RESUME_TIMEOUT: '5',
      E6DATA_KEEPALIVE_TIME_MS: '6',
      E6DATA_KEEPALIVE_TIMEOUT_MS: '7',
      E6DATA_MAX_RETRY_ATTEMPTS: '8',
      E6DATA_MAX_RECEIVE_MSG_LENGTH: '-1',
      E6DATA_MAX_SEND_MSG_LENGTH: '10',
      E6DATA_AUTO_RESUME: 'FALSE',
      E6DATA_SECURE: '1',
    }
    expect(resolve(IDENTITY, env)).toMatchObject({
      strategyCacheTimeoutMs: 1500,
      strategyDetectionTimeoutMs: 3000,
      prepareTimeoutMs: 4000,
      autoResumeTimeoutMs: 5000,
      keepaliveTimeMs: 6,
      keepaliveTimeoutMs: 7,
      maxRetryAttempts: 8,
      maxReceiveMessageLength: -1,
      maxSendMessageLength: 10,
      autoResume: false,
      secure: true,
    })
  })

  test('the environment of the process is read when none is passed', () => {
    vi.stubEnv('E6DATA_CATALOG', 'from-the-process')
    expect(resolveOptions(IDENTITY).catalog).toBe('from-the-process')
    vi.unstubAllEnvs()
  })
})

describe('faults', () => {
  test('all are listed at once, with the expected value and the source', () => {
    expect(
      faultsOf(
        {
          url: 'e6data://ada:tok3n-secret@localhost?secure=perhaps&nonsense=1',
          port: 0,
          rowShape: 'map',
          hots: 'x',
          types: { int64: 'int' },
        },
        { E6DATA_MAX_RETRY_ATTEMPTS: 'many', E6DATA_LOG_LEVEL: 'loud' },
      ),
    ).toEqual([
      '"hots" is not an option: did you mean `host`?',
      'a name of 8 characters is not an option of the URL (it resembles none and may be a secret, so it is not shown)',
      'port must be a whole number from 1 to 65535; got an invalid number from the option',
      'secure must be true or false; got an invalid string from the URL',
      'maxRetryAttempts must be a whole number from 1 to 100; got an invalid string from the environment variable E6DATA_MAX_RETRY_ATTEMPTS',
      "rowShape must be one of 'object', 'array'; got an invalid string from the option",
      "types.int64 must be one of 'bigint', 'number', 'string'; got an invalid string from the option",
      expect.stringMatching(
        /^logLevel must be one of .*; got an invalid string from the environment variable E6DATA_LOG_LEVEL$/,
      ),
    ])
  })

  test('missing options are listed with the ways to set them', () => {
    expect(faultsOf(undefined)).toEqual([
      'host is missing: set it as an option, in the URL, or as E6DATA_HOST',
      'username is missing: set it as an option, in the URL, or as E6DATA_USERNAME',
      'password is missing: set it as an option, in the URL, or as E6DATA_PASSWORD; or use accessToken instead of a user name and password',
    ])
  })

  test.each([
    'https://cluster.test',
    'cluster.test:443',
    'cluster.test/path',
    'ada@cluster.test',
    'a b',
    'a..b',
    '',
    '[::1',
    '1.2.3.4.5:6',
  ])('the host %j is refused with a hint', (host) => {
    expect(faultsOf({ ...IDENTITY, host })[0]).toMatch(
      /^host must be a host name or an IP address \(a port belongs in `port`, a whole address in `url`\);/,
    )
  })

  test.each([
    ['localhost', 'localhost'],
    ['a-b.c_d.test.', 'a-b.c_d.test.'],
    ['10.0.0.1', '10.0.0.1'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['bücher.test', 'xn--bcher-kva.test'],
  ])('the host %s becomes %s', (host, expected) => {
    expect(resolve({ ...IDENTITY, host, allowPlaintextCredentials: true }).host).toBe(expected)
  })

  test.each<[string, Record<string, unknown>]>([
    ['password', { password: 42 }],
    ['password', { password: 'tok3n-secret\0' }],
    ['username', { username: '' }],
    ['clusterName', { clusterName: 'a\nb' }],
    ['userAgent', { userAgent: 'ü' }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: Number.POSITIVE_INFINITY }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['timeoutMs', { timeoutMs: '100' }],
    ['maxReceiveMessageLength', { maxReceiveMessageLength: -2 }],
    ['arraySize', { arraySize: 1.5 }],
    ['secure', { secure: 'true' }],
    ['logger', { logger: { debug: ignore } }],
    ['strategyStore', { strategyStore: 'redis' }],
    ['strategyStore', { strategyStore: {} }],
    ['strategyStoreDirectory', { strategyStoreDirectory: 'state' }],
    ['queryTags', { queryTags: { a: 1 } }],
    ['queryTags', { queryTags: ['a'] }],
    ['types', { types: [] }],
    ['types.int64', { types: { int64: 'integer' } }],
    ['tls', { tls: 'ca.pem', secure: true }],
    ['tls.ca', { tls: { ca: 42 }, secure: true }],
  ])('%s is refused when it is %o', (name, wrong) => {
    expect(faultsOf({ ...IDENTITY, ...wrong })).toEqual([expect.stringMatching(new RegExp(`^${name} must be `))])
  })

  test.each([null, 42, [], () => 0])('%o instead of the options is refused', (input) => {
    expect(faultsOf(input)).toContain('options must be an object, or a URL as a string')
  })

  test('a url that is not a string is refused', () => {
    expect(faultsOf({ ...IDENTITY, url: 42 })).toEqual(['url must be a string'])
  })

  test('a member that every object has is not an option', () => {
    expect(faultsOf({ ...IDENTITY, constructor: 1, toString: 1 })).toEqual([
      'a name of 11 characters is not an option (it resembles none and may be a secret, so it is not shown)',
      'a name of 8 characters is not an option (it resembles none and may be a secret, so it is not shown)',
    ])
  })

  test('any input results in options or an OptionsError, and no value is shown', () => {
    const anything = fc.dictionary(fc.constantFrom<string>(...OPTION_NAMES, 'tls', 'url', 'x'), fc.anything(), {
      maxKeys: 8,
    })
    fc.assert(
      fc.property(
        anything,
        fc.dictionary(fc.constantFrom('E6DATA_PORT', 'E6DATA_SECURE', 'E6DATA_HOST'), fc.string()),
        (input, env) => {
          try {
            resolveOptions({ allowPlaintextCredentials: true, ...input } as ConnectOptions, env)
          } catch (error) {
            expect(error).toBeInstanceOf(OptionsError)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('an access token', () => {
  const BY_TOKEN = { host: 'localhost', accessToken: 'tok3n-secret' }

  test('replaces user name and password, from an option, the URL or the environment', () => {
    const env = { E6DATA_ACCESS_TOKEN: 'from-env' }
    const giver = () => 'given'
    for (const [resolved, secret] of [
      [resolve(BY_TOKEN), 'tok3n-secret'],
      [resolve('e6data://localhost?access-token=from%2Furl'), 'from/url'],
      [resolve({ host: 'localhost' }, env), 'from-env'],
      [resolve({ host: 'localhost', accessToken: giver }), giver],
    ] as const) {
      expect(resolved.credentials.kind).toBe('access token')
      expect(secretOf(resolved)).toBe(secret)
    }
  })

  test('wins over a user from a source with lower precedence, and the other way round', () => {
    const env = { E6DATA_USERNAME: 'ada', E6DATA_PASSWORD: 'x', E6DATA_HOST: 'localhost' }
    expect(resolve({ accessToken: 'y' }, env).credentials.kind).toBe('access token')
    expect(resolve({ accessToken: 'y', url: 'e6data://ada:x@localhost' }).credentials.kind).toBe('access token')
    expect(resolve('e6data://ada:x@localhost', { E6DATA_ACCESS_TOKEN: 'y' }).credentials.kind).toBe('password')
    expect(resolve({ ...IDENTITY, url: 'e6data://localhost?access-token=y' }).credentials.kind).toBe('password')
    expect(resolve({ username: 'ada' }, { ...env, E6DATA_ACCESS_TOKEN: 'y' })).toMatchObject({
      credentials: { kind: 'password', username: 'ada' },
    })
  })

  test('together with a user from the same source is one fault that lists both', () => {
    const fault = (names: string) => `accessToken replaces a login and cannot be combined with ${names}`
    expect(faultsOf({ ...IDENTITY, accessToken: 'y' })).toEqual([fault('username and password')])
    const env = { E6DATA_PASSWORD: 'x', E6DATA_ACCESS_TOKEN: 'y', E6DATA_HOST: 'localhost' }
    expect(faultsOf({}, env)).toEqual([fault('password')])
    expect(faultsOf({ port: 0, impersonate: 'eve' }, { ...env, E6DATA_PASSWORD: '' })).toEqual([
      expect.stringMatching(/^port must be/),
      fault('impersonate'),
    ])
  })

  test.each(['', 'two words', 'line\nbreak', 'ü', 42, null, {}])('is refused when it is %j', (accessToken) => {
    expect(faultsOf({ ...BY_TOKEN, accessToken })).toEqual([
      expect.stringMatching(
        /^accessToken must be a string of visible ASCII characters, or a function that returns one;/,
      ),
    ])
  })

  test('is never printed', () => {
    const resolved = resolve(BY_TOKEN)
    for (const print of [inspect(resolved, { depth: 9, showHidden: true }), JSON.stringify(resolved)])
      expect(print).not.toContain('tok3n-secret')
  })
})

describe('credentials without encryption', () => {
  const recorder = () => {
    const warnings: string[] = []
    const logger: Logger = {
      debug: ignore,
      info: ignore,
      error: ignore,
      warn: (facts, message) => warnings.push(`${message} ${JSON.stringify(facts)}`),
    }
    return { logger, warnings }
  }

  test('to another host cause a warning with the host and no secret', () => {
    const { logger, warnings } = recorder()
    resolve({ ...IDENTITY, host: 'cluster.test', logger })
    expect(warnings).toEqual([expect.stringContaining('user name and token will be sent unencrypted')])
    expect(warnings[0]).toContain('cluster.test')
    expect(warnings[0]).not.toContain(IDENTITY.password)
    resolve({ host: 'cluster.test', accessToken: 'y', logger })
    expect(warnings[1]).toMatch(/^the access token will be sent unencrypted/)
  })

  test.each(['localhost', 'db.localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]', '::ffff:127.0.0.1'])(
    'to %s: no warning',
    (host) => {
      const { logger, warnings } = recorder()
      resolve({ ...IDENTITY, host, logger })
      expect(warnings).toEqual([])
    },
  )

  test('with TLS, or if allowed, cause no warning', () => {
    const { logger, warnings } = recorder()
    resolve({ ...IDENTITY, host: 'cluster.test', logger, secure: true })
    resolve({ ...IDENTITY, host: 'cluster.test', logger, allowPlaintextCredentials: true })
    expect(warnings).toEqual([])
  })

  test('without a logger the warning is a Node warning', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    resolve({ ...IDENTITY, host: 'cluster.test' })
    expect(emitWarning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('cluster.test'), {
      code: 'E6_PLAINTEXT_CREDENTIALS',
    })
    emitWarning.mockRestore()
  })
})

describe('logging', () => {
  test('the level applies to the given logger, and the strategy may have its own', () => {
    const lines: string[] = []
    const write = (_: object, message: string) => lines.push(message)
    const resolved = resolve({
      ...IDENTITY,
      logger: { debug: write, info: write, warn: write, error: write },
      logLevel: 'warn',
      strategyLogLevel: 'debug',
    })
    resolved.logger.info({}, 'dropped')
    resolved.logger.warn({}, 'kept')
    resolved.strategyLogger.debug({}, 'kept too')
    expect(lines).toEqual(['kept', 'kept too'])
  })

  test('nothing is logged by default, and a level alone logs to standard error', () => {
    const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    resolve(IDENTITY).logger.error({}, 'unheard')
    resolve({ ...IDENTITY, logLevel: 'info' }).logger.info({ a: 1 }, 'heard')
    expect(write).toHaveBeenCalledOnce()
    expect(JSON.parse(String(write.mock.calls[0]![0]))).toMatchObject({ level: 'info', message: 'heard', a: 1 })
    write.mockRestore()
  })
})
