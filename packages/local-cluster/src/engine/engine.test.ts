import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalCluster } from '../local-cluster.ts'
import { startCluster } from '../start-cluster.ts'
import { RawClient, type RawQuery } from '../testing/raw-client.ts'

let cluster: LocalCluster
let client: RawClient

beforeAll(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: 2000, batchRows: 4000, adminPort: false })
  await cluster.announce('green')
  client = new RawClient(cluster)
})

afterAll(async () => {
  client.close()
  await cluster.close()
})

const GRPC = {
  cancelled: 1,
  invalidArgument: 3,
  notFound: 5,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unauthenticated: 16,
}

/** A statement that streams: far too long to be kept. */
const LONG_STREAM = 'SELECT range AS n FROM range(5000000)'

describe('sessions', () => {
  test('wrong credentials give an empty session id', async () => {
    expect(await client.call('authenticate', { user: cluster.username, password: 'wrong' })).toMatchObject({
      sessionId: '',
    })
    expect(await client.call('authenticate', { user: 'nobody', password: cluster.password })).toMatchObject({
      sessionId: '',
    })
  })

  test('wrong credentials are refused when the option says so', async () => {
    await using strict = await startCluster({
      mode: 'in-process',
      rows: 1,
      adminPort: false,
      wrongCredentials: 'unauthenticated',
    })
    using strictClient = new RawClient(strict)
    await expect(strictClient.call('authenticate', { user: strict.username, password: 'wrong' })).rejects.toMatchObject(
      { code: GRPC.unauthenticated },
    )
  })

  test('a session is known only to the engine that issued it', async () => {
    const sessionId = await client.login({ strategy: 'blue' })
    const request = { sessionId, schema: '', queryString: 'SELECT 1' }
    await expect(client.call('prepareStatement', request, { strategy: 'green' })).rejects.toMatchObject({
      code: GRPC.internal,
      details: expect.stringContaining('Access denied'),
    })
    await expect(client.call('prepareStatement', request, { strategy: 'blue' })).resolves.toMatchObject({ sessionId })
  })

  test('a revoked session is denied access, a renewed one carries a new id and the old one still works', async () => {
    const sessionId = await client.login()
    expect(await cluster.renewSession(sessionId)).toBe(true)
    const renewed = (await client.call('getSchemaNames', { sessionId })).sessionId
    expect(renewed).not.toBe(sessionId)
    expect((await client.call('getSchemaNames', { sessionId })).sessionId).toBe(renewed)
    expect((await client.call('getSchemaNames', { sessionId: renewed })).sessionId).toBe(renewed)
    expect(await cluster.revokeSession(renewed)).toBe(true)
    await expect(client.call('getSchemaNames', { sessionId: renewed })).rejects.toMatchObject({ code: GRPC.internal })
  })

  test('a session that lies unused expires', async () => {
    await using hasty = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, sessionTtlMs: 1 })
    using hastyClient = new RawClient(hasty)
    const sessionId = await hastyClient.login()
    const held = hasty.inject({ method: 'getSchemaNames', fault: { kind: 'delay', ms: 20 } })
    await expect(hastyClient.call('getSchemaNames', { sessionId })).rejects.toMatchObject({
      details: expect.stringContaining('Access denied'),
    })
    expect(held.fired).toBe(1)
  })

  test('a query goes on under a new session of its user, and under nobody else', async () => {
    await cluster.setUsers({ [cluster.username]: cluster.password, other: 'secret' }, 'blue')
    const query = await client.begin('SELECT 1 AS one')
    const again = await client.login()
    const { sessionId: stranger } = await client.call('authenticate', { user: 'other', password: 'secret' })
    await expect(
      client.call('getResultMetadata', { ...query.ids, sessionId: again }, query.headers),
    ).resolves.toBeDefined()
    await expect(
      client.call('getResultMetadata', { ...query.ids, sessionId: stranger }, query.headers),
    ).rejects.toMatchObject({
      details: expect.stringContaining('Access denied'),
    })
  })
})

