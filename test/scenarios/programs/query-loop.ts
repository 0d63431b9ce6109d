/** Connects on a message, and then runs a small query for each message and sends its strategy. */
import { once } from 'node:events'
import { connect } from 'e6data-connector'

process.send?.('loaded')
await once(process, 'message')
const connection = await connect({ url: process.argv[2]! })
process.send?.('connected')
process.on('message', async (message) => {
  if (message === 'end') {
    await connection.close()
    process.disconnect()
    return
  }
  const { strategy } = await connection.query('SELECT 1 AS one')
  process.send?.(strategy)
})
