import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { loadData } from './data-source.ts'

test('columns of orders are independent: all combinations of their values are about equally common', async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await loadData(connection, { kind: 'retail', orderRows: 100_000 })
  const result = await connection.runAndReadAll(`
    SELECT count(*) AS combinations, min(n) AS fewest, max(n) AS most
    FROM (SELECT count(*) AS n FROM orders WHERE express IS NOT NULL GROUP BY region, status, express)`)
  const [{ combinations, fewest, most }] = result.getRowObjects() as [Record<string, bigint>]
  expect(combinations).toBe(8n * 4n * 2n)
  expect(Number(most)).toBeLessThan(1.2 * Number(fewest))
  connection.disconnectSync()
  instance.closeSync()
})
