import { describe, expect, test } from 'vitest'
import { GRPC_STATUS } from '../grpc/rpc-error.ts'
import { withCluster } from '../testing/with-cluster.ts'

const shared = withCluster({ rows: 2000, batchRows: 4000 })

describe('statements', () => {
  test.each([
    ['SELECT 1;', 'semicolon'],
    ['SELEC 1', 'syntax error at or near "SELEC"'],
    ['SELECT * FROM nowhere', 'Table with name nowhere does not exist'],
    ["SELECT 'open", 'a string literal is not closed'],
    ['SELECT 1; SELECT 2', 'Cannot prepare multiple statements'],
    ['', 'No statement to prepare'],
  ])('%j is refused at prepare, with the message of the engine', async (queryString, message) => {
    const sessionId = await shared.client.login()
    await expect(shared.client.call('prepareStatement', { sessionId, schema: '', queryString })).rejects.toMatchObject({
      code: GRPC_STATUS.invalidArgument,
      details: expect.stringContaining(message),
    })
  })

  test('a statement that fails while it runs fails at execute, with the line numbers of the original statement', async () => {
    await expect(shared.client.begin("SELECT 1,\n  CAST('x' || range AS INTEGER) FROM range(3)")).rejects.toMatchObject(
      {
        code: GRPC_STATUS.internal,
        details: expect.stringMatching(/Could not convert string 'x0' to INT32[\s\S]*LINE 2: {3}CAST/),
      },
    )
  })

  test('a result that fails midway ends with an error, not with an early end', async () => {
    const query = await shared.client.begin(
      "SELECT CASE WHEN range = 4000000 THEN 'x' ELSE '1' END::INTEGER AS n FROM range(5000000)",
    )
    expect((await query.metadata()).rowCount).toBe(5_000_000n)
    await expect(query.rows()).rejects.toMatchObject({
      code: GRPC_STATUS.internal,
      details: expect.stringContaining("Could not convert string 'x'"),
    })
  })

  test.each([1, 10_239, 10_240, 10_241, 50_000])(
    'a result of %i rows is complete, in order, and counted in advance',
    async (rows) => {
      const query = await shared.client.begin(`SELECT range AS n FROM range(${rows})`)
      expect((await query.metadata()).rowCount).toBe(BigInt(rows))
      const numbers = (await query.rows()).map(({ n }) => n)
      expect(numbers).toEqual(Array.from({ length: rows }, (_, n) => BigInt(n)))
      expect(await query.nextRows()).toBeUndefined()
    },
  )

  test('an empty result has its columns and no batch', async () => {
    const query = await shared.client.begin('SELECT order_id FROM orders WHERE false')
    expect(await query.metadata()).toEqual({
      rowCount: 0n,
      fields: [{ name: 'order_id', type: 'LONG', zone: '', format: '' }],
    })
    expect(await query.nextRows()).toBeUndefined()
  })

  test('a nondeterministic statement runs once', async () => {
    const query = await shared.client.begin('SELECT uuid() AS id FROM range(30000) WHERE random() < 0.5')
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
    expect((await shared.client.query(sql)).length).toBeGreaterThan(0)
  })

  test('literals arrive in the dialect of the engine', async () => {
    const [row] = await shared.client.query(`SELECT 'O\\'Brien \\\\ "x"\\n' AS name`)
    expect(row).toEqual({ name: 'O\'Brien \\ "x"\n' })
  })

  test('one engine reads what the other wrote', async () => {
    await shared.client.query('CREATE TABLE notes (id INTEGER, text VARCHAR)', { strategy: 'blue' })
    expect(await shared.client.query("INSERT INTO notes VALUES (1, 'one')", { strategy: 'blue' })).toEqual([
      { Count: 1n },
    ])
    expect(await shared.client.query("INSERT INTO notes VALUES (2, 'two')", { strategy: 'green' })).toEqual([
      { Count: 1n },
    ])
    for (const strategy of ['blue', 'green']) {
      expect(await shared.client.query('SELECT id FROM notes ORDER BY id', { strategy })).toEqual([
        { id: 1 },
        { id: 2 },
      ])
    }
  })

  test.each(['BEGIN', 'COMMIT', 'SET threads = 1', 'USE local.main'])(
    '%s is refused: statements share no state',
    async (sql) => {
      await expect(shared.client.begin(sql)).rejects.toMatchObject({ code: GRPC_STATUS.unimplemented })
    },
  )

  test('statements cannot open files of the machine', async () => {
    await expect(shared.client.begin("SELECT * FROM read_text('/etc/passwd')")).rejects.toMatchObject({
      details: expect.stringContaining('disabled'),
    })
    await expect(shared.client.begin("COPY (SELECT 1) TO '/tmp/e6-local-cluster-must-not-exist.csv'")).rejects.toThrow()
  })
})
