import { describe, expect, test } from 'vitest'
import { acquireMany, errorOf, gate, settled, setUp } from '../../test/pool-harness.ts'
import { ClosedError, ConnectError, CredentialsError, TransportError } from '../errors.ts'

describe('age', () => {
  test('an unused connection is closed after its idle time', async () => {
    const { pool, clock, departures } = setUp({ idleTimeoutMs: 1000 })
    const [a, b] = await acquireMany(pool, 2)
    a!.release()
    await clock.pass(600)
    b!.release()
    await clock.pass(400)
    expect(departures).toEqual(['idle'])
    await clock.pass(600)
    expect(departures).toEqual(['idle', 'idle'])
    expect(pool.statistics().open).toBe(0)
  })

  test('the minimum number stays open while idle, and is opened in advance', async () => {
    const { pool, clock, opened } = setUp({ min: 2, idleTimeoutMs: 1000, maxLifetimeMs: 1_000_000 })
    await settled()
    expect(pool.statistics()).toMatchObject({ idle: 2, open: 2 })
    for (const lease of await acquireMany(pool, 4)) lease.release()
    await clock.pass(10_000)
    expect(pool.statistics()).toMatchObject({ idle: 2, open: 2 })
    expect(opened).toHaveLength(4)
  })

  test('a connection is replaced at the end of its lifetime: at once when idle, otherwise when it is returned', async () => {
    const { pool, clock, departures, opened } = setUp({ min: 2, maxLifetimeMs: 1000 })
    const lease = await pool.acquire()
    await clock.pass(1000)
    expect(departures).toEqual(['lifetime'])
    expect(lease.connection.state).toBe('open')
    lease.release()
    await settled()
    expect(departures).toEqual(['lifetime', 'lifetime'])
    expect(opened).toHaveLength(4)
    expect(pool.statistics()).toMatchObject({ idle: 2 })
  })

  test('connections opened together do not expire together', async () => {
    const { pool, clock, departures } = setUp({ maxLifetimeMs: 1000, idleTimeoutMs: 100_000, limitJitter: 0.5 })
    clock.chance = 0
    const late = await pool.acquire()
    clock.chance = 0.8
    const early = await pool.acquire()
    late.release()
    early.release()
    await clock.pass(600)
    expect(departures).toHaveLength(1)
    await clock.pass(400)
    expect(departures).toHaveLength(2)
  })

  test('an idle pool waits for nothing but its next due connection', async () => {
    const { pool, clock } = setUp({ min: 1, idleTimeoutMs: 10, maxLifetimeMs: 1_000_000 })
    await settled()
    await clock.pass(100_000)
    expect(clock.waiting).toBe(1)
    await pool.close()
  })
})

