import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../connect.ts'
import type { Connection } from '../connection.ts'
import type { ScalarParameter } from './sql-literal.ts'

/** The engine reads back the same value for any parameter, with both ways of binding. */
let cluster: LocalCluster
let connection: Connection

beforeAll(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: 10 })
  connection = await connect(cluster.url)
})

afterAll(async () => {
  await connection.close()
  await cluster.close()
})

const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(
        "'",
        "''",
        "\\'",
        '"',
        '`',
        '\\',
        '\r',
        '\n',
        '\t',
        '--',
        '/*',
        '*/',
        ';',
        '?',
        ':a',
        '%(a)s',
        '%%',
        '$$',
        '😀',
        '\u2028',
        '\ufeff',
        '\u0001',
        "'); DROP TABLE orders; --",
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  })
  .filter((it) => !it.includes('\0'))

const binding = fc.constantFrom('client' as const, 'server' as const)

async function readBack(
  sql: string,
  params: ScalarParameter[],
  options: { binding: 'client' | 'server' },
): Promise<unknown[]> {
  const { rows } = await connection.query(sql, { params, rowShape: 'array', ...options })
  expect(rows).toHaveLength(1)
  return rows[0] as unknown[]
}

describe('the engine reads back', () => {
  test('any string, next to any other', { timeout: 120_000 }, async () => {
    const texts = fc.array(text, { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(texts, binding, async (values, how) => {
        const columns = values.map((_, index) => `'?' || CAST(? AS VARCHAR) AS c${index}, '' AS "?${index}"`)
        const row = await readBack(`SELECT ${columns.join(', ')}, 'end' AS e -- ?`, values, { binding: how })
        expect(row).toEqual([...values.flatMap((value) => [`?${value}`, '']), 'end'])
      }),
      { numRuns: 100 },
    )
  })

  test.each(['client', 'server'] as const)(
    'a string that starts with, ends with or is a byte order mark (bound by the %s)',
    async (how) => {
      const values = ['\ufeff', '\ufeffa', 'a\ufeff', '\ufeff\ufeff']
      const columns = values.map((_, index) => `CAST(? AS VARCHAR) AS c${index}`)
      expect(await readBack(`SELECT ${columns.join(', ')}`, values, { binding: how })).toEqual(values)
    },
  )

  test.each(['client', 'server'] as const)(
    'a double whose decimal is parsed as a neighbouring double (bound by the %s)',
    async (how) => {
      const doubles = [0.0009522489631409409, -0.0009522489631409409]
      expect(
        await readBack('SELECT CAST(? AS DOUBLE) AS a, CAST(? AS DOUBLE) AS b', doubles, { binding: how }),
      ).toEqual(doubles)
    },
  )

  test('any 64-bit integer and any finite double', { timeout: 120_000 }, async () => {
    const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const double = fc.double({ noNaN: true, noDefaultInfinity: true })
    await fc.assert(
      fc.asyncProperty(long, double, binding, async (integer, number, how) => {
        const row = await readBack('SELECT CAST(? AS BIGINT) AS a, CAST(? AS DOUBLE) AS b', [integer, number], {
          binding: how,
        })
        expect(row).toEqual([integer, number])
      }),
      { numRuns: 60 },
    )
  })

  test('any instant of the years 1 to 9999 to the millisecond, and any bytes', { timeout: 120_000 }, async () => {
    const instant = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    await fc.assert(
      fc.asyncProperty(instant, fc.uint8Array(), binding, async (date, bytes, how) => {
        const [timestamp, blob] = await readBack('SELECT ? AS a, ? AS b', [date, bytes], { binding: how })
        expect(timestamp).toBe(date.toISOString().replace('Z', '000+00:00'))
        expect(Buffer.from(blob as Uint8Array)).toEqual(Buffer.from(bytes))
      }),
      { numRuns: 60 },
    )
  })

  test.each(['client', 'server'] as const)(
    'booleans, null and integers beyond 64 bits (bound by the %s)',
    async (how) => {
      const huge = 10n ** 37n + 1n
      const sql = 'SELECT CAST(? AS BOOLEAN) AS a, ? IS NULL AS b, CAST(? AS VARCHAR) AS c, -? AS d, 1-? AS e'
      const [yes, isNull, digits, ...numbers] = await readBack(sql, [true, null, huge, -5n, -1n], { binding: how })
      expect([yes, isNull, digits]).toEqual([true, true, String(huge)])
      expect(numbers.map(Number)).toEqual([5, 2])
    },
  )
})

describe('a statement', () => {
  test.each(['client', 'server'] as const)(
    'accepts a list for IN, and names in any order (bound by the %s)',
    async (how) => {
      const options = { rowShape: 'array', binding: how } as const
      const list = await connection.query('SELECT x FROM (VALUES (1), (2), (3)) AS t(x) WHERE x IN (?) ORDER BY 1', {
        params: [[1, 3]],
        ...options,
      })
      expect(list.rows.flat().map(Number)).toEqual([1, 3])
      const named = await connection.query('SELECT :b AS b, %(a)s AS a, :b AS c, 7 %% 4 AS d', {
        params: { a: 'x', b: 'y' },
        ...options,
      })
      expect(named.rows[0]!.map((value) => (typeof value === 'bigint' ? Number(value) : value))).toEqual([
        'y',
        'x',
        'y',
        3,
      ])
    },
  )

  test('returns the types of its placeholders, when the server binds them', async () => {
    await using cursor = connection.cursor({ binding: 'server' })
    await cursor.execute('SELECT * FROM orders WHERE order_id = ? AND region = ?', [1, 'north'])
    expect(await cursor.dynamicParameters()).toEqual([
      { index: 1, type: 'LONG' },
      { index: 2, type: 'STRING' },
    ])
    await cursor.execute('SELECT 1')
    expect(await cursor.dynamicParameters()).toEqual([])
  })

  test('may end in semicolons and comments, which the engine would refuse', async () => {
    const { rows } = await connection.query("SELECT ';' AS a; ; -- done; really", { rowShape: 'array' })
    expect(rows).toEqual([[';']])
  })
})
