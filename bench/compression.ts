/**
 * What `compression: 'gzip'` costs and saves, on loopback, for the figures in docs/transport.md:
 *
 *     node --import ./scripts/prepare.mjs --import tsx bench/compression.ts
 *
 * On loopback bytes cost next to nothing, so gzip only shows its price. The bandwidth below which it pays is what the
 * saved bytes come to over the time it adds. CPU is that of this process: the client and the cluster's router.
 */
import { connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'
import { median } from './median.ts'

const ROWS = 200_000
const RUNS = 5

const SHAPES = {
  'orders: names, dates, amounts': 'SELECT * FROM orders',
  'order ids: ascending integers': 'SELECT order_id FROM orders',
  'random bytes as text': 'SELECT md5(CAST(order_id AS VARCHAR)) AS digest FROM orders',
}

await using cluster = await startCluster({ rows: ROWS, adminPort: false })

const rows = []
for (const [shape, sql] of Object.entries(SHAPES)) {
  const plain = await measure('none', sql)
  const gzip = await measure('gzip', sql)
  const savedBits = (plain.bytes - gzip.bytes) * 8
  const addedSeconds = (gzip.ms - plain.ms) / 1000
  rows.push({
    shape,
    'MB plain': (plain.bytes / 1e6).toFixed(1),
    'MB gzip': (gzip.bytes / 1e6).toFixed(1),
    'ms plain': plain.ms.toFixed(0),
    'ms gzip': gzip.ms.toFixed(0),
    'CPU ms plain': plain.cpuMs.toFixed(0),
    'CPU ms gzip': gzip.cpuMs.toFixed(0),
    'pays below Mbit/s': addedSeconds > 0 ? (savedBits / addedSeconds / 1e6).toFixed(0) : 'always',
  })
}
console.table(rows)

/** Reads a whole result, in columns, some times over. */
async function measure(compression: 'none' | 'gzip', sql: string) {
  await using connection = await connect({ url: cluster.url, strategyStore: 'process', compression })
  const times: number[] = []
  const cpu: number[] = []
  let bytes = 0
  for (let run = 0; run <= RUNS; run++) {
    cluster.clearCalls()
    const before = { at: performance.now(), cpu: process.cpuUsage() }
    for await (const _ of connection.stream(sql).batches());
    const { user, system } = process.cpuUsage(before.cpu)
    if (run === 0) continue // the first warms up
    times.push(performance.now() - before.at)
    cpu.push((user + system) / 1000)
    bytes = cluster.calls().reduce((sum, { responseBytes }) => sum + responseBytes, 0)
  }
  return { ms: median(times), cpuMs: median(cpu), bytes }
}
