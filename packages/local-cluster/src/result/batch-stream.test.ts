import { DuckDBInstance } from '@duckdb/node-api'
import { decodeChunk } from 'e6data-connector/wire'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchStream } from './batch-stream.ts'
import { engineTypeName } from './engine-types.ts'

/** The rows of a statement, from decoded batches and from DuckDB's cast to VARCHAR. */
async function readBothWays(sql: string, batchRows: number) {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  const result = await connection.stream(sql)
  const types = result.columnTypes()
  const names = result.columnNames()
  const batches = new BatchStream(types, { batchRows, batchBytes: 1 << 20, timeZone: 'Z' }, async () => {
    const chunk = await result.fetchChunk()
    return chunk === null || chunk.rowCount === 0 ? undefined : chunk
  })
  const fields = names.map((name, index) => ({ name, type: engineTypeName(types[index]!), zone: '', format: '' }))
  const rows: unknown[][] = []
  const sizes: number[] = []
  for (let batch = await batches.next(); batch !== undefined; batch = await batches.next()) {
    const decoded = decodeChunk(batch.bytes, fields).toRows({ rowShape: 'array' }) as unknown[][]
    expect(decoded).toHaveLength(batch.rowCount)
    sizes.push(batch.rowCount)
    rows.push(...decoded)
  }
  const columns = names.map((name) => `CAST(${name} AS VARCHAR) AS ${name}`)
  const texts = await (await connection.run(`SELECT ${columns.join(', ')} FROM (${sql})`)).getRows()
  connection.disconnectSync()
  return { rows, sizes, texts }
}

const text = (value: unknown) => (value === null ? null : String(value))

test('every row comes once and in order, for all sizes of batches', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9000 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 40 }),
      async (total, batchRows, nullEvery) => {
        const value = (expression: string, salt: number) =>
          `CASE WHEN (i + ${salt}) % ${nullEvery} = 0 THEN NULL ELSE ${expression} END`
        const sql = `SELECT i::BIGINT AS n, ${value('i::INTEGER', 0)} AS a, ${value('i % 3 = 0', 1)} AS b, ${value("repeat('é', (i % 20)::INTEGER)", 2)} AS c,
        ${value("'long enough to be kept apart ' || i", 3)} AS d, ${value('(i / 100)::DECIMAL(20, 2)', 4)} AS e, 'always the same text' AS f, 7::SMALLINT AS g
        FROM range(${total}) t(i)`
        const { rows, sizes, texts } = await readBothWays(sql, batchRows)
        expect(sizes.slice(0, -1).every((size) => size === batchRows)).toBe(true)
        expect(rows.map((row) => row.map(text))).toEqual(texts)
      },
    ),
    { numRuns: 25 },
  )
})

test('short, long, null and joined strings are exact', async () => {
  const names =
    "(VALUES (0, 'a name of some length'), (1, 'another one, longer still'), (2, NULL), (3, 'short')) names(k, name)"
  const sql = `SELECT name, range AS n FROM range(9000) JOIN ${names} ON range * range % 7 % 4 = k`
  const { rows, texts } = await readBothWays(sql, 2500)
  expect(rows.map((row) => row.map(text))).toEqual(texts)
})

test('doubles keep every bit, also when all are equal', async () => {
  const { rows } = await readBothWays(
    "SELECT unnest(['nan'::DOUBLE, '-0', 'inf', 0.1]) AS a, 'nan'::DOUBLE AS b, '-0'::DOUBLE AS c",
    10,
  )
  expect(rows.map(([a]) => a)).toEqual([Number.NaN, -0, Number.POSITIVE_INFINITY, 0.1])
  expect(rows.map(([, b]) => b)).toEqual(Array(4).fill(Number.NaN))
  expect(rows.every(([, , c]) => Object.is(c, -0))).toBe(true)
})
