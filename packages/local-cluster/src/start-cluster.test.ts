import { expect, test } from 'vitest'
import { startCluster } from './start-cluster.ts'
import { RawClient } from './testing/raw-client.ts'

test('a query runs from authenticate to clear on the active strategy', async () => {
  await using cluster = await startCluster({ mode: 'in-process', rows: 1000, batchRows: 300 })
  using client = new RawClient(cluster)
  const query = await client.begin('SELECT * FROM orders ORDER BY order_id')
  expect(await query.metadata()).toMatchObject({ rowCount: 1000n })
  const rows = await query.rows()
  await query.call('clear')
  expect(rows.map(({ order_id }) => order_id)).toEqual(Array.from({ length: 1000 }, (_, row) => BigInt(row)))
  expect(cluster.calls().map(({ method, servedBy, grpcStatus }) => [method, servedBy, grpcStatus])).toEqual([
    ['authenticate', 'blue', 0],
    ['prepareStatement', 'blue', 0],
    ['executeStatement', 'blue', 0],
    ['getResultMetadata', 'blue', 0],
    ...Array.from({ length: 5 }, () => ['getNextResultBatch', 'blue', 0]),
    ['clear', 'blue', 0],
  ])
})
