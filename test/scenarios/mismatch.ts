import assert from 'node:assert/strict'
import { QueryFailedError, QueryInterruptedError, TransportError } from 'e6data-connector'
import type { Fault } from 'e6data-local-cluster'
import { ALL_ORDERS, callsOf, EVERY_ID, failureOf, REFUSAL, type Scenario } from './scenario.ts'

const INSERT = 'INSERT INTO written VALUES (1)'
const COUNT_WRITTEN = 'SELECT count(*) AS n FROM written'

export const MISMATCH_SCENARIOS: readonly Scenario[] = [
  {
    id: 1,
    title:
      '456 that stays, from the third fetch on: interrupted with the rows delivered; `query()` has all rows by one rerun',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster, { pinnedRefusalPatienceMs: 300 })
      const fromThirdOn = {
        method: 'getNextResultBatch',
        query: 1,
        occurrence: 3,
        times: 1000,
        fault: REFUSAL,
      } as const
      const refusal = cluster.inject(fromThirdOn)
      const { ids, error } = await connection.readOrders()
      assert(error instanceof QueryInterruptedError, String(error))
      assert.equal(error.rowsDelivered, 200)
      assert.deepEqual(ids, EVERY_ID.slice(0, 200))
      assert.equal(callsOf(cluster, 'prepareStatement').length, 1)
      assert.equal(connection.count('query:restarted'), 0)
      assert.equal(connection.it.strategy.getActiveStrategy(), 'blue', 'one query alone moves nothing')
      assert(connection.count('strategy:mismatch') >= 1)
      refusal.remove()

      cluster.inject(fromThirdOn)
      const { rows } = await connection.it.query<{ order_id: bigint }>(ALL_ORDERS)
      assert.deepEqual(
        rows.map(({ order_id: id }) => Number(id)),
        EVERY_ID,
      )
      assert.equal(connection.count('query:restarted'), 1)
      assert.equal(await connection.queryStrategy(), 'blue')
      return `${error.name}: ${error.rowsDelivered} rows delivered, nothing repeated; query(): ${rows.length} rows, 1 rerun`
    },
  },
  {
    id: 2,
    title: '456 that stays, on the first fetch of a SELECT: restarted once, all rows, none twice',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      cluster.inject({ method: 'getNextResultBatch', query: 1, occurrence: 'every', fault: REFUSAL })
      const { ids, error } = await connection.readOrders()
      assert.equal(error, undefined)
      assert.deepEqual(ids, EVERY_ID)
      assert.equal(connection.count('query:restarted'), 1)
      return `${ids.length} rows, each once, 1 restart`
    },
  },
  {
    id: 3,
    title: '456 on prepare: one detection, one repeat, no error',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      const detections = connection.count('strategy:detected')
      cluster.clearCalls()
      cluster.inject({ method: ['prepareStatement', 'prepareStatementV2'], fault: REFUSAL })
      const { rows } = await connection.it.query('SELECT 42 AS answer')
      assert.deepEqual(rows, [{ answer: 42 }])
      assert.equal(callsOf(cluster, 'prepareStatement').length, 2)
      assert.equal(connection.count('strategy:mismatch'), 1)
      assert.equal(connection.count('strategy:detected') - detections, 1)
      const authenticates = callsOf(cluster, 'authenticate').length
      assert(authenticates <= 2, `${authenticates} authenticate calls`)
      return `1 detection, 2 prepares, ${authenticates} authenticate calls`
    },
  },
  {
    id: 4,
    title:
      '456 on execute of an INSERT: as a bare HTTP status exactly one row; as a gRPC status at most one, and unknown',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      await connection.it.query('CREATE TABLE written (x INTEGER)')
      const execute = ['executeStatement', 'executeStatementV2']
      cluster.inject({ method: execute, fault: REFUSAL })
      await connection.it.query(INSERT)
      const afterHttp = (await connection.it.query(COUNT_WRITTEN)).rows
      assert.deepEqual(afterHttp, [{ n: 1n }])

      const message = 'Wrong strategy. Status: 456. Expected: green, Got: blue'
      cluster.inject({
        method: execute,
        fault: { kind: 'grpc-status', status: 'invalidArgument', message, moment: 'after' },
      })
      const error = await failureOf(connection.it.query(INSERT))
      assert(error instanceof QueryInterruptedError)
      assert.equal(error.outcome, 'unknown')
      const [{ n } = { n: -1n }] = (await connection.it.query<{ n: bigint }>(COUNT_WRITTEN)).rows
      assert(n <= 2n, `${n} rows`)
      return `HTTP: 1 row; gRPC: outcome ${error.outcome}, ${n - 1n} row more`
    },
  },
  {
    id: 5,
    title: 'Connection reset after execute was sent: outcome unknown, never sent again',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      await connection.it.query('CREATE TABLE written (x INTEGER)')
      cluster.clearCalls()
      const fault: Fault['fault'] = { kind: 'reset', what: 'connection', moment: 'after' }
      cluster.inject({ method: ['executeStatement', 'executeStatementV2'], fault })
      const error = await failureOf(connection.it.query(INSERT))
      assert(error instanceof TransportError)
      assert.equal(error.outcome, 'unknown')
      assert.equal(callsOf(cluster, 'executeStatement').length, 1)
      assert.deepEqual((await connection.it.query(COUNT_WRITTEN)).rows, [{ n: 1n }])
      assert.equal(await connection.queryStrategy(), 'blue')
      return `${error.name}, outcome ${error.outcome}, 1 execute, connection usable`
    },
  },
  {
    id: 33,
    title: 'An SQL error that contains the digits 456 is not a mismatch',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      const statements = [
        "SELECT error('status: 456')",
        'SELECT * FROM table_456',
        "SELECT CAST('Status: 456.' AS INTEGER)",
      ]
      for (const sql of statements) {
        const error = await failureOf(connection.it.query(sql))
        assert(error instanceof QueryFailedError, String(error))
        assert.match(error.engineMessage, /456/)
      }
      assert.equal(connection.count('strategy:mismatch'), 0)
      assert.equal(callsOf(cluster, 'prepareStatement').length, statements.length)
      return `${statements.length} errors passed on as QueryFailedError, 0 mismatches, nothing repeated`
    },
  },
  {
    id: 35,
    title: 'Execute fails after prepare: the pin is released',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      const fault: Fault['fault'] = { kind: 'grpc-status', status: 'internal', message: 'out of memory' }
      cluster.inject({ method: ['executeStatement', 'executeStatementV2'], fault })
      const error = await failureOf(connection.it.query('SELECT 1 AS one'))
      assert(error instanceof QueryFailedError)
      await cluster.whenCalls((calls) => calls.some(({ method }) => method === 'cancelQuery'))
      await cluster.whenIdle('blue')
      await connection.it.close()
      assert.deepEqual(connection.it.strategy.getSharedStrategy().queryStrategyMap, {})
      return `${error.name} with query id ${error.queryId ? 'given' : 'missing'}, no pin left, query freed on the server`
    },
  },
]
