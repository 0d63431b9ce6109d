import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf, localTest, ORDERS } from '../test/local.ts'
import {
  AbortError,
  ClosedError,
  DecodeError,
  QueryFailedError,
  RateLimitedError,
  TimeoutError,
  TransportError,
} from './errors.ts'
import { engineMethods } from './wire-codec/engine-methods.ts'

describe('a query', () => {
  const local = localTest()

  it('returns rows, columns, its id and the strategy that ran it', async () => {
    const connection = await local.connection()
    const result = await connection.query<{ region: string; total: bigint }>(
      'SELECT region, count(*) AS total FROM orders WHERE quantity > ? GROUP BY 1 ORDER BY 1 LIMIT 2',
      { params: [5] },
    )
    expect(result.columns).toEqual([
      { name: 'region', type: 'STRING', zone: expect.any(String), format: expect.any(String) },
      { name: 'total', type: 'LONG', zone: expect.any(String), format: expect.any(String) },
    ])
    expect(result.rowCount).toBe(2)
    expect(result.strategy).toBe('blue')
    expect(result.queryId).toBe(local.calls('prepareStatement')[0]?.queryId)
    expect(typeof result.rows[0]?.total).toBe('bigint')
  })

  it('loses nothing of any type by default', async () => {
    const connection = await local.connection()
    const { rows } =
      await connection.query(`SELECT 9007199254740993::BIGINT AS i64, 7::INTEGER AS i32, 1.5::DOUBLE AS f64,
      12345678901234567890.123456::DECIMAL(38,6) AS dec, true AS flag, DATE '2026-02-12' AS day,
      TIMESTAMP '2026-02-12 15:14:15.123456' AS at, 'naïve 🎉' AS text, '\\\\' AS backslash, [1,2] AS list, NULL AS nothing`)
    expect(rows).toEqual([
      {
        i64: 9007199254740993n,
        i32: 7,
        f64: 1.5,
        dec: '12345678901234567890.123456',
        flag: true,
        day: '2026-02-12',
        at: '2026-02-12T15:14:15.123456+00:00',
        text: 'naïve 🎉',
        backslash: '\\',
        list: '[1,2]',
        nothing: null,
      },
    ])
  })

  it('keeps columns with the same name apart', async () => {
    const connection = await local.connection()
    const { rows, columns } = await connection.query('SELECT 1 AS name, 2 AS name')
    expect(rows).toEqual([{ name: 1, name_2: 2 }])
    expect(columns.map(({ name }) => name)).toEqual(['name', 'name_2'])
  })

  it('accepts the types and the row shape per connection and per query', async () => {
    const connection = await local.connection({ types: { int64: 'number' }, rowShape: 'array' })
    expect((await connection.query('SELECT 5::BIGINT AS n')).rows).toEqual([[5]])
    const own = await connection.query('SELECT 5::BIGINT AS n, 1.50::DECIMAL(5,2) AS d', {
      rowShape: 'object',
      types: { decimal: 'number' },
    })
    expect(own.rows).toEqual([{ n: 5, d: 1.5 }])
  })

  it('many at once on one connection each get their own result', async () => {
    const connection = await local.connection()
    const results = await Promise.all(Array.from({ length: 50 }, (_, n) => connection.query(`SELECT ${n} AS n`)))
    expect(results.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })

  it("passes on the engine's own message, with its position", async () => {
    const connection = await local.connection()
    const error = await failureOf(connection.query('SELECT *\nFROM nowhere'))
    expect(error).toBeInstanceOf(QueryFailedError)
    expect(error).toMatchObject({ outcome: 'failed', retryable: false, position: { line: 2, column: 6 } })
    expect((error as QueryFailedError).engineMessage).toContain('nowhere')
  })

  it('has no column when the engine quotes only a part of a long line', async () => {
    const connection = await local.connection()
    const error = await failureOf(connection.query(`SELECT ${'1, '.repeat(200)} nope FROM orders`))
    expect((error as QueryFailedError).position).toEqual({ line: 1 })
  })

  it('shows the line that called in the stack of its errors', async () => {
    const connection = await local.connection()
    async function theCaller() {
      await connection.query('SELECT * FROM nowhere')
    }
    expect(((await failureOf(theCaller())) as Error).stack).toContain('theCaller')
  })

  it('ends at an abort, and is cancelled on the server', async () => {
    const connection = await local.connection()
    const abort = new AbortController()
    const held = local.cluster.inject({ method: 'executeStatementV2', fault: { kind: 'hold' } })
    const query = connection.query('SELECT 1', { signal: abort.signal })
    await held.whenFired()
    abort.abort(new Error('enough'))
    const error = await failureOf(query)
    expect(error).toBeInstanceOf(AbortError)
    expect(error).toMatchObject({ outcome: 'failed', queryId: expect.any(String), strategy: 'blue' })
    await local.cluster.whenCalls((calls) => calls.some(({ method }) => method === 'cancelQuery'))
  })

  it('ends at its time limit, and is cancelled on the server', async () => {
    const connection = await local.connection()
    local.cluster.inject({ method: 'executeStatementV2', fault: { kind: 'hold' } })
    const error = await failureOf(connection.query('SELECT 1', { timeoutMs: 100 }))
    expect(error).toBeInstanceOf(TimeoutError)
    await local.cluster.whenCalls((calls) => calls.some(({ method }) => method === 'cancelQuery'))
  })

  const BAD_LIMITS = { 'is not a number': Number.NaN, 'is a string': '5000' as unknown as number }
  for (const [what, timeoutMs] of Object.entries(BAD_LIMITS)) {
    it(`a time limit that ${what} is refused, and nothing is sent`, async () => {
      const connection = await local.connection()
      local.cluster.clearCalls()
      expect(await failureOf(connection.query('SELECT 1', { timeoutMs }))).toMatchObject({ code: 'E6_OPTIONS' })
      expect(await failureOf(connection.cursor().execute('SELECT 1', [], { timeoutMs }))).toMatchObject({
        code: 'E6_OPTIONS',
      })
      expect(local.cluster.calls()).toEqual([])
    })
  }

  it("the connection's time limit bounds a whole query, not each of its parts", async () => {
    const connection = await local.connection({ timeoutMs: 400 })
    for (const method of ['executeStatementV2', 'getNextResultBatch']) {
      local.cluster.inject({ method, fault: { kind: 'delay', ms: 300 } })
    }
    expect(await failureOf(connection.query('SELECT 1'))).toBeInstanceOf(TimeoutError)
  })

  it('an aborted signal sends nothing', async () => {
    const connection = await local.connection()
    expect(await failureOf(connection.query('SELECT 1', { signal: AbortSignal.abort() }))).toBeInstanceOf(AbortError)
    expect(local.calls('prepareStatement')).toEqual([])
  })

  for (const [what, fault] of Object.entries({
    'truncated bytes': { kind: 'truncate', bytes: 40 },
    'hostile bytes': {
      kind: 'payload',
      bytes: Uint8Array.from([8, 0, 1, 127, 255, 255, 255, 15, 0, 2, 12, 127, 255, 255, 255]),
    },
  } as const)) {
    it(`${what} in a batch are a typed error, and the connection stays usable`, async () => {
      const connection = await local.connection()
      local.cluster.inject({ method: 'getNextResultBatch', fault })
      const error = await failureOf(connection.query('SELECT order_id FROM orders'))
      expect(error).toBeInstanceOf(DecodeError)
      expect(error).toMatchObject({ queryId: expect.any(String), strategy: 'blue' })
      expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    })
  }

  it('a statement or a result that exceeds the message limits is not a rate limit: repeating it would not help', async () => {
    const connection = await local.connection({ maxSendMessageLength: 10_000, maxReceiveMessageLength: 2000 })
    const sent = await failureOf(connection.query(`SELECT '${'x'.repeat(20_000)}'`))
    expect(sent).toBeInstanceOf(TransportError)
    expect(sent).toMatchObject({ outcome: 'not-sent', retryable: false })
    const received = await failureOf(connection.query('SELECT * FROM orders'))
    expect(received).toBeInstanceOf(TransportError)
    expect(received).toMatchObject({ outcome: 'failed', retryable: false })
  })

  it('truncated metadata is a typed error, and the query is released', async () => {
    const connection = await local.connection()
    local.cluster.inject({ method: 'getResultMetadata', fault: { kind: 'truncate', bytes: 9 } })
    expect(await failureOf(connection.query('SELECT 1'))).toBeInstanceOf(DecodeError)
    await local.cluster.whenCalls((calls) => calls.some(({ method }) => method === 'cancelQuery'))
  })

  it('without a catalog uses the first version of the calls', async () => {
    const { host, port, username, password } = local.cluster
    const connection = await local.connection({ url: undefined, host, port, username, password })
    await connection.query('SELECT 1')
    expect(local.cluster.calls().map(({ method }) => method)).toContain('prepareStatement')
    expect(local.cluster.calls().map(({ method }) => method)).toContain('executeStatement')
  })

  it('tags with an unpaired surrogate are sent anyway', async () => {
    const connection = await local.connection()
    expect((await connection.query('SELECT 1 AS n', { queryTags: { team: '\ud800' } })).rows).toEqual([{ n: 1 }])
  })

  it('tags reach the engine as a comment that their content cannot end', async () => {
    const connection = await local.connection({ queryTags: { team: '*/ DROP TABLE orders; /*' } })
    expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect((await connection.query('SELECT count(*) AS n FROM orders')).rows).toEqual([{ n: BigInt(ORDERS) }])
  })
})

describe('parameters', () => {
  const local = localTest()

  it('any string comes back from the engine unchanged', async () => {
    const connection = await local.connection()
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((it) => !it.includes('\0'))
    const nasty = fc.constantFrom(
      "'",
      "''",
      '\\',
      "\\'",
      "'; DROP TABLE orders; --",
      '%s',
      '?',
      ':name',
      '\r\n\t',
      '🏝️',
      '"',
      '/*',
      '*/',
      '--',
    )
    const pieces = fc.array(fc.oneof(text, nasty), { maxLength: 6 }).map((all) => all.join(''))
    await fc.assert(
      fc.asyncProperty(pieces, pieces, async (one, two) => {
        const { rows } = await connection.query('SELECT ? AS one, ? AS two', { params: [one, two], rowShape: 'array' })
        expect(rows).toEqual([[one, two]])
      }),
      { numRuns: 200 },
    )
  })

  it('numbers, dates, bytes, lists and nulls come back too', async () => {
    const connection = await local.connection()
    const params = [1.25, -0.5, 9223372036854775807n, true, null, Uint8Array.from([0, 39, 92, 255])]
    const { rows } = await connection.query('SELECT ?::DOUBLE, ?::DOUBLE, ?::BIGINT, ?, ?, ?', {
      params,
      rowShape: 'array',
    })
    expect(rows).toEqual([params])
    const day = new Date('2026-02-12T15:14:15.123Z')
    const dated = await connection.query('SELECT ?::TIMESTAMP AS at, 3 IN (?) AS found', { params: [day, [1, 2, 3]] })
    expect(dated.rows).toEqual([{ at: '2026-02-12T15:14:15.123000+00:00', found: true }])
  })

  it('can be left to the engine to bind', async () => {
    const connection = await local.connection({ binding: 'server' })
    const { rows } = await connection.query('SELECT ? AS text, ?::INTEGER + 1 AS n', { params: ["O'Brien \\", 41] })
    expect(rows).toEqual([{ text: "O'Brien \\", n: 42 }])
  })
})

describe('the catalog', () => {
  const local = localTest()

  it('lists schemas, tables and columns', async () => {
    const connection = await local.connection()
    expect(await connection.getCatalogs()).toContainEqual({ name: 'local', isDefault: true })
    expect(await connection.getSchemaNames()).toContain('retail')
    expect(await connection.getTables()).toEqual(
      expect.arrayContaining(['customers', 'orders', 'products', 'regions', 'stores']),
    )
    expect(await connection.getColumns({ table: 'stores' })).toContainEqual({ name: 'opened_on', type: 'date' })
  })

  it('checks a statement without running it', async () => {
    const connection = await local.connection()
    expect(await connection.dryRun('SELECT 1;')).toEqual(expect.any(String))
    expect(local.calls('executeStatement')).toEqual([])
  })
})

describe('every call of the protocol can be reached', () => {
  const local = localTest()

  it('by its name, with the session and the recovery of all calls', async () => {
    const connection = await local.connection()
    expect(Object.keys(engineMethods)).toHaveLength(42)
    await connection.call(engineMethods.healthCheck, () => ({}))
    await local.cluster.expireSessions('blue')
    const { schemas } = await connection.call(engineMethods.getSchemaNames, (sessionId) => ({ sessionId }))
    expect(schemas).toContain('retail')
  })

  it('and one that the server lacks is a typed error', async () => {
    const connection = await local.connection()
    const error = await failureOf(
      connection.call(engineMethods.getNextRemoteCachedChunk, () => ({ originalQueryId: 'x' })),
    )
    expect(error).toBeInstanceOf(TransportError)
  })
})

describe('the planner queue', () => {
  const local = localTest()

  it('is asked before each statement, and its planner is passed on', async () => {
    const connection = await local.connection({ plannerQueue: true })
    await local.cluster.setPlannerQueue(['WAITING_ON_PLANNER_SCALEUP', 'WAITING_ON_PLANNER_SCALEUP', 'GO_AHEAD'])
    expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(local.calls('identifyPlanner')).toHaveLength(3)
  })

  it('fails with a retryable error when it is full', async () => {
    const connection = await local.connection({ plannerQueue: true })
    await local.cluster.setPlannerQueue(['RATE_LIMIT'])
    const error = await failureOf(connection.query('SELECT 1'))
    expect(error).toBeInstanceOf(RateLimitedError)
    expect(error).toMatchObject({ retryable: true, outcome: 'not-sent' })
  })
})

describe('closing a connection', () => {
  const local = localTest()

  it('fails waiting calls, ends queries on the server, and starts nothing new', async () => {
    const connection = await local.connection()
    const cursor = connection.cursor()
    const queryId = await cursor.execute('SELECT order_id FROM orders')
    const held = local.cluster.inject({ method: 'executeStatementV2', fault: { kind: 'hold' } })
    const waiting = failureOf(connection.query('SELECT 1'))
    await held.whenFired()
    await connection.close()
    expect(await waiting).toBeInstanceOf(ClosedError)
    expect(local.calls('cancelQuery').map((call) => call.queryId)).toContain(queryId)
    expect(connection.checkConnection()).toBe(false)
    expect(await failureOf(connection.query('SELECT 1'))).toBeInstanceOf(ClosedError)
    expect(connection.strategy.getSharedStrategy().queryStrategyMap).toEqual({})
  })

  it('can wait for running queries', async () => {
    const connection = await local.connection()
    const slow = local.cluster.inject({ method: 'getNextResultBatch', fault: { kind: 'hold' } })
    const query = connection.query('SELECT order_id FROM orders')
    await slow.whenFired()
    const closing = connection.close({ running: 'drain' })
    slow.remove()
    expect((await query).rowCount).toBe(ORDERS)
    await closing
    expect(local.calls('cancelQuery')).toEqual([])
  })

  it('twice ends its queries once, and both calls wait until they have ended', async () => {
    const connection = await local.connection()
    const queryId = await connection.cursor().execute('SELECT order_id FROM orders')
    const held = local.cluster.inject({ method: 'cancelQuery', fault: { kind: 'hold' } })
    const closed: string[] = []
    const first = connection.close().then(() => closed.push('first'))
    const second = connection.close().then(() => closed.push('second'))
    await held.whenFired()
    expect(closed).toEqual([])
    held.remove()
    await Promise.all([first, second])
    expect(local.calls('cancelQuery').map((call) => call.queryId)).toEqual([queryId])
  })
})

describe('events', () => {
  const local = localTest()

  it('report a query, and a listener that throws breaks nothing', async () => {
    const connection = await local.connection()
    const finished: unknown[] = []
    connection.on('query:started', () => {
      throw new Error('a listener of the program')
    })
    connection.on('query:finished', (facts) => finished.push(facts))
    const { queryId } = await connection.query('SELECT order_id FROM orders')
    expect(finished).toMatchObject([{ queryId, strategy: 'blue', rows: ORDERS }])
  })

  it('and log lines contain no secret', async () => {
    const lines: string[] = []
    const note = (facts: object, message: string) => lines.push(JSON.stringify({ ...facts, message }))
    const connection = await local.connection({ logger: { debug: note, info: note, warn: note, error: note } })
    const sessionId = await connection.getSessionId()
    await connection.query('SELECT 1')
    await failureOf(connection.query('SELECT * FROM nowhere'))
    await local.cluster.cutOver()
    await local.cluster.retire('blue')
    await connection.query('SELECT 1')
    const text = lines.join('\n')
    expect(lines.length).toBeGreaterThan(0)
    for (const secret of [local.cluster.password, sessionId, await connection.getSessionId()])
      expect(text).not.toContain(secret)
  })
})