describe('statements', () => {
  test.each([
    ['SELECT 1;', 'semicolon'],
    ['SELEC 1', 'syntax error at or near "SELEC"'],
    ['SELECT * FROM nowhere', 'Table with name nowhere does not exist'],
    ["SELECT 'open", 'a string literal is not closed'],
    ['SELECT 1; SELECT 2', 'Cannot prepare multiple statements'],
    ['', 'No statement to prepare'],
  ])('%j is refused at prepare, with the message of the engine', async (queryString, message) => {
    const sessionId = await client.login()
    await expect(client.call('prepareStatement', { sessionId, schema: '', queryString })).rejects.toMatchObject({
      code: GRPC.invalidArgument,
      details: expect.stringContaining(message),
    })
  })

  test('a statement that fails while it runs fails at execute, and its message counts lines as they were written', async () => {
    await expect(client.begin("SELECT 1,\n  CAST('x' || range AS INTEGER) FROM range(3)")).rejects.toMatchObject({
      code: GRPC.internal,
      details: expect.stringMatching(/Could not convert string 'x0' to INT32[\s\S]*LINE 2: {3}CAST/),
    })
  })

  test('a result that fails in its middle gives an error, not an early end', async () => {
    const query = await client.begin(
      "SELECT CASE WHEN range = 4000000 THEN 'x' ELSE '1' END::INTEGER AS n FROM range(5000000)",
    )
    expect((await query.metadata()).rowCount).toBe(5_000_000n)
    await expect(query.rows()).rejects.toMatchObject({
      code: GRPC.internal,
      details: expect.stringContaining("Could not convert string 'x'"),
    })
  })

  test.each([1, 10_239, 10_240, 10_241, 50_000])(
    'a result of %i rows is whole, in order, and counted before',
    async (rows) => {
      const query = await client.begin(`SELECT range AS n FROM range(${rows})`)
      expect((await query.metadata()).rowCount).toBe(BigInt(rows))
      const numbers = (await query.rows()).map(({ n }) => n)
      expect(numbers).toEqual(Array.from({ length: rows }, (_, n) => BigInt(n)))
      expect(await query.nextRows()).toBeUndefined()
    },
  )

  test('an empty result has its columns and no batch', async () => {
    const query = await client.begin('SELECT order_id FROM orders WHERE false')
    expect(await query.metadata()).toEqual({
      rowCount: 0n,
      fields: [{ name: 'order_id', type: 'LONG', zone: '', format: '' }],
    })
    expect(await query.nextRows()).toBeUndefined()
  })

  test('a statement that is not the same twice runs once', async () => {
    const query = await client.begin('SELECT uuid() AS id FROM range(30000) WHERE random() < 0.5')
    const { rowCount } = await query.metadata()
    const rows = await query.rows()
    expect(BigInt(rows.length)).toBe(rowCount)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  })

  test.each([
    'PRAGMA version',
    'SHOW TABLES',
    'DESCRIBE orders',
    'SUMMARIZE stores',
    'EXPLAIN SELECT 1',
    'VALUES (1), (2)',
    'FROM stores',
    'WITH a AS (SELECT 1) SELECT * FROM a -- end',
  ])('%s can be read like any other', async (sql) => {
    expect((await client.query(sql)).length).toBeGreaterThan(0)
  })

  test('literals arrive in the dialect of the engine', async () => {
    const [row] = await client.query(`SELECT 'O\\'Brien \\\\ "x"\\n' AS name`)
    expect(row).toEqual({ name: 'O\'Brien \\ "x"\n' })
  })

  test('what is written through one engine is read through the other', async () => {
    await client.query('CREATE TABLE notes (id INTEGER, text VARCHAR)', { strategy: 'blue' })
    expect(await client.query("INSERT INTO notes VALUES (1, 'one')", { strategy: 'blue' })).toEqual([{ Count: 1n }])
    expect(await client.query("INSERT INTO notes VALUES (2, 'two')", { strategy: 'green' })).toEqual([{ Count: 1n }])
    for (const strategy of ['blue', 'green']) {
      expect(await client.query('SELECT id FROM notes ORDER BY id', { strategy })).toEqual([{ id: 1 }, { id: 2 }])
    }
  })

  test('statements can open no file of the machine', async () => {
    await expect(client.begin("SELECT * FROM read_text('/etc/passwd')")).rejects.toMatchObject({
      details: expect.stringContaining('disabled'),
    })
    await expect(client.begin("COPY (SELECT 1) TO '/tmp/e6-local-cluster-must-not-exist.csv'")).rejects.toThrow()
  })
})

