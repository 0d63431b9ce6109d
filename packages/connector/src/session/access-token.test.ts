import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { eventually, failureOf, localTest, ORDERS } from '../../test/local.ts'
import { clusterManager, connect, createPool } from '../connect.ts'
import type { Connection } from '../connection.ts'
import {
  ClusterSuspendedError,
  CredentialsError,
  E6dataError,
  QueryInterruptedError,
  SessionError,
  TimeoutError,
} from '../errors.ts'
import { CALL_CHANNEL } from '../observability/channels.ts'
import type { AccessTokenRequest } from '../transport/access-token.ts'

const TOKEN = 't0ken-that-must-not-show'
const NEXT = 't0ken-of-tomorrow'
const SQL = 'SELECT order_id FROM orders ORDER BY order_id'
const ROWS = Array.from({ length: ORDERS }, (_, index) => BigInt(index))

const REFUSED = { kind: 'grpc-status', status: 'unauthenticated', message: 'expired' } as const

const local = localTest({ accessTokens: { ada: [TOKEN, NEXT] }, resumeMs: 20 })

/** The options of a connection with a token; without the user and password in the cluster's URL. */
const byToken = (accessToken: string | ((request: AccessTokenRequest) => string | Promise<string>) = TOKEN) =>
  ({ accessToken }) as const

function once(connection: Connection, name: 'strategy:prewarm-failed' | 'strategy:ready'): Promise<unknown[]> {
  return new Promise((resolve) => {
    connection.once(name, (...facts) => resolve(facts))
  })
}

async function ordersOf(connection: Connection): Promise<unknown[]> {
  return (await connection.query<{ order_id: bigint }>(SQL)).rows.map(({ order_id }) => order_id)
}

/** A complete switch away from the active strategy, during which this client makes no call. */
async function deployUnheard(): Promise<void> {
  const from = local.cluster.active
  await local.cluster.announce()
  await local.cluster.cutOver()
  await local.cluster.retire(from)
}

