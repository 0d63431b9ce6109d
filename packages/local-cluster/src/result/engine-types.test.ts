import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LocalCluster } from '../local-cluster.ts'
import { startCluster } from '../start-cluster.ts'
import { RawClient } from '../testing/raw-client.ts'

let cluster: LocalCluster
let client: RawClient

beforeAll(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: 10, batchRows: 5, adminPort: false })
  client = new RawClient(cluster)
})

afterAll(async () => {
  client.close()
  await cluster.close()
})

async function typesAndRows(sql: string) {
  const query = await client.begin(sql)
  const { fields, rowCount } = await query.metadata()
  const rows = await query.rows()
  expect(BigInt(rows.length)).toBe(rowCount)
  return { types: fields.map(({ type }) => type), rows: rows.map((row) => Object.values(row)) }
}

// The first column of each case is a value, the second a null; the same value twice makes a constant vector too.
test.each<[sqlType: string, literal: string, engineType: string, value: unknown]>([
  ['TINYINT', '-128', 'BYTE', -128],
  ['UTINYINT', '255', 'SHORT', 255],
  ['SMALLINT', '-32768', 'SHORT', -32768],
  ['USMALLINT', '65535', 'INTEGER', 65535],
  ['INTEGER', '-2147483648', 'INTEGER', -2147483648],
  ['UINTEGER', '4294967295', 'LONG', 4294967295n],
  ['BIGINT', '-9223372036854775808', 'LONG', -9223372036854775808n],
  ['UBIGINT', '18446744073709551615', 'DECIMAL128', '18446744073709551615'],
  ['HUGEINT', '-99999999999999999999999999999999999999', 'DECIMAL128', '-99999999999999999999999999999999999999'],
  ['UHUGEINT', '340282366920938463463374607431768211455', 'STRING', '340282366920938463463374607431768211455'],
  ['DOUBLE', "'-0.1'", 'DOUBLE', -0.1],
  ['FLOAT', "'0.5'", 'FLOAT', 0.5],
  ['DECIMAL(4,2)', '-12.34', 'DECIMAL128', '-12.34'],
  ['DECIMAL(9,0)', '123456789', 'DECIMAL128', '123456789'],
  ['DECIMAL(18,6)', '-123456789012.000001', 'DECIMAL128', '-123456789012.000001'],
  [
    'DECIMAL(38,37)',
    '1.2345678901234567890123456789012345678',
    'DECIMAL128',
    '1.2345678901234567890123456789012345678',
  ],
  ['BOOLEAN', 'true', 'BOOLEAN', true],
  ['VARCHAR', "'𝔘nicode 🏝️ naïve'", 'STRING', '𝔘nicode 🏝️ naïve'],
  ['VARCHAR', "''", 'STRING', ''],
  ['BLOB', "'\\\\x00\\\\xFFab'", 'BINARY', new Uint8Array([0, 255, 97, 98])],
  ['DATE', "'1969-12-31'", 'DATE', '1969-12-31'],
  ['DATE', "'11756-12-31'", 'DATE', '+11756-12-31'],
  ['TIMESTAMP', "'1969-12-31 23:59:59.999999'", 'DATETIME', '1969-12-31T23:59:59.999999+00:00'],
  ['TIMESTAMP_S', "'2020-02-29 12:00:01'", 'DATETIME', '2020-02-29T12:00:01.000000+00:00'],
  ['TIMESTAMP_MS', "'2020-02-29 12:00:01.5'", 'DATETIME', '2020-02-29T12:00:01.500000+00:00'],
  ['TIMESTAMP_NS', "'1969-12-31 23:59:59.999999999'", 'DATETIME', '1969-12-31T23:59:59.999999+00:00'],
  ['TIMESTAMPTZ', "'2020-02-29 12:00:01.5+05:30'", 'TIMESTAMP_TZ', '2020-02-29T06:30:01.500000+00:00'],
  [
    'STRUCT(instant TIMESTAMPTZ, zone VARCHAR)',
    "{'instant': '2020-02-29 12:00:01.5+00'::TIMESTAMPTZ, 'zone': '-03:30'}",
    'TIMESTAMP_TZ',
    '2020-02-29T08:30:01.500000-03:30',
  ],
  ['UUID', "'00000000-0000-4000-8000-00000000000a'", 'STRING', '00000000-0000-4000-8000-00000000000a'],
  ['TIME', "'10:11:12.5'", 'STRING', '10:11:12.5'],
  ['INTERVAL', "'3 days'", 'INTERVAL_DAY_SECOND', 'P3D'],
  ['INTERVAL', "'-5 microseconds'", 'INTERVAL_DAY_SECOND', '-PT0.000005S'],
  ['INTERVAL', "'2 days 03:25:45.5'", 'INTERVAL_DAY_SECOND', 'P2DT3H25M45.500000S'],
  ["ENUM('a', 'b')", "'b'", 'STRING', 'b'],
  ['BIT', "'10101'", 'STRING', '10101'],
  ['BIGINT[]', '[9007199254740993, NULL, -1]', 'ARRAY', '[9007199254740993,null,-1]'],
  ['VARCHAR[]', "['a\"b', 'line\\nend', '🎁']", 'ARRAY', '["a\\"b","line\\nend","🎁"]'],
  ['INTEGER[3]', '[1, 2, 3]', 'ARRAY', '[1,2,3]'],
  ['INTEGER[][]', '[[1], [], [2, 3]]', 'ARRAY', '[[1],[],[2,3]]'],
  ['DOUBLE[]', "['nan', '-inf', '-0.0', '1e100']", 'ARRAY', '["NaN","-Infinity",-0.0,1e+100]'],
  [
    'STRUCT(a DECIMAL(38,2), b TIMESTAMP, c BLOB, d STRUCT(e BOOLEAN))',
    "{'a': 123456789012345678901234567890.10, 'b': '2020-01-01 00:00:00.000001', 'c': '\\\\xAB', 'd': {'e': true}}",
    'STRUCT',
    '{"a":123456789012345678901234567890.10,"b":"2020-01-01T00:00:00.000001","c":"ab","d":{"e":true}}',
  ],
  ['MAP(VARCHAR, BIGINT)', "MAP {'k': 9007199254740993, 'l': NULL}", 'MAP', '{"k":9007199254740993,"l":null}'],
  ['MAP(INTEGER, DATE)', "MAP {7: DATE '2020-01-01'}", 'MAP', '{"7":"2020-01-01"}'],
])('%s %s arrives as %s', async (sqlType, literal, engineType, value) => {
  const cast = `(CAST(${literal} AS ${sqlType}))`
  const mixed = await typesAndRows(
    `SELECT v FROM (VALUES ${[cast, '(NULL)', cast, '(NULL)', cast, '(NULL)', cast].join()}) t(v)`,
  )
  expect(mixed.types).toEqual([engineType])
  expect(mixed.rows).toEqual([[value], [null], [value], [null], [value], [null], [value]])
  const constant = await typesAndRows(`SELECT CAST(${literal} AS ${sqlType}) AS v, NULL::${sqlType} AS n FROM range(7)`)
  expect(constant.types).toEqual([engineType, engineType])
  expect(constant.rows).toEqual(Array.from({ length: 7 }, () => [value, null]))
})

