/** Connects when told to, and then tells the deployment that runs a small query, each time it is asked. */
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
