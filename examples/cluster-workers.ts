/**
 * A `node:cluster` of workers that query through a live switch from blue to green. The workers tell each other nothing:
 * what the connector knows of the two deployments is shared by all processes of a host.
 */
import assert from 'node:assert/strict'
import nodeCluster from 'node:cluster'
import { once } from 'node:events'
import { connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'

const WORKERS = 4

/** What a worker has seen so far. */
interface Report {
  blue: number
  green: number
  failed: number
}

if (nodeCluster.isPrimary) await runPrimary()
else await runWorker()

async function runPrimary(): Promise<void> {
  await using cluster = await startCluster({ rows: 20_000, adminPort: false })
  const reports = new Map<number, Report>()
  const workers = Array.from({ length: WORKERS }, () => nodeCluster.fork({ E6DATA_URL_OF_CLUSTER: cluster.url }))
  for (const worker of workers) worker.on('message', (report: Report) => reports.set(worker.id, report))
  const all = async (strategy: 'blue' | 'green') => {
    while (reports.size < WORKERS || [...reports.values()].some((report) => report[strategy] === 0)) {
      await once(nodeCluster, 'message')
    }
  }

  await all('blue')
  await cluster.deploy({ cutOverWhen: () => all('green') })
  for (const worker of workers) worker.send('stop')
  const exits = await Promise.all(workers.map(async (worker) => (await once(worker, 'exit'))[0] as number))

  console.table([...reports.values()])
  const logins = cluster.calls().filter(({ method }) => method === 'authenticate').length
  console.log(`${logins} logins for ${WORKERS} workers on two deployments`)
  assert.deepEqual(exits, Array(WORKERS).fill(0))
  assert.ok([...reports.values()].every(({ failed }) => failed === 0))
}

async function runWorker(): Promise<void> {
  await using connection = await connect(process.env.E6DATA_URL_OF_CLUSTER)
  let isStopped = false
  process.once('message', () => {
    isStopped = true
  })
  const report: Report = { blue: 0, green: 0, failed: 0 }
  while (!isStopped) {
    try {
      const { rows, strategy } = await connection.query('SELECT * FROM orders WHERE order_id < 1000')
      assert.equal(rows.length, 1000)
      report[strategy] += 1
    } catch (error) {
      console.error(error)
      report.failed += 1
    }
    process.send?.(report)
  }
  process.disconnect()
}