test('an interval with months is refused, since it has no fixed length', async () => {
  await expect(typesAndRows("SELECT INTERVAL '1 month' AS v UNION ALL SELECT INTERVAL '1 day'")).rejects.toThrow(
    'an INTERVAL with months is not an INTERVAL_DAY_SECOND',
  )
})

test('timestamps with time zone have the zone of the option timeZone', async () => {
  await using zoned = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, timeZone: 'Asia/Kolkata' })
  using zonedClient = new RawClient(zoned)
  const [row] = await zonedClient.query(
    "SELECT '2020-01-01 00:00:00+00'::TIMESTAMPTZ AS at, '2020-01-01 00:00:00'::TIMESTAMPTZ AS here",
  )
  expect(row).toEqual({ at: '2020-01-01T05:30:00.000000+05:30', here: '2020-01-01T00:00:00.000000+05:30' })
})

test('two columns with one name keep it', async () => {
  const query = await client.begin('SELECT 1 AS a, 2 AS a')
  expect((await query.metadata()).fields.map(({ name }) => name)).toEqual(['a', 'a'])
})

test('the built-in orders contain all types, with the same values on both engines', async () => {
  await cluster.announce('green')
  const sql = 'SELECT * FROM orders ORDER BY order_id'
  const blue = await client.query(sql, { strategy: 'blue' })
  const green = await client.query(sql, { strategy: 'green' })
  expect(blue).toHaveLength(10)
  expect(green).toEqual(blue)
  const fields = (await (await client.begin(sql)).metadata()).fields
  expect([...new Set(fields.map(({ type }) => type))].sort()).toEqual([
    'ARRAY',
    'BINARY',
    'BOOLEAN',
    'BYTE',
    'DATE',
    'DATETIME',
    'DECIMAL128',
    'DOUBLE',
    'FLOAT',
    'INTEGER',
    'LONG',
    'MAP',
    'SHORT',
    'STRING',
    'STRUCT',
    'TIMESTAMP_TZ',
  ])
})
