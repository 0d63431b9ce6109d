import { connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'
import { afterAll, beforeAll, expect, test } from 'vitest'

let cluster: Awaited<ReturnType<typeof startCluster>>

beforeAll(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: 1000, adminPort: false })
})
afterAll(() => cluster.close())

test('orders are counted, also in the middle of a switch', async () => {
  const connection = await connect({ url: cluster.url, strategyStore: 'process' })
  await cluster.announce()
  const counting = connection.query<{ n: bigint }>('SELECT count(*) AS n FROM orders')
  await cluster.cutOver()
  expect((await counting).rows[0]?.n).toBe(1000n)
  await connection.close()
})
