import type { FaultEffect } from 'e6data-local-cluster'
import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import type { Connection } from '../connection.ts'
import {
  ClusterSuspendedError,
  QueryInterruptedError,
  SessionError,
  StrategyDetectionTimeoutError,
  TransportError,
} from '../errors.ts'

const SQL = 'SELECT order_id FROM orders WHERE order_id < 150 ORDER BY order_id'

/** Runs a query with every call about it. */
async function wholeQuery(connection: Connection): Promise<number> {
  await using cursor = connection.cursor()
  await cursor.execute(SQL)
  await cursor.status()
  await cursor.explain()
  const rows = await cursor.fetchAll()
  await cursor.explainAnalyze()
  return rows.length
}

/** Every call in a query's life, and those about catalogs, with the code that makes it. */
const CALLS: Record<string, (connection: Connection) => Promise<unknown>> = {
  prepareStatement: wholeQuery,
  executeStatement: wholeQuery,
  getResultMetadata: wholeQuery,
  getNextResultBatch: wholeQuery,
  status: wholeQuery,
  explain: wholeQuery,
  explainAnalyze: wholeQuery,
  clearOrCancelQuery: wholeQuery,
  getSchemaNames: (connection) => connection.getSchemaNames(),
  getTables: (connection) => connection.getTables(),
  getColumns: (connection) => connection.getColumns({ table: 'orders' }),
  getCataloges: (connection) => connection.getCatalogs(),
  dryRun: (connection) => connection.dryRun(SQL),
}

/** Calls about a running query that a mismatch ends, because rows may have been seen or requested by then. */
const ENDED_BY_MISMATCH = new Set(['status', 'explain', 'explainAnalyze'])

const bothVersions = (method: string) => [method, `${method}V2`]

const MISMATCHES: Record<string, FaultEffect> = {
  'a bare HTTP 456': { kind: 'http-status', status: 456 },
  'a gRPC status with 456 in its message': {
    kind: 'grpc-status',
    status: 'invalidArgument',
    message: 'Wrong strategy. Status: 456. Expected: green, Got: blue',
  },
}

const EXPIRED: FaultEffect = { kind: 'grpc-status', status: 'internal', message: 'Access denied' }

describe('every kind of call survives', () => {
  const local = localTest({ resumeMs: 20 })

  for (const [method, act] of Object.entries(CALLS)) {
    for (const [wording, fault] of Object.entries(MISMATCHES)) {
      if (ENDED_BY_MISMATCH.has(method)) continue
      it(`${wording} at ${method}`, async () => {
        const connection = await local.connection()
        const injected = local.cluster.inject({ method: bothVersions(method), fault })
        const expected = await act(connection)
        expect(injected.fired).toBe(1)
        if (act === wholeQuery) expect(expected).toBe(150)
        expect(connection.strategy.getActiveStrategy()).toBe('blue')
      })
    }

    it(`an expired session at ${method}, which is renewed once`, async () => {
      const connection = await local.connection()
      local.cluster.clearCalls()
      const injected = local.cluster.inject({ method: bothVersions(method), fault: EXPIRED })
      await act(connection)
      expect(injected.fired).toBe(1)
      expect(local.calls('authenticate').map(({ strategy }) => strategy)).toEqual(['blue'])
    })

    it(`a suspended cluster at ${method}`, async () => {
      const connection = await local.connection()
      const injected = local.cluster.inject({
        method: bothVersions(method),
        fault: { kind: 'http-status', status: 503 },
      })
      await act(connection)
      expect(injected.fired).toBe(1)
    })

    it(`a stream that the server refuses at ${method}`, async () => {
      const connection = await local.connection()
      const refusedStream = 7
      const fault = { kind: 'reset', code: refusedStream } as const
      const injected = local.cluster.inject({ method: bothVersions(method), times: 2, fault })
      await act(connection)
      expect(injected.fired).toBe(2)
    })
  }
})

describe('refusals of a proxy', () => {
  const local = localTest()

  it('do not use up the repeats of a fetch that the server refuses', async () => {
    const connection = await local.connection({ restartUnreadQueries: false })
    const method = 'getNextResultBatch'
    const refused = local.cluster.inject({ method, times: 6, fault: { kind: 'http-status', status: 456 } })
    const refusedStream = 7
    const reset = local.cluster.inject({ method, occurrence: 7, fault: { kind: 'reset', code: refusedStream } })
    expect(await wholeQuery(connection)).toBe(150)
    expect([refused.fired, reset.fired]).toEqual([6, 1])
  })
})

