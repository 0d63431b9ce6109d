/** Holds five calls while both strategies refuse, closes the connection, and sends the outcome of each call. */
import { once } from 'node:events'
import { connect } from 'e6data-connector'

const connection = await connect({ url: process.argv[2]!, strategyStore: 'process' })
process.send?.('connected')
await once(process, 'message')
const held = new Promise<void>((resolve) => connection.once('strategy:held', () => resolve()))
const calls = Array.from({ length: 5 }, (_, n) => connection.query(`SELECT ${n}`))
await held
await connection.close()
const endings = await Promise.allSettled(calls)
process.send?.(endings.map((ending) => (ending.status === 'rejected' ? ending.reason.name : 'succeeded')))
process.disconnect() // from here on only what the connection left behind could keep the process alive