describe('health', () => {
  test('is checked only after a longer idle time', async () => {
    const { pool, clock, checked } = setUp({ checkAfterIdleMs: 1000 })
    ;(await pool.acquire()).release()
    await clock.pass(1000)
    ;(await pool.acquire()).release()
    expect(checked).toEqual([])
    await clock.pass(1001)
    ;(await pool.acquire()).release()
    expect(checked).toEqual([1])
    ;(await pool.acquire()).release()
    expect(checked).toEqual([1])
  })

  test('a connection that fails is replaced, and the caller does not notice', async () => {
    const { pool, clock, server, checked, departures } = setUp({ checkAfterIdleMs: 1000 })
    const leases = await acquireMany(pool, 2)
    for (const lease of leases) lease.release()
    await clock.pass(1001)
    server.check = async () => {
      throw new TransportError('gone')
    }
    const lease = await pool.acquire()
    expect(lease.connection.id).toBe(3)
    expect(checked).toEqual([2, 1])
    expect(departures).toEqual(['check-failed', 'check-failed'])
    expect(pool.statistics()).toMatchObject({ failedChecks: 2 })
  })

  test('a check without an answer is abandoned', async () => {
    const { pool, clock, server } = setUp({ checkAfterIdleMs: 1000, checkTimeoutMs: 50 })
    ;(await pool.acquire()).release()
    await clock.pass(1001)
    server.check = () => new Promise(() => undefined)
    const lease = pool.acquire()
    await clock.pass(50)
    expect((await lease).connection.id).toBe(2)
  })

  test('one caller has one connection checked, however many are idle', async () => {
    const { pool, clock, server, checked } = setUp({ checkAfterIdleMs: 1000 })
    for (const lease of await acquireMany(pool, 5)) lease.release()
    await clock.pass(1001)
    const slow = gate()
    server.check = () => slow.passed
    const lease = pool.acquire()
    await settled()
    expect(checked).toHaveLength(1)
    expect(pool.statistics()).toMatchObject({ checking: 1, idle: 4, connecting: 0 })
    slow.open()
    await lease
    expect(checked).toHaveLength(1)
  })

  test('a slow check does not hold up its caller: another connection is opened, and the first that works is used', async () => {
    const { pool, clock, server, opened } = setUp({ checkAfterIdleMs: 1000 })
    ;(await pool.acquire()).release()
    await clock.pass(1001)
    const [slowCheck, slowConnect] = [gate(), gate()]
    server.check = () => slowCheck.passed
    server.connect = () => slowConnect.passed
    const first = pool.acquire()
    await clock.pass(99)
    expect(pool.statistics()).toMatchObject({ checking: 1, connecting: 0 })
    await clock.pass(1)
    expect(pool.statistics()).toMatchObject({ checking: 1, connecting: 1 })
    slowCheck.open()
    expect((await first).connection).toBe(opened[0])
    slowConnect.open()
    await settled()
    expect(pool.statistics()).toMatchObject({ connects: 2, disconnects: 0, idle: 1 })
  })

  test('at the bound, a connection with a slow check makes room, and the bound holds', async () => {
    const { pool, clock, server, departures } = setUp({ max: 1, checkAfterIdleMs: 1000 })
    ;(await pool.acquire()).release()
    await clock.pass(1001)
    server.check = () => new Promise(() => undefined)
    const lease = pool.acquire()
    await clock.pass(100)
    expect((await lease).connection.id).toBe(2)
    expect(departures).toEqual(['check-failed'])
    expect(pool.statistics()).toMatchObject({ open: 1, checking: 0 })
  })

  test('idle connections that all went silent are not tried one after the other', async () => {
    const { pool, clock, server, checked } = setUp({ max: 10, checkAfterIdleMs: 1000 })
    for (const lease of await acquireMany(pool, 6)) lease.release()
    await clock.pass(1001)
    server.check = () => new Promise(() => undefined)
    const first = pool.acquire()
    await clock.pass(100)
    await first
    const more = acquireMany(pool, 3)
    await clock.pass(0)
    await more
    expect(checked).toEqual([6])
  })

  test('a caller with a short limit never waits for a check', async () => {
    const { pool, clock, server } = setUp({ max: 1, checkAfterIdleMs: 1000 })
    ;(await pool.acquire()).release()
    await clock.pass(1001)
    server.check = () => new Promise(() => undefined)
    const lease = pool.acquire({ timeoutMs: 20 })
    await clock.pass(1)
    expect((await lease).connection.id).toBe(2)
  })

  test('a failed one casts doubt on those proven no later, and on no other', async () => {
    const { pool, clock, server, checked } = setUp({ max: 4 })
    const [old, alsoOld, failing, young] = await acquireMany(pool, 4)
    old!.release()
    alsoOld!.release()
    await clock.pass(10)
    failing!.release()
    await clock.pass(10)
    const used = await pool.acquire()
    const broken = used.connection
    used.failed(new TransportError('reset'))
    used.release()
    server.check = async (connection) => {
      if (connection === broken) throw new TransportError('gone')
    }
    expect((await pool.acquire()).connection.id).toBe(2) // No caller waits for a check while another connection is trusted.
    await settled()
    young!.release()
    expect((await pool.acquire()).connection.id).toBe(4)
    expect(checked).toEqual([3])
    expect((await pool.acquire()).connection.id).toBe(1)
    expect(checked).toEqual([3, 1])
  })

  test('a connection with an interrupted call is checked before the next caller gets it, and kept if it works', async () => {
    const { pool, checked } = setUp()
    const lease = await pool.acquire()
    lease.failed(new TransportError('reset'))
    lease.release()
    expect((await pool.acquire()).connection.id).toBe(1)
    expect(checked).toEqual([1])
  })

  test('an error of the statement casts no doubt on the connection', async () => {
    const { pool, checked } = setUp()
    const lease = await pool.acquire()
    lease.failed(new ClosedError('the cursor is closed'))
    lease.failed(new Error('anything'))
    lease.release()
    await pool.acquire()
    expect(checked).toEqual([])
  })

  test.each(['before it is borrowed', 'while it is borrowed'])(
    'a connection that breaks %s is replaced',
    async (when) => {
      const { pool, opened, departures } = setUp()
      const lease = await pool.acquire()
      if (when === 'while it is borrowed') opened[0]!.state = 'broken'
      lease.release()
      opened[0]!.state = 'broken'
      expect((await pool.acquire()).connection.id).toBe(2)
      expect(departures).toEqual(['broken'])
    },
  )
})