describe('a login that is not answered in its own time', () => {
  const local = localTest()

  it('is repeated once for a statement that still has time', async () => {
    const connection = await local.connection({ connectTimeoutMs: 1000 })
    const expired = local.cluster.inject({ method: bothVersions('prepareStatement'), fault: EXPIRED })
    const held = local.cluster.inject({ method: 'authenticate', fault: { kind: 'hold' } })
    expect(await wholeQuery(connection)).toBe(150)
    expect([expired.fired, held.fired]).toEqual([1, 1])
  })
})

describe('an unrecoverable fault is a typed error', () => {
  const local = localTest()

  for (const method of ENDED_BY_MISMATCH) {
    it(`a persistent mismatch at ${method} reports that the query was interrupted`, async () => {
      const connection = await local.connection({ pinnedRefusalPatienceMs: 100 })
      const refusing = local.cluster.inject({
        method,
        occurrence: 'every',
        fault: { kind: 'http-status', status: 456 },
      })
      const error = await failureOf(wholeQuery(connection))
      expect(refusing.fired).toBeGreaterThan(0)
      refusing.remove()
      expect(error).toBeInstanceOf(QueryInterruptedError)
      expect(error).toMatchObject({ queryId: expect.any(String), strategy: 'blue' })
      expect(await wholeQuery(connection)).toBe(150)
    })
  }

  it('a fetch whose answer was lost is never sent again', async () => {
    const connection = await local.connection({ restartUnreadQueries: false })
    const fault = { kind: 'reset', moment: 'after', what: 'connection' } as const
    const injected = local.cluster.inject({ method: 'getNextResultBatch', occurrence: 2, fault })
    const error = await failureOf(wholeQuery(connection))
    expect(injected.fired).toBe(1)
    expect(error).toBeInstanceOf(TransportError)
    expect(error).toMatchObject({ outcome: 'failed', queryId: expect.any(String), strategy: 'blue' })
    expect(local.calls('getNextResultBatch')).toHaveLength(2)
  })

  it('a fetch that the proxy could not pass on is not sent again either: an engine may have seen it', async () => {
    const connection = await local.connection({ restartUnreadQueries: false })
    const fault = { kind: 'http-status', status: 502 } as const
    const injected = local.cluster.inject({ method: 'getNextResultBatch', occurrence: 2, fault })
    expect(await failureOf(wholeQuery(connection))).toMatchObject({ outcome: 'failed' })
    expect(injected.fired).toBe(1)
    expect(local.calls('getNextResultBatch')).toHaveLength(2)
  })

  it('a session refused right after its renewal fails after one repeat', async () => {
    const connection = await local.connection({ maxRetryAttempts: 3 })
    const injected = local.cluster.inject({
      method: bothVersions('prepareStatement'),
      occurrence: 'every',
      fault: EXPIRED,
    })
    expect(await failureOf(connection.query(SQL))).toBeInstanceOf(SessionError)
    expect(injected.fired).toBe(2)
  })

  it('a suspended cluster, when autoResume is off', async () => {
    const connection = await local.connection({ autoResume: false })
    const fault = { kind: 'http-status', status: 503 } as const
    const injected = local.cluster.inject({ method: bothVersions('prepareStatement'), fault })
    const error = await failureOf(connection.query(SQL))
    expect(injected.fired).toBe(1)
    expect(error).toBeInstanceOf(ClusterSuspendedError)
    expect(error).toMatchObject({ outcome: 'failed', retryable: true })
    expect(local.calls('resume')).toEqual([])
  })

  it('a read is not restarted when restarts are off', async () => {
    const connection = await local.connection({ restartUnreadQueries: false, pinnedRefusalPatienceMs: 100 })
    const fault = { kind: 'http-status', status: 456 } as const
    const injected = local.cluster.inject({ method: 'getNextResultBatch', occurrence: 'every', fault })
    const error = await failureOf(connection.query(SQL))
    expect(injected.fired).toBeGreaterThan(0)
    expect(error).toBeInstanceOf(QueryInterruptedError)
    expect(error).toMatchObject({ rowsDelivered: 0, outcome: 'failed' })
  })
})