describe('calls about a query', () => {
  test('the plannerip of the engine that prepared it is needed', async () => {
    const query = await client.begin('SELECT 1 AS one')
    for (const headers of [{}, { plannerip: 'elsewhere' }]) {
      await expect(client.call('getNextResultBatch', query.ids, headers)).rejects.toMatchObject({
        code: GRPC.failedPrecondition,
      })
    }
  })

  test('a query lives only on the engine that prepared it', async () => {
    const blue = await client.begin('SELECT 1 AS one', { strategy: 'blue' })
    const green = await client.begin('SELECT 1 AS one', { strategy: 'green' })
    const onGreen = { ...green.ids, queryId: blue.ids.queryId }
    await expect(client.call('getNextResultBatch', onGreen, green.headers)).rejects.toMatchObject({
      code: GRPC.notFound,
    })
  })

  test('nothing can be read before it is executed, and it is executed once', async () => {
    const sessionId = await client.login()
    const { engineIP, queryId } = await client.call('prepareStatement', {
      sessionId,
      schema: '',
      queryString: 'SELECT 1',
    })
    const ids = { engineIP, sessionId, queryId }
    const headers = { plannerip: engineIP }
    await expect(client.call('getResultMetadata', ids, headers)).rejects.toMatchObject({
      code: GRPC.failedPrecondition,
    })
    await client.call('executeStatement', ids, headers)
    await expect(client.call('executeStatement', ids, headers)).rejects.toMatchObject({ code: GRPC.failedPrecondition })
    await expect(client.call('getResultMetadata', ids, headers)).resolves.toBeDefined()
  })

  test('status tells the number of rows', async () => {
    const query = await client.begin('SELECT * FROM range(12)')
    expect(await query.call('status')).toMatchObject({ status: true, rowCount: 12n })
  })

  test('explain and explain analyze describe the query', async () => {
    const query = await client.begin('SELECT count(*) FROM orders')
    expect((await query.call('explain')).explain).toContain('AGGREGATE')
    const { explainAnalyze } = await query.call('explainAnalyze')
    expect(JSON.parse(explainAnalyze)).toMatchObject({
      total_query_time: expect.any(Number),
      executionQueueingTime: expect.any(Number),
      parsingTime: expect.any(Number),
    })
  })

  test('a cancelled statement stops at once, and its caller hears that it was cancelled', async () => {
    const sessionId = await client.login()
    const { engineIP, queryId } = await client.call('prepareStatement', {
      sessionId,
      schema: '',
      queryString: 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b',
    })
    const ids = { engineIP, sessionId, queryId }
    const headers = { plannerip: engineIP }
    const executed = expect(client.call('executeStatement', ids, headers)).rejects.toMatchObject({
      code: GRPC.cancelled,
      details: expect.stringContaining('was cancelled'),
    })
    await cluster.whenCalls((calls) =>
      calls.some((call) => call.queryId === queryId && call.method === 'executeStatement'),
    )
    await client.call('cancelQuery', ids, headers)
    await executed
    await expect(client.call('getNextResultBatch', ids, headers)).rejects.toMatchObject({ code: GRPC.cancelled })
  })

  test.each(['clear', 'cancelQuery'] as const)(
    '%s frees a stream in its middle, and may be said twice',
    async (method) => {
      const query = await client.begin(LONG_STREAM)
      expect(await query.nextRows()).toHaveLength(4000)
      await query.call(method)
      await query.call(method)
      await expect(query.call('getNextResultBatch')).rejects.toMatchObject({ code: GRPC.cancelled })
      const found = (await cluster.queries()).find(({ id }) => id === query.ids.queryId)
      expect(found?.state).toBe(method === 'clear' ? 'cleared' : 'cancelled')
    },
  )

  test('a slow reader makes the engine wait: only one batch is made ahead', async () => {
    const query = await client.begin(LONG_STREAM)
    for (let batch = 0; batch < 5; batch++) await query.nextRows()
    const found = (await cluster.queries()).find(({ id }) => id === query.ids.queryId)
    expect(found).toMatchObject({ state: 'running', batchesDelivered: 5, rowsDelivered: 20_000, rowCount: 5_000_000 })
    await query.call('clear')
  })

  test('wide rows cut a batch by its bytes', async () => {
    await using narrow = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, batchBytes: 100_000 })
    using narrowClient = new RawClient(narrow)
    const query = await narrowClient.begin("SELECT repeat('x', 1000) AS text FROM range(15000)")
    const rows = await query.nextRows()
    expect(rows?.length).toBeLessThan(5000)
    expect((rows?.length ?? 0) + (await query.rows()).length).toBe(15_000)
  })

  test('a query that nobody touches any more is freed', async () => {
    await using hasty = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, queryIdleTimeoutMs: 1 })
    using hastyClient = new RawClient(hasty)
    const forgotten = await hastyClient.begin(LONG_STREAM)
    const later = hasty.inject({ method: 'prepareStatement', fault: { kind: 'delay', ms: 20 } })
    await hastyClient.begin('SELECT 1')
    expect(later.fired).toBe(1)
    const states = Object.fromEntries((await hasty.queries()).map(({ id, state }) => [id, state]))
    expect(states[forgotten.ids.queryId]).toBe('cancelled')
  })
})

