import { connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'

const cluster = await startCluster({ adminPort: false, rows: 1000 })
const connection = await connect(cluster.url)
const { rows } = await connection.query('SELECT count(*) AS n FROM orders')
await connection.close()
await cluster.close()
console.log(String(rows[0].n))