describe('with an access token', () => {
  it('no login happens: every call has the token and an empty session id', async () => {
    const connection = await local.connection(byToken())
    expect(await connection.getSessionId()).toBe('')
    expect(await ordersOf(connection)).toEqual(ROWS)
    expect(await connection.getTables()).toContain('orders')
    expect(await connection.getCatalogs()).toHaveLength(1)
    expect(await connection.reauthenticate()).toBe('')
    await using cursor = connection.cursor()
    await cursor.execute(SQL)
    expect((await cursor.status()).rowCount).toBe(ORDERS)
    await cursor.cancel()
    const calls = local.cluster.calls()
    expect(calls.length).toBeGreaterThan(15)
    expect(calls.filter(({ authorization, sessionId }) => authorization !== 'Bearer' || sessionId)).toEqual([])
    expect(local.calls('authenticate')).toEqual([])
    expect(await local.cluster.sessions()).toEqual([])
  })

  it('a query survives an announced switch on the strategy it began on, and new ones switch', async () => {
    const connection = await local.connection(byToken())
    const from = local.cluster.active
    await using cursor = connection.cursor()
    await cursor.execute(SQL)
    const read = await cursor.fetchMany(150)
    await local.cluster.announce()
    const ready = once(connection, 'strategy:ready')
    expect(await ordersOf(connection)).toEqual(ROWS)
    await ready
    await local.cluster.cutOver()
    expect(await ordersOf(connection)).toEqual(ROWS)
    const rest = await cursor.fetchAll()
    expect([...read, ...rest].map(({ order_id }) => order_id)).toEqual(ROWS)
    await cursor.clear()
    await local.cluster.retire(from)
    expect(await ordersOf(connection)).toEqual(ROWS)
    expect(connection.strategy.getActiveStrategy()).toBe(local.cluster.active)
    expect(local.calls('authenticate')).toEqual([])
    expect(
      local.cluster.calls().filter(({ grpcStatus, httpStatus }) => grpcStatus !== 0 || httpStatus !== 200),
    ).toEqual([])
  })

  it('an unannounced switch is reported once as a message, and the call is repeated on the other strategy', async () => {
    const connection = await local.connection(byToken())
    await deployUnheard()
    local.cluster.clearCalls()
    expect(await ordersOf(connection)).toEqual(ROWS)
    const refused = local.cluster.calls().filter(({ grpcStatus }) => grpcStatus !== 0)
    expect(refused).toMatchObject([{ method: 'prepareStatementV2', grpcMessage: 'status: 456' }])
    expect(connection.strategy.getActiveStrategy()).toBe(local.cluster.active)
  })

  it('a query that its strategy has dropped after rows is interrupted', async () => {
    const connection = await local.connection({ ...byToken(), maxBufferedBytes: 1 })
    await using cursor = connection.cursor()
    await cursor.execute(SQL)
    await cursor.fetchMany(150)
    await deployUnheard()
    expect(await failureOf(cursor.fetchAll())).toBeInstanceOf(QueryInterruptedError)
  })

  it('a query that its strategy has dropped before any row is run again', async () => {
    const connection = await local.connection(byToken())
    const fault = { kind: 'grpc-status', status: 'unknown', message: 'status: 456' } as const
    local.cluster.inject({ method: 'getNextResultBatch', fault })
    expect(await ordersOf(connection)).toEqual(ROWS)
    expect(local.calls('prepareStatement')).toHaveLength(2)
  })

  it('a suspended cluster is resumed by the cluster service, which is asked with the token as well', async () => {
    const connection = await local.connection(byToken())
    await local.cluster.suspend()
    local.cluster.clearCalls()
    expect(await ordersOf(connection)).toEqual(ROWS)
    const asked = local.cluster.calls().filter(({ service }) => service === 'ClusterService')
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer']))
    await local.cluster.suspend()
    await using late = await connect({ url: local.cluster.url, strategyStore: 'process', ...byToken() })
    expect(await ordersOf(late)).toEqual(ROWS)
  })

  it('without autoResume the error says that the cluster is suspended', async () => {
    const connection = await local.connection({ ...byToken(), autoResume: false })
    await local.cluster.suspend()
    expect(await failureOf(ordersOf(connection))).toBeInstanceOf(ClusterSuspendedError)
    await local.cluster.resume()
  })

  it('a cluster manager asks with the token too', async () => {
    await using manager = clusterManager({ url: local.cluster.url, ...byToken() })
    expect(await manager.status()).toBe('active')
    await using stranger = clusterManager({ url: local.cluster.url, ...byToken('wrong') })
    expect(await failureOf(stranger.status())).toBeInstanceOf(CredentialsError)
  })

  it('an engine without healthCheck still serves', async () => {
    const fault = { kind: 'grpc-status', status: 'unimplemented', message: 'no such call' } as const
    const injected = local.cluster.inject({ method: 'healthCheck', occurrence: 'every', fault })
    expect(await ordersOf(await local.connection(byToken()))).toEqual(ROWS)
    expect(injected.fired).toBeGreaterThan(0)
  })

  it('a session id in an answer is ignored', async () => {
    const connection = await local.connection(byToken())
    const fault = { kind: 'session-id', value: 'somebody-elses' } as const
    local.cluster.inject({ method: 'prepareStatementV2', fault })
    expect(await ordersOf(connection)).toEqual(ROWS)
    expect(await connection.getSessionId()).toBe('')
    expect(local.calls('executeStatement').map(({ sessionId }) => sessionId)).toEqual([undefined])
  })

  it('an engine that wants a session in spite of the token is a SessionError', async () => {
    const connection = await local.connection({ ...byToken(), retryDelayMs: 1 })
    const fault = { kind: 'grpc-status', status: 'internal', message: 'Access denied' } as const
    local.cluster.inject({ method: 'prepareStatementV2', occurrence: 'every', fault })
    expect(await failureOf(ordersOf(connection))).toBeInstanceOf(SessionError)
  })

  it('the query of another connection can be cancelled', async () => {
    const [one, two] = [await local.connection(byToken()), await local.connection(byToken())]
    await using cursor = one.cursor()
    const id = await cursor.execute(SQL)
    await two.cursor().cancel(id)
    expect(local.calls('cancelQuery')).toMatchObject([{ queryId: id, grpcStatus: 0 }])
  })

  it('a pool reuses connections, and checks idle ones', async () => {
    await using pool = createPool({
      ...{ url: local.cluster.url, strategyStore: 'process', max: 1, checkAfterIdleMs: 0 },
      ...byToken(),
    })
    for (let turn = 0; turn < 3; turn++) expect((await pool.query(SQL)).rowCount).toBe(ORDERS)
    expect(pool.statistics()).toMatchObject({ idle: 1 })
    expect(local.calls('authenticate')).toEqual([])
  })
})