describe('parameters bound by the engine', () => {
  const VALUES: readonly [type: string, value: string, sqlType: string][] = [
    ['LONG', '9007199254740993', 'BIGINT'],
    ['INTEGER', '-5', 'INTEGER'],
    ['DOUBLE', '0.5', 'DOUBLE'],
    ['DECIMAL128', '12345678901234567890.01', 'DECIMAL(38,2)'],
    ['BOOLEAN', 'true', 'BOOLEAN'],
    ['STRING', "O'Brien \\ ?", 'VARCHAR'],
    ['BINARY', '00ff', 'BLOB'],
    ['DATE', '2020-02-29', 'DATE'],
    ['DATETIME', '2020-02-29 12:00:00.5', 'TIMESTAMP'],
    ['TIMESTAMP_TZ', '2020-02-29 12:00:00.5+05:30', 'TIMESTAMPTZ'],
  ]

  async function execute(
    queryString: string,
    params: { index: number; type: string; value: string }[],
  ): Promise<RawQuery> {
    const sessionId = await client.login()
    const query = await client.prepare(queryString, sessionId)
    await client.call('executeStatementV2', { ...query.ids, params }, query.headers)
    return query
  }

  test('every type arrives as the value that was sent', async () => {
    const columns = VALUES.map(([type, , sqlType], index) => `?::${sqlType} AS c${index}_${type}`)
    const query = await execute(`SELECT ${columns.join(', ')}, ?::VARCHAR AS nothing`, [
      ...VALUES.map(([type, value], index) => ({ index: index + 1, type, value })),
      { index: VALUES.length + 1, type: 'NULL', value: '' },
    ])
    const [row] = await query.rows()
    expect(Object.values(row ?? {})).toEqual([
      9007199254740993n,
      -5,
      0.5,
      '12345678901234567890.01',
      true,
      "O'Brien \\ ?",
      new Uint8Array([0, 255]),
      '2020-02-29',
      '2020-02-29T12:00:00.500000+00:00',
      '2020-02-29T06:30:00.500000+00:00',
      null,
    ])
  })

  test('they may be counted from 0, and are bound to large results too', async () => {
    const query = await execute('SELECT range + ? AS n FROM range(?)', [
      { index: 0, type: 'LONG', value: '5' },
      { index: 1, type: 'LONG', value: '20000' },
    ])
    const rows = await query.rows()
    expect([rows.length, rows[0]?.n, rows.at(-1)?.n]).toEqual([20_000, 5n, 20_004n])
  })

  test('a value that is not of its type, and a type that is unknown, are refused', async () => {
    await expect(execute('SELECT ?', [{ index: 1, type: 'LONG', value: 'x' }])).rejects.toMatchObject({
      code: GRPC.invalidArgument,
    })
    await expect(execute('SELECT ?', [{ index: 1, type: 'COLOUR', value: 'blue' }])).rejects.toMatchObject({
      code: GRPC.invalidArgument,
    })
  })

  test('getDynamicParams tells what a statement asks for', async () => {
    const query = await client.prepare('SELECT * FROM orders WHERE order_id = ? AND region = ?', await client.login())
    expect((await query.call('getDynamicParams')).params).toMatchObject([
      { index: 1, type: 'LONG' },
      { index: 2, type: 'STRING' },
    ])
  })
})

