/** The shortest useful program: connect, ask, print. The environment names the cluster (`E6DATA_HOST`, …). */
import assert from 'node:assert/strict'
import { connect } from 'e6data-connector'

await using connection = await connect()
const { rows } = await connection.query<{ region: string; orders: bigint }>(
  'SELECT region, count(*) AS orders FROM orders WHERE quantity > ? GROUP BY region ORDER BY orders DESC',
  { params: [6] },
)
console.table(rows)
assert.equal(rows.length, 8)
