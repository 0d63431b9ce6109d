/** Runs a query on a connection that shares its strategy with the host, sends its id, and keeps it open. */
import { connect } from 'e6data-connector'

const connection = await connect({ url: process.argv[2]!, maxBufferedBytes: 1 })
const cursor = connection.cursor()
const queryId = await cursor.execute('SELECT order_id FROM orders')
await cursor.fetchOne()
process.send?.(queryId)
process.on('message', async () => {
  await connection.close()
  process.disconnect()
})
