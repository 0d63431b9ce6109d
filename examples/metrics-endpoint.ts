/**
 * What a pool has counted, for Prometheus: an HTTP server with a page to scrape. No library is needed for the text. Here
 * the program scrapes itself, and ends.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPool, PROMETHEUS_CONTENT_TYPE, prometheusText } from 'e6data-connector'

await using pool = createPool({ max: 4 })

const server = createServer((request, response) => {
  if (request.url !== '/metrics') return response.writeHead(404).end()
  return response.writeHead(200, { 'content-type': PROMETHEUS_CONTENT_TYPE }).end(prometheusText(pool))
})

// From here on, some work, and Prometheus's part.
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`

await Promise.all(
  Array.from({ length: 20 }, (_, store) =>
    pool.query('SELECT count(*) AS orders, sum(amount) AS revenue FROM orders WHERE store_id = ?', { params: [store] }),
  ),
)
await assert.rejects(pool.query('SELECT * FROM nowhere'))

const text = await (await fetch(address)).text()
const shown =
  /^e6data_(queries_total|query_failures|queries_in_flight|query_duration_seconds_(sum|count)|strategy_active|pool_connections)/
console.log(
  text
    .split('\n')
    .filter((line) => shown.test(line))
    .join('\n'),
)
const figure = (series: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1],
  )
assert.equal(figure('e6data_queries_total{outcome="finished"}'), 20)
assert.equal(figure('e6data_query_failures_total{code="E6_QUERY_FAILED"}'), 1)
assert.equal(figure('e6data_query_duration_seconds_count'), 21)
assert.equal(figure('e6data_pool_acquires_total'), 21)
server.close()
