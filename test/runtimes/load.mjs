/**
 * The main job of a client, for runtimes that do not run the local cluster themselves: workers query it while another process
 * switches it between blue and green. Prints `{ queries, failed, mismatched }`.
 *
 *     E6DATA_CHECKS='{"url":"…","seconds":5}' node load.mjs
 */
import { connect } from 'e6data-connector'

const { url, seconds } = JSON.parse(process.env.E6DATA_CHECKS)
const WORKERS = 4
const SQL = 'SELECT order_id FROM orders WHERE order_id < 500 ORDER BY order_id'

const until = performance.now() + seconds * 1000
const tally = { queries: 0, failed: 0, mismatched: 0 }

async function work() {
  const connection = await connect({ url })
  while (performance.now() < until) {
    tally.queries += 1
    try {
      const { rows } = await connection.query(SQL)
      if (rows.length !== 500 || rows.some(({ order_id }, index) => Number(order_id) !== index)) tally.mismatched += 1
    } catch (error) {
      tally.failed += 1
      console.error(error)
    }
  }
  await connection.close()
}

await Promise.all(Array.from({ length: WORKERS }, work))
console.log(JSON.stringify(tally))
