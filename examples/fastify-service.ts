/**
 * An HTTP service on a connection pool that shuts down without losing an answer: on SIGTERM it takes no new requests,
 * finishes those it has, and only then closes its connections.
 */
import assert from 'node:assert/strict'
import { createPool } from 'e6data-connector'
import Fastify from 'fastify'

const app = Fastify({ logger: { level: 'warn' } })

// The pool speaks through the service's own logger. Connections are opened when requests need them.
const pool = createPool({ max: 4, logger: app.log, logLevel: 'warn' })

app.get<{ Params: { region: string } }>('/regions/:region/stores', async ({ params: { region } }, reply) => {
  // A client that disconnects needs no answer: its query is cancelled on the server.
  const disconnected = new AbortController()
  reply.raw.once('close', () => disconnected.abort())
  const { rows } = await pool.query(
    'SELECT store_id, sum(amount) AS revenue FROM orders WHERE region = ? GROUP BY store_id ORDER BY revenue DESC LIMIT 5',
    { params: [region], signal: disconnected.signal, timeoutMs: 10_000 },
  )
  return rows
})

app.get('/health', () => pool.statistics())

// Idle keep-alive connections would delay the shutdown: each answer says that it is the last on its connection.
let isStopping = false
app.addHook('onSend', async (_request, reply) => {
  if (isStopping) reply.header('connection', 'close')
})

process.once('SIGTERM', () => {
  isStopping = true
  app.close()
})

// Fastify calls this when the last answer is out.
app.addHook('onClose', () => pool.close({ running: 'drain' }))

// From here on, the client's part: many requests at once, and the signal to stop as soon as all of them have arrived.
const regions = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'north' : 'south'))
let arrived = 0
app.addHook('onRequest', async () => {
  arrived += 1
  if (arrived === regions.length) process.emit('SIGTERM') // as the system's would; Windows has none
})
const closed = new Promise<void>((resolve) => app.addHook('onClose', async () => resolve()))
const address = await app.listen({ host: '127.0.0.1', port: 0 })

const answers = await Promise.all(
  regions.map(async (region) => {
    const answer = await fetch(`${address}/regions/${region}/stores`)
    return { status: answer.status, rows: (await answer.json()) as unknown[] }
  }),
)
await closed
console.table(answers[0]?.rows)
assert.deepEqual(
  answers.map(({ status, rows }) => [status, rows.length]),
  regions.map(() => [200, 5]),
)
assert.equal(pool.statistics().open, 0)
await assert.rejects(fetch(`${address}/health`), 'the server no longer listens')
