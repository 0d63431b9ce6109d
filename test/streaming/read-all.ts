/** Reads a large result as columns and tells how much came, and the most memory this process held. */
import { connect } from 'e6data-connector'

const [url, sql, maxBufferedBytes] = process.argv.slice(2)
await using connection = await connect({
  url: url!,
  strategyStore: 'process',
  maxBufferedBytes: Number(maxBufferedBytes),
})
let rows = 0
let bytes = 0
let sum = 0n
let peakRss = 0
for await (const batch of connection.stream(sql!).batches()) {
  rows += batch.rowCount
  bytes += batch.byteLength
  const ids = batch.column('i') as BigInt64Array
  sum += ids[0]! + ids[ids.length - 1]!
  peakRss = Math.max(peakRss, process.memoryUsage.rss())
}
process.send?.({ rows, bytes, sum: String(sum), peakRss })
process.disconnect()
