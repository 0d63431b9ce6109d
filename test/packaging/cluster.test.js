/** A plain CommonJS test of Jest's, as a user writes one: no flags, no configuration. */
const { connect } = require('e6data-connector')
const { startCluster } = require('e6data-local-cluster')

let cluster
beforeAll(async () => {
  cluster = await startCluster({ mode: 'in-process', adminPort: false, rows: 1000 })
})
afterEach(() => jest.useRealTimers())
afterAll(() => cluster.close())

async function countOrders(options) {
  const connection = await connect({ url: cluster.url, ...options })
  try {
    const { rows } = await connection.query('SELECT count(*) AS n FROM orders WHERE order_id >= ?', { params: [0] })
    return rows[0].n
  } finally {
    await connection.close()
  }
}

test('a query gives its row', async () => {
  expect(await countOrders()).toBe(1000n)
})

test('a query gives its row while timers are faked', async () => {
  jest.useFakeTimers()
  expect(await countOrders()).toBe(1000n)
})

test('the transport thread gives it too', async () => {
  expect(await countOrders({ transportThread: true })).toBe(1000n)
})

test('a mistake in SQL is an Error of the test', async () => {
  const connection = await connect(cluster.url)
  await expect(connection.query('SELECT nothing_of_the_kind')).rejects.toThrow(/nothing_of_the_kind/)
  await connection.close()
})

test('queries live through a deployment', async () => {
  const connection = await connect(cluster.url)
  await connection.query('SELECT 1 AS a')
  await cluster.deploy()
  expect((await connection.query('SELECT 2 AS a')).rows).toEqual([{ a: 2 }])
  await connection.close()
})

test('a result is given as record batches of the apache-arrow that the test requires', async () => {
  const { RecordBatch } = require('apache-arrow')
  const connection = await connect(cluster.url)
  for await (const batch of connection.stream('SELECT count(*) AS n FROM orders').recordBatches()) {
    expect(batch).toBeInstanceOf(RecordBatch)
    expect(batch.toArray()[0].n).toBe(1000n)
  }
  await connection.close()
})