describe('sessions', () => {
  const local = localTest()

  it('a session id that an answer replaces is used from then on', async () => {
    const connection = await local.connection()
    const old = await connection.getSessionId()
    await local.cluster.renewSession(old)
    await connection.query('SELECT 1')
    const renewed = await connection.getSessionId()
    expect(renewed).not.toBe(old)
    local.cluster.clearCalls()
    await connection.query('SELECT 1')
    expect(new Set(local.cluster.calls().map(({ sessionId }) => sessionId))).toEqual(new Set([renewed]))
    expect(local.calls('authenticate')).toEqual([])
  })

  it('many calls that find the session expired cause one login', async () => {
    const connection = await local.connection()
    await local.cluster.expireSessions('blue')
    local.cluster.clearCalls()
    await Promise.all(Array.from({ length: 20 }, () => connection.query('SELECT 1')))
    expect(local.calls('authenticate')).toHaveLength(1)
  })

  it('a caller that gives up does not cancel the login of the others', async () => {
    const connection = await local.connection()
    await local.cluster.expireSessions('blue')
    const login = local.cluster.inject({ method: 'authenticate', fault: { kind: 'hold' } })
    const abort = new AbortController()
    const impatient = failureOf(connection.query('SELECT 1', { signal: abort.signal }))
    const patient = connection.query('SELECT 2 AS two')
    await login.whenFired()
    abort.abort()
    expect(await impatient).toMatchObject({ code: 'E6_ABORTED' })
    login.remove()
    expect((await patient).rows).toEqual([{ two: 2 }])
  })

  it('reauthenticate returns a new session, and a running query keeps its own', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const cursor = connection.cursor()
    await cursor.execute('SELECT order_id FROM orders')
    await cursor.fetchOne()
    const before = await connection.getSessionId()
    const after = await connection.reauthenticate()
    expect(after).not.toBe(before)
    expect(await cursor.fetchAll()).toHaveLength(999)
    const fetchesBySession = new Set(local.calls('getNextResultBatch').map((call) => call.sessionId))
    expect(fetchesBySession).toEqual(new Set([before]))
  })

  it('reauthenticate with a signal that has fired changes nothing', async () => {
    const connection = await local.connection()
    const before = await connection.getSessionId()
    const limits = { signal: AbortSignal.abort() }
    expect(await failureOf(connection.reauthenticate(limits))).toMatchObject({
      code: 'E6_ABORTED',
      outcome: 'not-sent',
    })
    expect(await connection.getSessionId()).toBe(before)
  })

  it('checkStrategyChange returns whether another strategy serves than before', async () => {
    const connection = await local.connection()
    expect(await connection.checkStrategyChange()).toBe(false)
    await local.cluster.cutOver()
    await local.cluster.retire('blue')
    expect(await connection.checkStrategyChange()).toBe(true)
    expect(connection.strategy.getActiveStrategy()).toBe('green')
  })
})

describe('a cluster that accepts no work', () => {
  // Connections to one cluster share detection, and thus the limit for held calls.
  const local = localTest()

  it('a strategy that accepts only sessions fails after the time limit for held calls', async () => {
    const connection = await local.connection({ strategyDetectionTimeoutMs: 500 })
    const fault = { kind: 'http-status', status: 456 } as const
    const injected = local.cluster.inject({ method: bothVersions('prepareStatement'), occurrence: 'every', fault })
    expect(await failureOf(connection.query(SQL))).toBeInstanceOf(StrategyDetectionTimeoutError)
    expect(injected.fired).toBeGreaterThan(2)
  })
})

describe('with a single try', () => {
  const local = localTest()

  it('a session that has expired fails one call, and not the next', async () => {
    const connection = await local.connection({ maxRetryAttempts: 1 })
    await local.cluster.expireSessions('blue')
    expect(await failureOf(connection.query('SELECT 1'))).toBeInstanceOf(SessionError)
    expect((await connection.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  })

  it('new work still goes to the strategy that accepts it', async () => {
    const connection = await local.connection({ maxRetryAttempts: 1 })
    await local.cluster.cutOver()
    expect((await connection.query('SELECT 1')).strategy).toBe('green')
  })
})

describe('a strategy that accepts logins', () => {
  const local = localTest()

  it('new work leaves a strategy that no longer accepts its calls', async () => {
    const connection = await local.connection()
    await local.cluster.cutOver()
    const refusedStream = 7
    const injected = local.cluster.inject({
      ...{ method: bothVersions('prepareStatement'), strategy: 'blue', occurrence: 'every' },
      fault: { kind: 'reset', code: refusedStream },
    })
    expect((await connection.query('SELECT 1')).strategy).toBe('green')
    expect(injected.fired).toBeGreaterThan(0)
  })

  it('gets one more try of a login that its engine failed, even after a recent check', async () => {
    const fault = { kind: 'grpc-status', status: 'internal', message: 'no room left' } as const
    const connection = await local.connection()
    const failing = local.cluster.inject({ method: bothVersions('prepareStatement'), times: 2, fault })
    await failureOf(connection.query('SELECT 1'))
    const failingLogin = local.cluster.inject({ method: 'authenticate', fault })
    const another = await local.connection()
    expect((await another.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
    expect(failing.fired).toBeGreaterThan(0)
    expect(failingLogin.fired).toBe(1)
  })
})
