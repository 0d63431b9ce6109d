import { connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'

const cluster = await startCluster({ mode: 'in-process', adminPort: false, rows: 1000 })
const connection = await connect(cluster.url)
const { rows } = await connection.query('SELECT 6 * 7 AS answer')
await connection.close()
await cluster.close()
console.log(String(rows[0].answer))
