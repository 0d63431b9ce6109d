import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { E6dataError } from 'e6data-connector'
import { systemClock } from '../../packages/connector/src/time/clock.ts'
import { HostFolder } from '../../packages/connector/test/shared-host/host-folder.ts'
import { type Peer, PeerHost } from '../../packages/connector/test/shared-host/peers.ts'
import { ALL_ORDERS, callsOf, EVERY_ID, failureOf, type Scenario } from './scenario.ts'
import { giveLeaseToAnotherProcess, SPOILED_STORES } from './spoiled-store.ts'

const IDLE_TIMEOUT_MS = 400
const LEASE_MS = 500

export const PIN_SCENARIOS: readonly Scenario[] = [
  {
    id: 17,
    title: 'A forgotten cursor: new work is unaffected, its pin expires',
    async run(stage) {
      const cluster = await stage.cluster()
      const options = { queryIdleTimeoutMs: IDLE_TIMEOUT_MS, maxBufferedBytes: 1 }
      const connection = await stage.connection(cluster, options)
      const forgotten = connection.it.cursor()
      const queryId = await forgotten.execute(ALL_ORDERS)
      await forgotten.fetchOne()
      await cluster.announce('green')
      await connection.queryStrategy()
      await connection.happened('strategy:ready')
      assert.equal(await connection.queryStrategy(), 'green')
      await connection.happened('strategy:swept')
      assert.deepEqual(
        connection.events('strategy:swept').map((it) => it.queryId),
        [queryId],
      )
      assert.deepEqual(connection.it.strategy.getSharedStrategy().queryStrategyMap, {})
      return 'new work moved to green at once; the pin was swept'
    },
  },
  {
    id: 18,
    title: 'A slow reader that is active keeps its pin',
    async run(stage) {
      const cluster = await stage.cluster()
      const options = { queryIdleTimeoutMs: IDLE_TIMEOUT_MS, maxBufferedBytes: 1 }
      const connection = await stage.connection(cluster, options)
      const ids: number[] = []
      const startedAt = performance.now()
      for await (const { order_id: id } of connection.it.stream<{ order_id: bigint }>(ALL_ORDERS)) {
        ids.push(Number(id))
        if (ids.length % 100 === 0) await sleep(IDLE_TIMEOUT_MS / 4) // a reader at work
      }
      const tookMs = performance.now() - startedAt
      assert(tookMs > 2 * IDLE_TIMEOUT_MS)
      assert.deepEqual(ids, EVERY_ID)
      assert.equal(connection.count('strategy:swept'), 0)
      return `read for ${(tookMs / IDLE_TIMEOUT_MS).toFixed(1)} times the idle timeout, all rows, never swept`
    },
  },
  {
    id: 19,
    title: 'A process holding pins gets SIGKILL: swept',
    async run() {
      await using host = new PeerHost()
      const [holder, other] = await Promise.all([host.child(), host.child({ leaseMs: LEASE_MS })])
      await pinned(holder, other)
      holder.signal('SIGKILL')
      assert.equal((await other.told('swept')).queryId, 'q-1')
      assert.equal(await other.ask('pin', { queryId: 'q-1' }), undefined)
      return 'another process swept the pin of the dead one'
    },
  },
  {
    id: 20,
    title: 'SIGSTOP past its lease, then SIGCONT: a stale write is refused',
    async run() {
      await using host = new PeerHost()
      const [holder, other] = await Promise.all([host.child({ leaseMs: LEASE_MS }), host.child({ leaseMs: LEASE_MS })])
      await pinned(holder, other)
      holder.signal('SIGSTOP')
      const late = holder.ask('detected', { strategy: 'green', epoch: 0 })
      await other.told('swept')
      await other.ask('detected', { strategy: 'blue', epoch: 0 })
      holder.signal('SIGCONT')
      await late
      assert.equal((await other.ask('strategy')).activeStrategy, 'blue')
      assert.equal((await holder.ask('strategy')).activeStrategy, 'blue')
      assert.equal(await other.ask('pin', { queryId: 'q-1' }), undefined)
      return 'what was swept stays swept, and what others had found stands'
    },
  },
  {
    id: 21,
    title: 'Its pid is reused: swept',
    async run() {
      await using host = new PeerHost()
      const [holder, other] = await Promise.all([host.child(), host.child({ leaseMs: LEASE_MS })])
      await pinned(holder, other)
      // The lease as a dead process left it, whose pid belongs to a process that was started later: this one.
      holder.signal('SIGSTOP')
      giveLeaseToAnotherProcess(host.directory, holder.pid)
      assert.equal((await other.told('swept')).queryId, 'q-1')
      return 'same pid, other start time: swept'
    },
  },
  {
    id: 22,
    title: 'The wall clock jumps back 10 minutes or ahead 1 hour: no effect',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster, { strategyStore: 'shared' })
      const before = callsOf(cluster, 'authenticate').length
      const realNow = Date.now
      stage.onEnd(async () => {
        Date.now = realNow
      })
      for (const jumpMs of [-600_000, 3_600_000]) {
        Date.now = () => realNow() + jumpMs
        for (let n = 0; n < 20; n++) assert.equal(await connection.queryStrategy(), 'blue')
      }
      Date.now = realNow
      assert.equal(callsOf(cluster, 'authenticate').length, before)
      assert.equal(connection.count('strategy:mismatch') + connection.count('strategy:transition'), 0)
      return '40 queries across both jumps, no login, no detection'
    },
  },
  {
    id: 23,
    title: 'The shared store is torn, full, read-only or of an unknown version: in-process memory, one warning',
    async run(stage) {
      const seen: string[] = []
      for (const [name, spoil] of Object.entries(SPOILED_STORES)) {
        const cluster = await stage.cluster()
        using host = new HostFolder()
        const restore = spoil(host)
        const { store, notices } = host.open({ clock: systemClock })
        const connection = await stage.connection(cluster, { strategyStore: store })
        await cluster.announce('green')
        await connection.queryStrategy()
        await connection.happened('strategy:ready')
        assert.equal(await connection.queryStrategy(), 'green')
        const warnings = notices.filter(({ kind }) => kind === 'unavailable')
        assert.equal(warnings.length, 1, `${name}: ${warnings.length} warnings`)
        await connection.it.close()
        restore()
        seen.push(name)
      }
      return `${seen.join(', ')}: queries and a switch went on from memory, one warning each`
    },
  },
  {
    id: 27,
    title: "Cancel, status and clear during a switch go to the query's own deployment, from another process too",
    async run(stage) {
      const cluster = await stage.cluster()
      const program = stage.program('hold-query.ts', [cluster.url])
      const foreignId = String(await program.told())
      const connection = await stage.connection(cluster, { strategyStore: 'shared', maxBufferedBytes: 1 })
      const own = connection.it.cursor()
      const ownId = await own.execute(ALL_ORDERS)
      await cluster.announce('green')
      await connection.queryStrategy()
      await connection.happened('strategy:ready')
      assert.equal(await connection.queryStrategy(), 'green')
      cluster.clearCalls()
      await untilKnown(() => connection.it.strategy.getSharedStrategy().queryStrategyMap[foreignId])
      cluster.clearCalls()
      await own.status()
      await own.clear()
      await own.status(foreignId)
      await own.cancel(foreignId)
      const about = cluster.calls().filter(({ queryId }) => queryId === ownId || queryId === foreignId)
      assert.deepEqual(
        about.map(({ method }) => method),
        ['status', 'clearOrCancelQuery', 'status', 'cancelQuery'],
      )
      assert(
        about.every(
          ({ strategy, servedBy, plannerIp, grpcStatus }) =>
            strategy === 'blue' && servedBy === 'blue' && plannerIp && grpcStatus === 0,
        ),
      )
      return 'all four calls went to blue, with the engine that prepared the query'
    },
  },
  {
    id: 28,
    title: 'The session expires on a pinned blue query: renewed on blue only',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster, { maxBufferedBytes: 1 })
      const cursor = connection.it.cursor()
      await cursor.execute(ALL_ORDERS)
      const rows = await cursor.fetchMany(50)
      await cluster.announce('green')
      await connection.queryStrategy()
      await connection.happened('strategy:ready')
      assert.equal(await connection.queryStrategy(), 'green')
      await cluster.expireSessions('blue')
      cluster.clearCalls()
      const answers = await Promise.all([cursor.status(), cursor.status(), cursor.status()])
      assert(answers.every(({ finished }) => finished))
      rows.push(...(await cursor.fetchAll()))
      assert.deepEqual(
        rows.map(({ order_id: id }) => Number(id)),
        EVERY_ID,
      )
      const logins = callsOf(cluster, 'authenticate').map(({ strategy }) => strategy)
      assert.deepEqual(logins, ['blue'])
      return 'three questions answered and all rows read, 1 authenticate call, on blue'
    },
  },
  {
    id: 29,
    title: 'Blue is killed mid-stream: a prompt typed error',
    async run(stage) {
      const cluster = await stage.cluster({ mode: 'process' })
      const connection = await stage.connection(cluster, { maxBufferedBytes: 1 })
      const cursor = connection.it.cursor()
      await cursor.execute(ALL_ORDERS)
      await cursor.fetchMany(150)
      await cluster.kill('blue')
      const startedAt = performance.now()
      const error = await failureOf(cursor.fetchAll())
      const tookMs = performance.now() - startedAt
      assert(error instanceof E6dataError, String(error))
      assert(tookMs < 5000)
      return `${error.name} (${error.code}, outcome ${error.outcome}) after ${tookMs.toFixed(0)} ms`
    },
  },
]

async function pinned(holder: Peer, other: Peer): Promise<void> {
  await holder.ask('register', { queryId: 'q-1', strategy: 'blue' })
  await untilKnown(() => other.ask('pin', { queryId: 'q-1' }))
}

/** What one process has registered, another knows within a moment: looks again at each turn of the event loop. */
async function untilKnown(look: () => unknown): Promise<void> {
  while ((await look()) === undefined) await new Promise((resolve) => setImmediate(resolve))
}