describe('catalogs', () => {
  test('catalogs, schemas, tables and columns are listed', async () => {
    const sessionId = await client.login()
    expect((await client.call('getCataloges', {})).catalogResponses).toMatchObject([{ name: 'local', isDefault: true }])
    expect((await client.call('getSchemaNames', { sessionId })).schemas).toEqual(['retail'])
    expect((await client.call('getSchemaNamesV2', { sessionId, catalog: 'local' })).schemas).toEqual(['retail'])
    const tables = ['customers', 'orders', 'products', 'regions', 'returns', 'stores']
    expect((await client.call('getTables', { sessionId, schema: 'retail' })).tables).toEqual(
      expect.arrayContaining(tables),
    )
    expect((await client.call('getTablesV2', { sessionId, schema: 'retail', catalog: 'local' })).tables).toEqual(
      expect.arrayContaining(tables),
    )
    const { fieldInfo } = await client.call('getColumnsV2', {
      sessionId,
      catalog: 'local',
      schema: 'retail',
      table: 'stores',
    })
    expect(fieldInfo.map(({ fieldName, fieldType }) => [fieldName, fieldType])).toEqual([
      ['store_id', 'SHORT'],
      ['name', 'STRING'],
      ['region_id', 'SHORT'],
      ['opened_on', 'DATE'],
      ['time_zone', 'STRING'],
    ])
    expect((await client.call('getColumns', { sessionId, schema: 'retail', table: 'stores' })).fieldInfo).toHaveLength(
      5,
    )
  })

  test('what does not exist is named', async () => {
    const sessionId = await client.login()
    const refused = { code: GRPC.invalidArgument }
    await expect(client.call('getSchemaNamesV2', { sessionId, catalog: 'nowhere' })).rejects.toMatchObject(refused)
    await expect(client.call('getTables', { sessionId, schema: 'nowhere' })).rejects.toMatchObject(refused)
    await expect(client.call('getColumns', { sessionId, schema: '', table: 'nowhere' })).rejects.toMatchObject(refused)
    const prepare = { sessionId, catalog: 'nowhere', schema: 'x', queryString: 'SELECT 1' }
    await expect(client.call('prepareStatementV2', prepare)).rejects.toMatchObject(refused)
  })

  test('a catalog can be added and used', async () => {
    const sessionId = await client.login()
    await client.call('addCatalogs', { sessionId, json: '[{"name": "extra"}, {"name": "local"}]' })
    const added = await client.call('getAddCatalogsResponse', { sessionId })
    expect(added).toMatchObject({ status: 'PARTIAL_SUCCESS', failures: [{ name: 'local' }] })
    await client.query('CREATE TABLE extra.main.t AS SELECT 1 AS one')
    expect((await client.call('getTablesV2', { sessionId, catalog: 'extra', schema: 'main' })).tables).toEqual(['t'])
  })

  test('a dry run gives the plan, or the error', async () => {
    const sessionId = await client.login()
    const request = { engineIP: '', sessionId, schema: 'retail', queryString: 'SELECT count(*) FROM orders' }
    expect((await client.call('dryRun', request)).dryrunValue).toContain('AGGREGATE')
    expect((await client.call('dryRunV2', { ...request, catalog: 'local' })).dryrunValue).toContain('AGGREGATE')
    await expect(client.call('dryRun', { ...request, queryString: 'SELECT nothing' })).rejects.toMatchObject({
      code: GRPC.invalidArgument,
    })
  })
})

