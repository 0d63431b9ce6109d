import { describe, expect, test } from 'vitest'
import { acquireMany, errorOf, type FakeConnection, gate, settled, setUp } from '../../test/pool-harness.ts'
import { ClosedError, PoolTimeoutError } from '../errors.ts'
import type { Lease } from './lease.ts'

describe('borrowing', () => {
  test('opens a connection only on demand, and never more than the bound', async () => {
    const { pool, opened } = setUp({ max: 3 })
    expect(opened).toHaveLength(0)
    await acquireMany(pool, 3)
    const fourth = pool.acquire()
    await settled()
    expect(opened).toHaveLength(3)
    expect(pool.statistics()).toMatchObject({ open: 3, borrowed: 3, idle: 0, connecting: 0, waiting: 1 })
    await pool.close({ running: 'cancel' })
    await expect(fourth).rejects.toThrow(ClosedError)
  })

  test('does not exceed the bound while connections are being opened', async () => {
    const { pool, server, opened } = setUp({ max: 2 })
    const slow = gate()
    server.connect = () => slow.passed
    const leases = [pool.acquire(), pool.acquire(), pool.acquire()]
    await settled()
    expect(pool.statistics()).toMatchObject({ connecting: 2, waiting: 3 })
    slow.open()
    const first = await leases[0]!
    first.release()
    await Promise.all(leases)
    expect(opened).toHaveLength(2)
  })

  test('returns the most recently used connection first, so that unneeded ones expire', async () => {
    const { pool } = setUp()
    const [a, b] = await acquireMany(pool, 2)
    const used = b!.connection
    a!.release()
    b!.release()
    expect((await pool.acquire()).connection).toBe(used)
  })

  test('serves callers in the order of arrival', async () => {
    const { pool } = setUp({ max: 1 })
    const first = await pool.acquire()
    const served: number[] = []
    const waiting = [1, 2, 3].map(async (number) => {
      const lease = await pool.acquire()
      served.push(number)
      lease.release()
    })
    first.release()
    const latecomer = pool.acquire().then((lease) => {
      served.push(4)
      lease.release()
    })
    await Promise.all([...waiting, latecomer])
    expect(served).toEqual([1, 2, 3, 4])
  })

  test('a connection returned twice is borrowed once', async () => {
    const { pool } = setUp({ max: 1 })
    const lease = await pool.acquire()
    lease.release()
    const next = await pool.acquire()
    lease.release()
    await lease[Symbol.asyncDispose]()
    expect(pool.statistics()).toMatchObject({ borrowed: 1, idle: 0 })
    expect(() => lease.connection).toThrow('the connection was released')
    expect(next.connection.id).toBe(1)
  })

  test('a lease returns its connection at the end of its scope, even after an exception', async () => {
    const { pool } = setUp()
    const use = async () => {
      await using lease = await pool.acquire()
      expect(lease.connection.id).toBe(1)
      throw new Error('in between')
    }
    await expect(use()).rejects.toThrow('in between')
    expect(pool.statistics()).toMatchObject({ borrowed: 0, idle: 1 })
  })

  test('a listener that borrows a connection during an event breaks nothing', async () => {
    const { pool, clock } = setUp({ max: 3, idleTimeoutMs: 1000 })
    const leases = await acquireMany(pool, 3)
    const greedy: Promise<Lease<FakeConnection>>[] = []
    pool.events.on('pool:disconnected', () => greedy.push(pool.acquire()))
    for (const lease of leases) lease.release()
    await clock.pass(1000)
    const borrowed = (await Promise.all(greedy)).map(({ connection }) => connection)
    expect(new Set(borrowed).size).toBe(borrowed.length)
    expect(borrowed.every(({ state }) => state === 'open')).toBe(true)
    expect(pool.statistics().open).toBeLessThanOrEqual(3)
  })
})

