const { connect } = require('e6data-connector')
const { startCluster } = require('e6data-local-cluster')

async function main() {
  const cluster = await startCluster({ rows: 1000 })
  const connection = await connect(cluster.url)
  const { rows } = await connection.query('SELECT count(*) AS n FROM orders')
  const page = await fetch(cluster.consoleUrl)
  await connection.close()
  await cluster.close()
  console.log(`${rows[0].n} ${page.status}`)
}

main()
