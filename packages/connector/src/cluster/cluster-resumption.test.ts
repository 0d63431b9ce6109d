import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { ManualClock } from '../../test/manual-clock.ts'
import { ClusterSuspendedError } from '../errors.ts'
import { type ConnectionEvents, EventHub } from '../observability/events.ts'
import { silentLogger } from '../observability/logger.ts'
import { Deadline } from '../time/deadline.ts'
import type { Transport } from '../transport/transport.ts'
import { ClusterResumption } from './cluster-resumption.ts'
import { ClusterClient } from './cluster-service.ts'

describe('a query that finds the cluster suspended', () => {
  const local = localTest({ resumeMs: 50 })

  it('does not fail when the connection that started the resume is closed', async () => {
    const first = await local.connection()
    const second = await local.connection()
    await local.cluster.suspend()
    const status = local.cluster.inject({ service: 'ClusterService', method: 'status', fault: { kind: 'hold' } })
    const given = failureOf(first.query('SELECT 1'))
    await status.whenFired()
    const suspended = new Promise<void>((resolve) => second.once('cluster:suspended', () => resolve()))
    const rows = second.query('SELECT 2 AS two')
    await suspended
    await first.close()
    expect(await given).toMatchObject({ code: 'E6_CLOSED' })
    status.remove()
    expect((await rows).rows).toEqual([{ two: 2 }])
  })
})

describe('queries that wait for a cluster that does not resume', () => {
  const local = localTest({ resumeMs: 600_000 })

  it('each fail with an error that names their own query', async () => {
    const connection = await local.connection({ autoResumeTimeoutMs: 100, maxBufferedBytes: 1 })
    const cursors = [connection.cursor(), connection.cursor()]
    for (const cursor of cursors) await cursor.execute('SELECT order_id FROM orders')
    const queryIds = cursors.map(({ queryId }) => queryId)
    await local.cluster.suspend()
    const failures = await Promise.all(cursors.map((cursor) => failureOf(cursor.fetchAll())))
    expect(failures[0]).toBeInstanceOf(ClusterSuspendedError)
    expect(failures.map((failure) => (failure as ClusterSuspendedError).queryId)).toEqual(queryIds)
  })
})

describe('a cluster that was suspended while a result was open', () => {
  const local = localTest()

  it('is not resumed by releasing the result', async () => {
    const connection = await local.connection()
    const cursor = connection.cursor()
    await cursor.execute('SELECT order_id FROM orders')
    await local.cluster.suspend()
    await cursor.close()
    await connection.close()
    expect(local.cluster.availability).toBe('suspended')
    expect(local.calls('resume')).toEqual([])
  })
})

describe('waiting for a cluster to become active', () => {
  const options = { autoResumeTimeoutMs: 60_000, autoResumePollMs: 5000 }

  /** A cluster whose service returns these answers in order, the last one forever. */
  function resumption(clock: ManualClock, ...answers: ('silence' | { status: string })[]) {
    const transport = {
      usable: true,
      close: () => undefined,
      call: async (_method: unknown, _request: unknown, { deadline }: { deadline: Deadline }) => {
        const answer = answers.length > 1 ? answers.shift() : answers[0]
        return answer === 'silence' ? deadline.race(new Promise(() => undefined)) : answer
      },
    } as unknown as Transport
    const client = new ClusterClient(transport, { username: 'u', password: async () => 'p' }, () => undefined)
    const events = new EventHub<ConnectionEvents>(silentLogger)
    const deadline = Deadline.of(clock, {}, Number.POSITIVE_INFINITY, 'waiting')
    return new ClusterResumption(clock, options).ensureActive(client, events, deadline)
  }

  /** Advances the clock until nothing is scheduled. */
  async function passTime(clock: ManualClock): Promise<void> {
    for (let quiet = 0; quiet < 20; quiet++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (clock.nextAt === undefined || clock.nextAt === Number.POSITIVE_INFINITY) continue
      clock.advance(clock.nextAt - clock.now())
      quiet = 0
    }
  }

  it('continues when one status check gets no answer', async () => {
    const clock = new ManualClock()
    const active = resumption(clock, 'silence', { status: 'active' })
    await passTime(clock)
    await active
  })

  it('ends with the last status of the cluster when its time is up', async () => {
    const clock = new ManualClock()
    const failure = failureOf(resumption(clock, { status: 'resuming' }, 'silence'))
    await passTime(clock)
    expect(await failure).toBeInstanceOf(ClusterSuspendedError)
    expect(String(await failure)).toContain('(status: resuming)')
  })
})
