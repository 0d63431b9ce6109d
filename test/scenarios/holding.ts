import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AbortError,
  ClosedError,
  ClusterSuspendedError,
  CredentialsError,
  StrategyDetectionTimeoutError,
} from 'e6data-connector'
import { callsOf, failureOf, NEW_WORK, REFUSAL, type Scenario } from './scenario.ts'
import { until } from './waiting.ts'

const BOTH_REFUSE_MS = 2000
const LIMIT_MS = 500
const CURSORS = 1000

export const HOLDING_SCENARIOS: readonly Scenario[] = [
  {
    id: 6,
    title: 'Both deployments answer 456 for 2 s: held, then succeeds',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      const refusal = cluster.inject({ method: NEW_WORK, occurrence: 'every', fault: REFUSAL })
      const queries = Promise.all([1, 2, 3].map((n) => connection.it.query(`SELECT ${n} AS n`)))
      await connection.happened('strategy:held')
      await sleep(BOTH_REFUSE_MS) // the length of the fault, not a wait for a state
      refusal.remove()
      const results = await queries
      assert.deepEqual(
        results.map(({ rows }) => rows[0]),
        [{ n: 1 }, { n: 2 }, { n: 3 }],
      )
      const [released] = connection.events('strategy:released')
      assert(released && released.heldMs >= BOTH_REFUSE_MS)
      return `3 queries held for ${Math.round(released.heldMs)} ms, all succeeded`
    },
  },
  {
    id: 7,
    title: 'Beyond the limit: a typed error within 50 ms of it',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster, { strategyDetectionTimeoutMs: LIMIT_MS })
      cluster.inject({ method: NEW_WORK, occurrence: 'every', fault: REFUSAL })
      await failureOf(connection.it.query('SELECT 1')) // the first one finds the mismatch; from now on nothing is known
      const failing = failureOf(connection.it.query('SELECT 1'))
      // A timer of the same length, begun at the same time: what it is late by, this machine is late by.
      await sleep(LIMIT_MS)
      const limitReachedAt = performance.now()
      const error = await failing
      const lateMs = performance.now() - limitReachedAt
      assert(error instanceof StrategyDetectionTimeoutError)
      assert.equal(error.outcome, 'not-sent')
      assert(error.retryable)
      assert(lateMs <= 50, `${lateMs} ms late`)
      return `${error.name} ${Math.max(lateMs, 0).toFixed(1)} ms after the limit of ${LIMIT_MS} ms`
    },
  },
  {
    id: 15,
    title: 'Credentials refused on green: stays blue; a credential error once blue is gone',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      await cluster.setUsers({ somebody: 'else' }, 'green')
      await cluster.announce('green')
      assert.equal(await connection.queryStrategy(), 'blue')
      await connection.happened('strategy:prewarm-failed')
      for (let n = 0; n < 5; n++) assert.equal(await connection.queryStrategy(), 'blue')
      await cluster.cutOver()
      await cluster.retire('blue')
      const error = await failureOf(connection.it.query('SELECT 1'))
      assert(error instanceof CredentialsError, String(error))
      return 'blue served while it could, then CredentialsError'
    },
  },
  {
    id: 25,
    title: '1 000 cursors meet 456 together: one detection',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      const detections = connection.count('strategy:detected')
      const cursors = Array.from({ length: CURSORS }, () => connection.it.cursor())
      const atOnce = cluster.inject({
        method: 'prepareStatementV2',
        occurrence: 'every',
        times: CURSORS,
        fault: { kind: 'hold' },
      })
      cluster.clearCalls()
      const running = cursors.map(async (cursor, n) => {
        await cursor.execute(`SELECT ${n} AS n`)
        const rows = await cursor.fetchAll()
        await cursor.close()
        return rows
      })
      await atOnce.whenFired({ count: CURSORS, timeoutMs: 30_000 })
      await cluster.cutOver()
      atOnce.remove()
      const results = await Promise.all(running)
      for (const [n, rows] of results.entries()) assert.deepEqual(rows, [{ n }])
      assert.equal(connection.count('strategy:detected') - detections, 1)
      const authenticates = callsOf(cluster, 'authenticate').length
      assert(authenticates <= 2, `${authenticates} authenticate calls`)
      return `${CURSORS} cursors, 1 detection, ${authenticates} authenticate call(s), 0 errors`
    },
  },
  {
    id: 31,
    title: 'Abort while held: the place is given up',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      const refusal = cluster.inject({ method: NEW_WORK, occurrence: 'every', fault: REFUSAL })
      const abort = new AbortController()
      const aborted = failureOf(connection.it.query('SELECT 1 AS one', { signal: abort.signal }))
      const waiting = connection.it.query('SELECT 2 AS two')
      await connection.happened('strategy:held')
      abort.abort(new Error('enough'))
      const error = await aborted
      assert(error instanceof AbortError)
      assert.equal(error.outcome, 'not-sent')
      refusal.remove()
      assert.deepEqual((await waiting).rows, [{ two: 2 }])
      const pins = () => Object.keys(connection.it.strategy.getSharedStrategy().queryStrategyMap).length
      await until('no query is left', 2000, () => pins() === 0)
      return 'AbortError at once, outcome not-sent; the other held call went on and succeeded'
    },
  },
  {
    id: 32,
    title: 'close() while held: all settles, the process exits',
    async run(stage) {
      const cluster = await stage.cluster()
      const program = stage.program('close-while-held.ts', [cluster.url])
      assert.equal(await program.told(), 'connected')
      cluster.inject({ method: NEW_WORK, occurrence: 'every', fault: REFUSAL })
      program.tell('go')
      assert.deepEqual(await program.told(), Array(5).fill(ClosedError.name))
      assert.equal(await program.exited, 0)
      return '5 held calls failed with ClosedError, the process exited by itself with status 0'
    },
  },
  {
    id: 34,
    title: '503 during a switch: one resume for all callers',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      await cluster.announce('green', { accepting: false })
      assert.equal(await connection.queryStrategy(), 'blue')
      await cluster.suspend()
      cluster.clearCalls()
      const results = await Promise.all(Array.from({ length: 20 }, (_, n) => connection.it.query(`SELECT ${n} AS n`)))
      for (const [n, { rows }] of results.entries()) assert.deepEqual(rows, [{ n }])
      const resumes = callsOf(cluster, 'resume').length
      assert.equal(resumes, 1)

      const refusing = await stage.connection(cluster, { autoResume: false })
      await cluster.suspend()
      const error = await failureOf(refusing.it.query('SELECT 1'))
      assert(error instanceof ClusterSuspendedError)
      return `20 queries waited for ${resumes} resume and succeeded; without autoResume: ${error.name}`
    },
  },
]
