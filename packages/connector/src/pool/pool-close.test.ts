import { describe, expect, test } from 'vitest'
import { acquireMany, errorOf, gate, settled, setUp } from '../../test/pool-harness.ts'
import { ClosedError } from '../errors.ts'

describe('closing', () => {
  test('rejects waiting callers, waits for borrowed connections, and closes all', async () => {
    const { pool, opened } = setUp({ max: 2 })
    const leases = await acquireMany(pool, 2)
    leases[0]!.release()
    const kept = await pool.acquire()
    const waiting = errorOf(pool.acquire())
    let isClosed = false
    const closed = pool.close().then(() => {
      isClosed = true
    })
    expect(await waiting).toMatchObject({ code: 'E6_CLOSED', message: 'the pool is closed' })
    kept.release()
    await settled()
    expect(isClosed).toBe(false)
    leases[1]!.release()
    await closed
    expect(opened.map(({ state }) => state)).toEqual(['closed', 'closed'])
    expect(pool.statistics()).toMatchObject({ open: 0, connecting: 0, waiting: 0, disconnects: 2 })
  })

  test('closes connections that are not returned in time', async () => {
    const { pool, clock, opened, departures } = setUp()
    const lease = await pool.acquire()
    const closed = pool.close({ timeoutMs: 100 })
    await clock.pass(99)
    expect(opened[0]!.state).toBe('open')
    await clock.pass(1)
    await closed
    expect(opened[0]!.state).toBe('closed')
    lease.release()
    await settled()
    expect(departures).toEqual(['cut-off'])
    expect(pool.statistics()).toMatchObject({ open: 0, disconnects: 1 })
  })

  test('does not wait if requested', async () => {
    const { pool, opened } = setUp()
    await pool.acquire()
    await pool.close({ running: 'cancel' })
    expect(opened[0]!.state).toBe('closed')
  })

  test('stops attempts to open connections, and closes one that still succeeds', async () => {
    const { pool, server, opened } = setUp()
    const slow = gate()
    const signals: (AbortSignal | null | undefined)[] = []
    server.connect = ({ signal }) => {
      signals.push(signal)
      return slow.passed
    }
    const waiting = errorOf(pool.acquire())
    await settled()
    const closed = pool.close()
    expect(signals[0]?.aborted).toBe(true)
    expect(await waiting).toMatchObject({ code: 'E6_CLOSED' })
    slow.open()
    await closed
    expect(opened.map(({ state }) => state)).toEqual(['closed'])
  })

  test('ends even if a connection neither opens nor closes', async () => {
    const { pool, clock, server, opened } = setUp({ max: 2 })
    await pool.acquire()
    opened[0]!.close = () => new Promise(() => undefined)
    server.connect = () => new Promise(() => undefined)
    const waiting = errorOf(pool.acquire())
    const closed = pool.close({ running: 'cancel' })
    await clock.pass(5000)
    await closed
    expect(await waiting).toMatchObject({ code: 'E6_CLOSED' })
  })

  test('a running check does not keep it open', async () => {
    const { pool, clock, server, opened } = setUp({ checkAfterIdleMs: 1 })
    ;(await pool.acquire()).release()
    await clock.pass(10)
    server.check = () => new Promise(() => undefined)
    const waiting = errorOf(pool.acquire())
    await settled()
    await pool.close()
    expect(await waiting).toMatchObject({ code: 'E6_CLOSED' })
    expect(opened[0]!.state).toBe('closed')
    expect(pool.statistics()).toMatchObject({ open: 0, failedChecks: 0 })
  })

  test('is idempotent, and no connection can be borrowed afterwards', async () => {
    const { pool } = setUp()
    expect(pool.close()).toBe(pool.close())
    await pool.close()
    expect(await errorOf(pool.acquire())).toBeInstanceOf(ClosedError)
  })

  test('a connection that fails to close has no other effect', async () => {
    const { pool, opened } = setUp()
    ;(await pool.acquire()).release()
    opened[0]!.close = async () => {
      throw new Error('already gone')
    }
    await pool.close()
    expect(pool.statistics().open).toBe(0)
  })
})
