/**
 * A result of any size as CSV over HTTP, in constant memory. Each part waits for the next: a slow reader makes the
 * socket wait, the socket the stream, the stream the engine. A reader who goes away ends the query on the server.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { connect, type QueryStream } from 'e6data-connector'

await using connection = await connect()

const server = createServer(async (request, response) => {
  const region = new URL(request.url ?? '/', 'http://localhost').searchParams.get('region')
  const sql = 'SELECT * FROM orders WHERE :region IS NULL OR region = :region'
  try {
    await sendCsv(connection.stream(sql, { params: { region }, maxBufferedBytes: 8 << 20 }), response)
  } catch (error) {
    if (request.destroyed) return // the reader went away
    console.error(error)
    // Midway, the connection has been cut by now: half a result can't pass for a whole one.
    if (!response.headersSent) response.writeHead(502).end('the query could not be run')
  }
})

async function sendCsv(result: QueryStream<unknown>, response: ServerResponse): Promise<void> {
  const csv = result.toCsv()
  // Nothing is sent before the engine has answered: a statement that fails at once gets a status of its own.
  await once(csv, 'readable')
  response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' })
  await pipeline(csv, response)
}

// From here on, the reader's part.
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const { rows } = await connection.query<{ orders: bigint }>(
  "SELECT count(*) AS orders FROM orders WHERE region = 'north'",
)
const csv = await (await fetch(`${address}/?region=north`)).text()
console.log(`${csv.slice(0, csv.indexOf('\n'))}\n… ${(csv.length / 2 ** 20).toFixed(1)} MiB`)
assert.equal(BigInt(csv.split('\n').length - 2), rows[0]?.orders)

const nothing = await (await fetch(`${address}/?region=nowhere`)).text()
assert.match(nothing, /^order_id,[\w,]+\n$/)

// A reader who goes away after the first bytes: the query ends on the server, long before its last row.
const ended = new Promise<number>((resolve) => connection.once('query:finished', ({ rows: read }) => resolve(read)))
const reader = (await fetch(address)).body?.getReader()
await reader?.read()
await reader?.cancel()
const read = await ended
console.log(`disconnected: the query ended after ${read} rows`)
assert.ok(read < 100_000)

server.close()