describe('a function that returns the token', () => {
  it('is called before every call, so a token can be replaced without a new connection', async () => {
    let current = TOKEN
    const connection = await local.connection(byToken(() => current))
    await using cursor = connection.cursor()
    await cursor.execute(SQL)
    current = NEXT
    await local.cluster.setAccessTokens({ ada: NEXT })
    expect(await cursor.fetchAll()).toHaveLength(ORDERS)
    await local.cluster.setAccessTokens({ ada: [TOKEN, NEXT] })
  })

  it.each(['prepareStatementV2', 'executeStatement', 'getNextResultBatch', 'healthCheck', 'clearOrCancelQuery'])(
    'receives a token that was refused at %s, and the call continues with another',
    async (method) => {
      const refusals: string[] = []
      const provider = ({ refused }: AccessTokenRequest) => {
        if (refused !== undefined) refusals.push(refused)
        return Promise.resolve(refused === undefined ? TOKEN : NEXT)
      }
      const injected = local.cluster.inject({ method: [method, `${method}V2`], fault: REFUSED })
      const connection = await local.connection(byToken(provider))
      expect(await ordersOf(connection)).toEqual(ROWS)
      await connection.close() // which waits until the query is cleared
      expect(refusals).toEqual([TOKEN])
      expect(injected.fired).toBe(1)
    },
  )

  it('is called only once more, and the same token is not sent twice', async () => {
    const asked: AccessTokenRequest[] = []
    const stubborn = (request: AccessTokenRequest) => {
      asked.push(request)
      return 'wrong'
    }
    const options = { url: local.cluster.url, strategyStore: 'process', ...byToken(stubborn) } as const
    expect(await failureOf(connect(options))).toBeInstanceOf(CredentialsError)
    expect(local.calls('healthCheck')).toHaveLength(1)
    expect(asked).toEqual([{}, { refused: 'wrong' }])
    let turn = 0
    expect(await failureOf(connect({ ...options, ...byToken(() => `wrong-${turn++}`) }))).toBeInstanceOf(
      CredentialsError,
    )
    expect(local.calls('healthCheck')).toHaveLength(3)
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('the vault is sealed')
      },
    ],
    ['rejects', () => Promise.reject(new Error('the vault is sealed'))],
  ])('that %s is a CredentialsError with the cause, and nothing is sent', async (_, provider) => {
    const error = await failureOf(local.connection(byToken(provider as () => string)))
    expect(error).toBeInstanceOf(CredentialsError)
    expect(error).toMatchObject({
      code: 'E6_CREDENTIALS',
      outcome: 'not-sent',
      cause: { message: 'the vault is sealed' },
    })
    expect(String(error)).toContain('the function `accessToken` failed')
    expect(local.cluster.calls()).toEqual([])
  })

  it.each([undefined, '', 42, {}, 'with space', 'line\nbreak', 'ü', Promise.resolve('')])(
    'that returns %o is a CredentialsError that does not show it',
    async (given) => {
      const error = await failureOf(local.connection(byToken((() => given) as () => string)))
      expect(error).toBeInstanceOf(CredentialsError)
      expect(String(error)).toMatch(/must return a string of visible ASCII characters$/)
      expect(local.cluster.calls()).toEqual([])
    },
  )

  it('that fails during a query ends it with the error, and releases it', async () => {
    let sealed = false
    const provider = () => (sealed ? Promise.reject(new Error('the vault is sealed')) : TOKEN)
    const connection = await local.connection(byToken(provider))
    await using cursor = connection.cursor()
    await cursor.execute(SQL)
    sealed = true
    const error = await failureOf(cursor.fetchAll())
    expect(error).toBeInstanceOf(CredentialsError)
    expect(error).toMatchObject({ queryId: cursor.queryId })
    sealed = false
    await cursor.close()
    await eventually(() => expect(connection.strategy.inspect().queries).toEqual([]))
    expect(await ordersOf(connection)).toEqual(ROWS)
  })

  it('that never settles is abandoned at the time limit of the call', async () => {
    let slow = false
    const connection = await local.connection(byToken(() => (slow ? new Promise<string>(() => undefined) : TOKEN)))
    slow = true
    expect(await failureOf(connection.query(SQL, { timeoutMs: 30 }))).toBeInstanceOf(TimeoutError)
    const aborted = connection.query(SQL, { signal: AbortSignal.timeout(30) })
    expect(await failureOf(aborted)).toMatchObject({ code: 'E6_ABORTED', outcome: 'not-sent' })
    const open = failureOf(connection.query(SQL))
    await connection.close()
    expect(await open).toMatchObject({ code: 'E6_CLOSED' })
  })
})