describe('the other calls', () => {
  test('a data frame is put together call by call', async () => {
    const sessionId = await client.login()
    const { engineIP } = await client.call('authenticate', { user: cluster.username, password: cluster.password })
    const plannerip = engineIP ?? ''
    const { queryId } = await client.call('createDataFrame', {
      sessionId,
      engineIP: plannerip,
      dataframeNumber: 1,
      catalog: 'local',
      schema: 'retail',
      table: 'orders',
    })
    const ids = { sessionId, engineIP: plannerip, queryId, dataframeNumber: 1 }
    const headers = { plannerip }
    await client.call('filterOnDataFrame', { ...ids, whereClause: "region <> 'it\\'s nowhere'" }, headers)
    await client.call(
      'aggregateOnDataFrame',
      { ...ids, groupBy: ['region'], aggregateFunctionMap: { order_id: 1, customer_id: 3 } },
      headers,
    )
    await client.call('orderByOnDataFrame', { ...ids, orderByFieldMap: { region: 1 } }, headers)
    await client.call('limitOnDataFrame', { ...ids, fetchLimit: 2 }, headers)
    await client.call('projectionOnDataFrame', { ...ids, field: ['region', 'count_order_id'] }, headers)
    await client.call('executeDataFrame', ids, headers)
    const query = client.attach(ids, headers)
    const rows = await query.rows()
    expect(rows).toEqual(
      await client.query(
        'SELECT region, count(order_id) AS count_order_id FROM orders GROUP BY region ORDER BY region DESC LIMIT 2',
      ),
    )
  })

  test('the planner queue answers by its script', async () => {
    const sessionId = await client.login()
    const request = {
      sessionId,
      firstTimeRequestPayload: { schema: 'retail', catalog: 'local', queryString: 'SELECT 1' },
    }
    expect(await client.call('identifyPlanner', request)).toMatchObject({
      queueMessage: 0,
      plannerIp: expect.any(String),
    })
    await cluster.setPlannerQueue(['WAITING_ON_PLANNER_SCALEUP', 'RATE_LIMIT'], 'blue')
    const waiting = await client.call('identifyPlanner', request)
    expect(waiting.queueMessage).toBe(1)
    const existingQuery = { queryId: waiting.existingQuery?.queryId ?? '', elapsedTimeMillis: 10n }
    const limited = await client.call('identifyPlanner', { sessionId, existingQuery })
    expect(limited).toMatchObject({ queueMessage: 2, existingQuery: { queryId: existingQuery.queryId } })
    expect((await client.call('identifyPlanner', request)).queueMessage).toBe(0)
  })

  test('every method of the service answers, if only that it has nothing to offer', async () => {
    const sessionId = await client.login()
    await expect(client.call('healthCheck', {})).resolves.toBeDefined()
    await expect(client.call('refreshCatalogs', { sessionId })).resolves.toMatchObject({ sessionId })
    await expect(
      client.call('syncSchemas', { catalog: 'local', database: 'retail', queryId: '', isReplace: false }),
    ).resolves.toBeDefined()
    await expect(client.call('analyzeQuery', { query: 'SELECT 1', catalog: '', schema: '' })).resolves.toBeDefined()
    await expect(client.call('setProps', { sessionId, props: '' })).resolves.toBeDefined()
    for (const refused of [
      client.call('updateUsers', { users: new Uint8Array() }),
      client.call('setProps', { sessionId, props: 'a=b' }),
      client.call('getNextRemoteCachedChunk', {}),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: GRPC.unimplemented })
    }
    await client.call('dropUserContext', { sessionId, engineIP: '' })
    await expect(client.call('getSchemaNames', { sessionId })).rejects.toMatchObject({ code: GRPC.internal })
  })
})
