/**
 * What a user of any runtime relies on, against a local cluster that another process runs. Plain JavaScript without a test
 * runner, since it runs under Node, Bun and Deno. Prints one JSON object: `{ tests, failed, failures }`.
 *
 *     E6DATA_CHECKS='{"url":"…","secureUrl":"…","authority":"path","adminUrl":"…"}' node checks.mjs
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pipeline } from 'node:stream/promises'
import { connect, createPool, E6dataError, QueryFailedError, TimeoutError } from 'e6data-connector'

const { url, secureUrl, authority, adminUrl } = JSON.parse(process.env.E6DATA_CHECKS)
const ONE_CHECK_MS = 30_000

async function withConnection(options, work) {
  const connection = await connect(options)
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

const answerOf = (connection) => connection.query('SELECT 6 * 7 AS answer').then(({ rows }) => rows[0].answer)

async function failureOf(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new assert.AssertionError({ message: 'it succeeded' })
}

async function deploy() {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(new URL('/api/deployment/deploy', adminUrl), { method: 'POST', headers, body: '{}' })
  assert.ok(response.ok, `deploy: ${response.status}`)
}

const CHECKS = {
  'a query gives its row': () =>
    withConnection({ url }, async (connection) => assert.equal(Number(await answerOf(connection)), 42)),

  'the CommonJS build gives its row': async () => {
    const { connect: connectByRequire } = createRequire(import.meta.url)('e6data-connector')
    const connection = await connectByRequire({ url })
    assert.equal(Number(await answerOf(connection)), 42)
    await connection.close()
  },

  'values keep their digits': () =>
    withConnection({ url }, async (connection) => {
      const { rows } = await connection.query(
        `SELECT 9007199254740993::BIGINT AS whole, 12345678901234567890.123456789::DECIMAL(38, 9) AS exact,
                NULL AS nothing, 'Zürich 🚲' AS word, TIMESTAMP '2026-02-03 04:05:06.789' AS at`,
      )
      const [{ whole, exact, nothing, word, at }] = rows
      assert.equal(whole, 9007199254740993n)
      assert.equal(exact, '12345678901234567890.123456789')
      assert.equal(nothing, null)
      assert.equal(word, 'Zürich 🚲')
      assert.match(String(at), /2026-02-03.04:05:06\.789/)
    }),

  'parameters reach the statement': () =>
    withConnection({ url }, async (connection) => {
      const { rows } = await connection.query("SELECT %(name)s || '!' AS greeting", { params: { name: "O'Hara" } })
      assert.equal(rows[0].greeting, "O'Hara!")
    }),

  'a stream gives each row once': () =>
    withConnection({ url }, async (connection) => {
      let count = 0
      let sum = 0n
      for await (const { order_id } of connection.stream('SELECT order_id FROM orders')) {
        count += 1
        sum += BigInt(order_id)
      }
      const { rows } = await connection.query('SELECT count(*) AS n, sum(order_id)::VARCHAR AS s FROM orders')
      assert.deepEqual([BigInt(count), String(sum)], [BigInt(rows[0].n), rows[0].s])
    }),

  'a Node stream of CSV ends after its last row': () =>
    withConnection({ url }, async (connection) => {
      let lines = 0
      const csv = connection.stream('SELECT order_id FROM orders LIMIT 1000').toCsv()
      await pipeline(csv, async (chunks) => {
        for await (const chunk of chunks) lines += String(chunk).split('\n').length - 1
      })
      assert.equal(lines, 1001)
    }),

  'a pool serves more callers than it has connections': async () => {
    const pool = await createPool({ url, max: 3 })
    const results = await Promise.all(Array.from({ length: 12 }, () => pool.query('SELECT 6 * 7 AS answer')))
    assert.ok(results.every(({ rows }) => Number(rows[0].answer) === 42))
    await pool.close()
  },

  'a mistake in SQL is a QueryFailedError with its place': () =>
    withConnection({ url }, async (connection) => {
      const error = await failureOf(connection.query('SELECT nothing_of_the_kind'))
      assert.ok(error instanceof QueryFailedError && error instanceof E6dataError, String(error))
      assert.match(error.message, /nothing_of_the_kind/)
    }),

  'a time limit ends a query': () =>
    withConnection({ url }, async (connection) => {
      const slow = 'SELECT count(*) FROM orders a, orders b, orders c WHERE a.order_id + b.order_id = c.order_id'
      assert.ok((await failureOf(connection.query(slow, { timeoutMs: 200 }))) instanceof TimeoutError)
    }),

  'a signal ends a query': () =>
    withConnection({ url }, async (connection) => {
      const abort = new AbortController()
      const ended = failureOf(connection.query('SELECT 1', { signal: abort.signal }))
      abort.abort()
      assert.equal((await ended).name, 'AbortError')
    }),

  'TLS to an IP address is verified, by its own authority': async () => {
    const ca = readFileSync(authority, 'utf8')
    await withConnection({ url: secureUrl, tls: { ca } }, async (connection) =>
      assert.equal(Number(await answerOf(connection)), 42),
    )
    assert.ok((await failureOf(connect({ url: secureUrl, connectTimeoutMs: 5000 }))) instanceof E6dataError)
  },

  'the transport thread holds the connection, and ends with it': () =>
    withConnection({ url, transportThread: true }, async (connection) =>
      assert.equal(Number(await answerOf(connection)), 42),
    ),

  'queries live through a deployment': () =>
    withConnection({ url }, async (connection) => {
      let moving = true
      const moved = deploy().finally(() => {
        moving = false
      })
      let answers = 0
      while (moving) {
        assert.equal(Number(await answerOf(connection)), 42)
        answers += 1
      }
      await moved
      assert.ok(answers > 0)
    }),
}

const failures = []
for (const [name, check] of Object.entries(CHECKS)) {
  let timer
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ONE_CHECK_MS} ms`)), ONE_CHECK_MS)
  })
  try {
    await Promise.race([check(), limit])
  } catch (error) {
    failures.push({ name, error: String(error?.stack ?? error) })
  } finally {
    clearTimeout(timer)
  }
}
// Nothing is ended by force: a runtime in which something of the connector stays alive does not come to its end.
console.log(JSON.stringify({ tests: Object.keys(CHECKS).length, failed: failures.length, failures }))
