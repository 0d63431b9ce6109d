import assert from 'node:assert/strict'
import { ConnectError, TransportError } from 'e6data-connector'
import { selfSignedCertificate } from '../../packages/connector/test/self-signed-certificate.ts'
import { callsOf, EVERY_ID, failureOf, REFUSAL, type Scenario } from './scenario.ts'

const MEGABYTE = 1 << 20
const FLAPS = 30
const FLAP_EVERY_MS = 1000
const MOST_SWITCHES = 6
const PREPARE = ['prepareStatement', 'prepareStatementV2'] as const

export const ANNOUNCEMENT_SCENARIOS: readonly Scenario[] = [
  {
    id: 8,
    title: '`new_strategy` purple, empty, or 1 MB long: ignored and counted; GREEN: normalised',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      for (const value of ['purple', '', 'x'.repeat(MEGABYTE)]) {
        cluster.inject({ method: PREPARE, fault: { kind: 'new-strategy', value } })
        assert.equal(await connection.queryStrategy(), 'blue')
      }
      const ignored = connection.events('strategy:ignored')
      assert.deepEqual(
        ignored.map(({ reason }) => reason),
        Array(3).fill('unknown-value'),
      )
      assert(ignored.every(({ value }) => value.length <= 32))
      assert.equal(connection.count('strategy:announced'), 0)

      cluster.inject({ method: PREPARE, fault: { kind: 'new-strategy', value: 'GREEN' } })
      await connection.queryStrategy()
      assert.deepEqual(
        connection.events('strategy:announced').map(({ strategy }) => strategy),
        ['green'],
      )
      return '3 nonsensical values ignored and counted, GREEN read as green'
    },
  },
  {
    id: 9,
    title: 'Announced while green still answers 456: stays blue, probes, switches when green accepts',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      await cluster.announce('green', { accepting: false })
      assert.equal(await connection.queryStrategy(), 'blue')
      await cluster.whenCalls(() => callsOf(cluster, 'authenticate', 'green').length >= 3)
      assert.equal(await connection.queryStrategy(), 'blue')
      await cluster.accept('green')
      await connection.happened('strategy:ready')
      assert.equal(await connection.queryStrategy(), 'green')
      assert.equal(connection.count('strategy:mismatch'), 0)
      return `${callsOf(cluster, 'authenticate', 'green').length} probes of green, no query met 456`
    },
  },
  {
    id: 10,
    title: 'Announcement, then rollback before cut-over: no switch',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      await cluster.announce('green', { accepting: false })
      assert.equal(await connection.queryStrategy(), 'blue')
      await cluster.rollBack()
      // A withdrawal counts when nothing has contradicted it for a second.
      while (connection.count('strategy:withdrawn') === 0) assert.equal(await connection.queryStrategy(), 'blue')
      for (let n = 0; n < 10; n++) assert.equal(await connection.queryStrategy(), 'blue')
      assert.equal(connection.count('strategy:withdrawn'), 1)
      assert.equal(connection.count('strategy:transition'), 0)
      return 'withdrawn, 0 transitions'
    },
  },
  {
    id: 11,
    title: "Rollback after cut-over: green's queries finish, new work goes to blue",
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster, { maxBufferedBytes: 1 })
      await cluster.announce('green')
      await connection.queryStrategy()
      await connection.happened('strategy:ready')
      const cursor = connection.it.cursor()
      await cursor.execute('SELECT order_id FROM orders ORDER BY order_id')
      assert.equal(cursor.strategy, 'green')
      await cluster.cutOver()
      const first = await cursor.fetchMany(50)
      await cluster.rollBack()
      assert.equal(await connection.queryStrategy(), 'blue')
      const rest = await cursor.fetchAll()
      assert.deepEqual(
        [...first, ...rest].map(({ order_id: id }) => Number(id)),
        EVERY_ID,
      )
      await cursor.close()
      return `${first.length + rest.length} rows from green, new work on blue`
    },
  },
  {
    id: 12,
    title: 'A late blue answer after the switch: ignored',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      const late = cluster.inject({ method: 'getTablesV2', fault: { kind: 'hold', moment: 'after' } })
      cluster.inject({ method: 'getTablesV2', fault: { kind: 'new-strategy', value: 'blue' } })
      const tables = connection.it.getTables()
      await late.whenFired()
      await cluster.announce('green')
      await connection.queryStrategy()
      await connection.happened('strategy:ready')
      assert.equal(await connection.queryStrategy(), 'green')
      const transitions = connection.count('strategy:transition')
      late.release()
      assert((await tables).includes('orders'))
      assert.deepEqual(
        connection.events('strategy:ignored').map(({ reason }) => reason),
        ['old-epoch'],
      )
      assert.equal(await connection.queryStrategy(), 'green')
      assert.equal(connection.count('strategy:transition'), transitions)
      return 'the answer was used, its news was ignored and counted'
    },
  },
  {
    id: 13,
    title:
      'Announcements flapping each second for 30 s, both deployments accepting: at most 6 switches, all queries succeed',
    mostlyWaits: true,
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      await cluster.announce('green') // both deployments accept from here on
      let queries = 0
      for (let flap = 0; flap < FLAPS; flap++) {
        const value = flap % 2 === 0 ? 'green' : 'blue'
        cluster.clearFaults()
        cluster.inject({ occurrence: 'every', fault: { kind: 'new-strategy', value } })
        const until = performance.now() + FLAP_EVERY_MS
        while (performance.now() < until) {
          await connection.it.query('SELECT 1 AS one')
          queries += 1
        }
      }
      const switches = connection.count('strategy:transition')
      assert(switches >= 1 && switches <= MOST_SWITCHES, `${switches} switches`)
      return `${FLAPS} announcements, ${switches} switches, ${queries} queries, 0 failed`
    },
  },
  {
    id: 14,
    title: 'Green accepts authenticate but refuses prepare: never ready, no statement of the program meets it',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      cluster.inject({ method: PREPARE, strategy: 'green', occurrence: 'every', fault: REFUSAL })
      await cluster.announce('green')
      await connection.queryStrategy()
      await connection.happened('strategy:prewarm-failed')
      for (let n = 0; n < 20; n++) assert.equal(await connection.queryStrategy(), 'blue')
      assert.equal(connection.count('strategy:ready'), 0)
      assert.equal(connection.count('strategy:mismatch'), 0)
      return 'green accepted logins and not the probe statement: 21 queries on blue, 0 refused'
    },
  },
  {
    id: 16,
    title: "Green's TLS certificate differs: verification is never relaxed",
    async run(stage) {
      const trusted = selfSignedCertificate('localhost')
      const other = selfSignedCertificate('localhost')
      const cluster = await stage.cluster({ tls: { cert: trusted.certificate, key: trusted.key } })
      const options = { host: 'localhost', tls: { ca: Buffer.from(trusted.certificate) } }
      const connection = await stage.connection(cluster, options)
      assert.equal(await connection.queryStrategy(), 'blue')
      cluster.useCertificate({ cert: other.certificate, key: other.key })
      await cluster.announce('green')
      cluster.dropConnections()
      cluster.clearCalls()
      const error = await failureOf(connection.it.query('SELECT 1'))
      assert(error instanceof ConnectError || error instanceof TransportError, String(error))
      const second = await failureOf(connection.it.query('SELECT 1'))
      assert(second instanceof ConnectError, String(second))
      assert.match(second.message, /certificate/)
      assert.equal(cluster.calls().length, 0, 'nothing was sent over a connection that is not trusted')
      cluster.useCertificate({ cert: trusted.certificate, key: trusted.key })
      let recovered: string | undefined
      while (recovered === undefined) recovered = await connection.queryStrategy().catch(() => undefined)
      return `${second.name}: certificate not trusted, nothing sent; works again with the right one`
    },
  },
  {
    id: 30,
    title: 'The probe of green hangs: it times out, traffic is unaffected',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster, { advanced: { strategyProbeTimeoutMs: 300 } })
      cluster.inject({ method: 'authenticate', strategy: 'green', occurrence: 'every', fault: { kind: 'hold' } })
      await cluster.announce('green')
      let queries = 0
      while (connection.count('strategy:prewarm-failed') < 2) {
        assert.equal(await connection.queryStrategy(), 'blue')
        queries += 1
      }
      assert.equal(connection.count('strategy:mismatch'), 0)
      return `2 probes timed out while ${queries} queries succeeded on blue`
    },
  },
  {
    id: 36,
    title: 'Green announced, then blue dies before any boundary: the switch happens at once',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      const held = cluster.inject({ method: PREPARE, strategy: 'blue', fault: { kind: 'hold' } })
      const query = connection.it.query('SELECT 7 AS seven')
      await held.whenFired()
      await cluster.announce('green')
      await connection.it.getTables() // an answer that carries the announcement
      await connection.happened('strategy:ready')
      const detections = connection.count('strategy:detected')
      await cluster.cutOver()
      await cluster.retire('blue')
      cluster.clearCalls()
      held.remove()
      const { rows, strategy } = await query
      assert.deepEqual(rows, [{ seven: 7 }])
      assert.equal(strategy, 'green')
      assert.equal(connection.count('strategy:detected'), detections)
      assert.equal(callsOf(cluster, 'authenticate').length, 0)
      return 'moved to green without detection and without a login: it was prewarmed'
    },
  },
]