describe('waiting', () => {
  test('ends with an error that shows the state of the pool', async () => {
    const { pool, clock } = setUp({ max: 1, acquireTimeoutMs: 500 })
    await pool.acquire()
    const failed = errorOf(pool.acquire())
    await clock.pass(499)
    expect(pool.statistics().waiting).toBe(1)
    await clock.pass(1)
    const error = await failed
    expect(error).toBeInstanceOf(PoolTimeoutError)
    expect(error).toMatchObject({ code: 'E6_POOL_TIMEOUT', outcome: 'not-sent', retryable: true })
    expect(error.message).toBe(
      'no connection became free within 500 ms (max 1, open 1 (0 idle, 1 borrowed, 0 checking), connecting 0, waiting 1)',
    )
    expect(pool.statistics()).toMatchObject({ waiting: 0, timeouts: 1 })
  })

  test('accepts a shorter limit for one call', async () => {
    const { pool, clock } = setUp({ max: 1 })
    await pool.acquire()
    const failed = errorOf(pool.acquire({ timeoutMs: 10 }))
    await clock.pass(10)
    expect((await failed).message).toContain('within 10 ms')
  })

  test('ends with a signal, which also frees the place in the queue', async () => {
    const { pool } = setUp({ max: 1 })
    const lease = await pool.acquire()
    const abort = new AbortController()
    const given = errorOf(pool.acquire({ signal: abort.signal }))
    const next = pool.acquire()
    abort.abort(new Error('changed my mind'))
    expect(await given).toMatchObject({ code: 'E6_ABORTED', cause: { message: 'changed my mind' } })
    lease.release()
    expect((await next).connection.id).toBe(1)
  })

  test('does not start when the signal has already fired', async () => {
    const { pool, opened } = setUp()
    expect(await errorOf(pool.acquire({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'E6_ABORTED' })
    expect(opened).toHaveLength(0)
  })

  test('loses no connection to a caller that gives up at the moment of being served', async () => {
    const { pool } = setUp({ max: 1 })
    const lease = await pool.acquire()
    const abort = new AbortController()
    const given = errorOf(pool.acquire({ signal: abort.signal }))
    await settled()
    lease.release() // hands over
    abort.abort() // before the caller receives it
    expect(await given).toMatchObject({ code: 'E6_ABORTED' })
    expect(pool.statistics()).toMatchObject({ borrowed: 0, idle: 1 })
    expect((await pool.acquire()).connection.id).toBe(1)
  })

  test('leaves no timer and no listener behind', async () => {
    const { pool, clock } = setUp({ max: 1 })
    const lease = await pool.acquire()
    const abort = new AbortController()
    const before = clock.waiting
    const next = pool.acquire({ signal: abort.signal })
    await settled()
    lease.release()
    ;(await next).release()
    expect(clock.waiting).toBe(before + 1) // the check of idle connections
    await pool.close()
    expect(clock.waiting).toBe(0)
  })
})

describe('statistics and events', () => {
  test('report the state of the connections and how long callers waited', async () => {
    const { pool, clock } = setUp({ max: 1 })
    const waits: number[] = []
    pool.events.on('pool:acquired', ({ waitedMs }) => waits.push(waitedMs))
    const held: number[] = []
    pool.events.on('pool:released', ({ heldMs }) => held.push(heldMs))
    const first = await pool.acquire()
    const second = pool.acquire()
    await clock.pass(70)
    first.release()
    ;(await second).release()
    expect(waits).toEqual([0, 70])
    expect(held).toEqual([70, 0])
    expect(pool.statistics()).toEqual({
      max: 1,
      open: 1,
      idle: 1,
      borrowed: 0,
      checking: 0,
      connecting: 0,
      waiting: 0,
      connects: 1,
      failedConnects: 0,
      failedChecks: 0,
      disconnects: 0,
      acquires: 2,
      timeouts: 0,
      waitedMs: { total: 70, longest: 70 },
    })
  })
})