describe('when no connection can be opened', () => {
  test('a caller learns why at once', async () => {
    const { pool, server } = setUp()
    const refused = new ConnectError('nothing listens there', { retryable: true })
    server.connect = async () => {
      throw refused
    }
    expect(await errorOf(pool.acquire())).toStrictEqual(refused)
    expect(pool.statistics()).toMatchObject({ failedConnects: 1, waiting: 0, connecting: 0 })
  })

  test('each of many callers learns why, and the bound on attempts at once holds', async () => {
    const { pool, server } = setUp({ max: 4 })
    let most = 0
    server.connect = async () => {
      most = Math.max(most, pool.statistics().connecting + 1)
      throw new ConnectError('nothing listens there', { retryable: true })
    }
    const errors = await Promise.all(Array.from({ length: 50 }, () => errorOf(pool.acquire())))
    expect(errors.every((error) => error.code === 'E6_CONNECT')).toBe(true)
    expect(pool.statistics()).toMatchObject({ failedConnects: 50, waiting: 0 })
    expect(most).toBeLessThanOrEqual(4)
  })

  test('wrong credentials are not tried again for each of a thousand callers', async () => {
    const { pool, server } = setUp({ max: 2 })
    server.connect = async () => {
      throw new CredentialsError('refused')
    }
    const errors = await Promise.all(Array.from({ length: 1000 }, () => errorOf(pool.acquire())))
    expect(errors.every((error) => error.code === 'E6_CREDENTIALS')).toBe(true)
    expect(pool.statistics().failedConnects).toBeLessThanOrEqual(2)
  })

  test('callers keep waiting while another connection works, and opening is tried again at growing intervals', async () => {
    const { pool, clock, server } = setUp({ max: 2 })
    const lease = await pool.acquire()
    server.connect = async () => {
      throw new ConnectError('too many sessions', { retryable: true })
    }
    const next = pool.acquire()
    await clock.pass(1000)
    const failed = pool.statistics().failedConnects
    expect(failed).toBeGreaterThanOrEqual(3)
    expect(failed).toBeLessThanOrEqual(6)
    lease.release()
    expect((await next).connection.id).toBe(1)
  })

  test('the error of a caller that got no connection includes the last failure', async () => {
    const { pool, clock, server } = setUp({ max: 2, acquireTimeoutMs: 100 })
    await pool.acquire()
    const cause = new ConnectError('too many sessions', { retryable: true })
    server.connect = async () => {
      throw cause
    }
    const failed = errorOf(pool.acquire())
    await clock.pass(100)
    expect(await failed).toMatchObject({
      code: 'E6_POOL_TIMEOUT',
      cause,
      message: expect.stringContaining('the last attempt to open one failed'),
    })
  })

  test('a caller that arrives during the pause does not wait for its end when there is no connection', async () => {
    const { pool, server } = setUp(
      { min: 1 },
      { connect: async () => Promise.reject(new ConnectError('down', { retryable: true })) },
    )
    await settled()
    expect(pool.statistics()).toMatchObject({ failedConnects: 1, connecting: 0 })
    server.connect = async () => undefined
    expect((await pool.acquire()).connection.id).toBe(1)
  })

  test('the minimum number is opened once the server is back', async () => {
    const { pool, clock, server, opened } = setUp({ min: 2 })
    await settled()
    for (const connection of opened) connection.state = 'broken'
    server.connect = async () => {
      throw new ConnectError('down', { retryable: true })
    }
    await errorOf(pool.acquire())
    await clock.pass(60_000)
    const failed = pool.statistics().failedConnects
    expect(failed).toBeLessThan(40)
    server.connect = async () => undefined
    await clock.pass(10_000)
    expect(pool.statistics()).toMatchObject({ idle: 2 })
    await pool.close()
  })
})

describe('a switch', () => {
  test('closes, checks and opens nothing: each connection logs in again at its next use', async () => {
    const { pool, clock, opened, checked, departures } = setUp({ max: 10 })
    for (const lease of await acquireMany(pool, 10)) lease.release()
    await clock.pass(29_000) // regardless of announcements by the cluster
    for (let round = 0; round < 5; round++) (await pool.acquire()).release()
    expect({ opened: opened.length, checked, departures }).toEqual({ opened: 10, checked: [], departures: [] })
  })
})