describe('a token that the cluster refuses', () => {
  it('is one typed error that names the option', async () => {
    const error = await failureOf(local.connection(byToken('wrong')))
    expect(error).toBeInstanceOf(CredentialsError)
    expect(error).toMatchObject({ outcome: 'not-sent', retryable: false })
    expect(String(error)).toMatch(/`accessToken`/)
  })

  it('during a query ends it with that error, and nothing is sent twice', async () => {
    const connection = await local.connection(byToken())
    await using cursor = connection.cursor()
    await cursor.execute(SQL)
    const refusal = local.cluster.inject({ method: 'getNextResultBatch', occurrence: 'every', fault: REFUSED })
    const error = await failureOf(cursor.fetchAll())
    expect(error).toBeInstanceOf(CredentialsError)
    expect(error).toMatchObject({ queryId: cursor.queryId, outcome: 'failed' })
    expect(refusal.fired).toBe(1)
  })

  it('while a suspended cluster is being resumed is also that error', async () => {
    const connection = await local.connection(byToken())
    await local.cluster.suspend()
    local.cluster.inject({ service: 'ClusterService', occurrence: 'every', fault: REFUSED })
    expect(await failureOf(ordersOf(connection))).toBeInstanceOf(CredentialsError)
    await using manager = clusterManager({ url: local.cluster.url, ...byToken() })
    expect(await failureOf(manager.waitUntilActive())).toBeInstanceOf(CredentialsError)
    local.cluster.clearFaults()
    await local.cluster.resume()
  })
})

describe('a token that only the next deployment refuses', () => {
  const fresh = localTest({ accessTokens: { ada: TOKEN } })

  it('keeps the work on the deployment that accepts it, until the next one accepts it too', async () => {
    const connection = await fresh.connection(byToken())
    await fresh.cluster.setAccessTokens({}, 'green')
    await fresh.cluster.announce('green')
    const refused = once(connection, 'strategy:prewarm-failed')
    await ordersOf(connection)
    expect(await refused).toMatchObject([{ strategy: 'green', reason: expect.stringMatching(/^CredentialsError/) }])
    expect(await ordersOf(connection)).toEqual(ROWS)
    expect(connection.strategy.getActiveStrategy()).toBe('blue')
    const ready = once(connection, 'strategy:ready')
    await fresh.cluster.setAccessTokens({ ada: TOKEN }, 'green')
    await ready
    expect(await ordersOf(connection)).toEqual(ROWS)
    expect(connection.strategy.getActiveStrategy()).toBe('green')
  })
})

describe('the token is a secret', () => {
  it('and appears in no log line, event, trace, error or inspection', async () => {
    const seen: unknown[] = []
    const note = (facts: object, message: string) => seen.push(facts, message)
    const traced = (facts: unknown) => seen.push(facts)
    const moments = ['start', 'asyncEnd', 'error'].map((moment) => `tracing:${CALL_CHANNEL}:${moment}`)
    for (const moment of moments) subscribe(moment, traced)
    const logger = { debug: note, info: note, warn: note, error: note }
    const provider = () => TOKEN
    for (const accessToken of [TOKEN, provider]) {
      const connection = await local.connection({ ...byToken(accessToken), logger, logLevel: 'debug' })
      for (const name of EVENTS) connection.on(name, (...facts: unknown[]) => seen.push(facts))
      await deployUnheard()
      await ordersOf(connection)
      await local.cluster.suspend()
      await ordersOf(connection)
      local.cluster.inject({ method: ['executeStatement', 'executeStatementV2'], fault: REFUSED })
      seen.push(await failureOf(connection.query(SQL)))
      local.cluster.inject({ method: 'prepareStatementV2', fault: { ...REFUSED, message: 'no' } })
      seen.push(await failureOf(ordersOf(connection)), connection, connection.strategy.inspect())
      await connection.close()
    }
    for (const moment of moments) unsubscribe(moment, traced)
    expect(seen.filter((it) => it instanceof E6dataError)).not.toHaveLength(0)
    const shown = seen
      .map((it) => `${inspect(it, { depth: 12, showHidden: true })}${JSON.stringify(it) ?? ''}`)
      .join('\n')
    expect(shown.length).toBeGreaterThan(1000)
    expect(shown).not.toContain(TOKEN)
    expect(shown).not.toContain('Bearer ')
  })
})

const EVENTS = [
  ...(['session:opened', 'session:renewed', 'cluster:suspended', 'cluster:resuming', 'cluster:active'] as const),
  ...([
    'strategy:announced',
    'strategy:transition',
    'strategy:mismatch',
    'strategy:detected',
    'strategy:held',
  ] as const),
]
