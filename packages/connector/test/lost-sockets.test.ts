/**
 * Cuts the connection at every call of every operation: before the call has reached an engine, after it was carried
 * out, while it is running, once and permanently. In every case the program gets a correct result or a typed error, and
 * no resources remain.
 */
import { getEventListeners } from 'node:events'
import type { CallRecord, Fault, LocalCluster } from 'e6data-local-cluster'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPool } from '../src/connect.ts'
import type { Connection } from '../src/connection.ts'
import { E6dataError } from '../src/errors.ts'
import type { Pool } from '../src/pool/pool.ts'
import { BATCH_ROWS, localTest, PLACES } from './local.ts'

const ROWS = BATCH_ROWS + 50
const SQL = `SELECT order_id FROM orders WHERE order_id < ${ROWS} ORDER BY order_id`
const EVERY_ROW = Array.from({ length: ROWS }, (_, id) => id)

/** The maximum time of one operation under any damage, in milliseconds. */
const MOST_MS = 10_000

type Work = (connection: Connection, signal: AbortSignal) => Promise<unknown>

const idsOf = (rows: readonly { order_id?: unknown }[]) => rows.map(({ order_id }) => Number(order_id))

/** The operations of a connection. Each checks its result. */
const WORK: Readonly<Record<string, Work>> = {
  'a query': async (connection, signal) => {
    expect(idsOf((await connection.query(SQL, { signal })).rows)).toEqual(EVERY_ROW)
  },
  'a cursor, with all its calls': async (connection, signal) => {
    await using cursor = connection.cursor()
    await cursor.execute(SQL, undefined, { signal })
    await cursor.status(undefined, { signal })
    await cursor.explain({ signal })
    const first = await cursor.fetchMany(10, { signal })
    await cursor.explainAnalyze({ signal })
    expect(idsOf([...first, ...(await cursor.fetchAll({ signal }))])).toEqual(EVERY_ROW)
  },
  'a cursor that is cancelled midway': async (connection, signal) => {
    await using cursor = connection.cursor({ maxBufferedBytes: 1 })
    await cursor.execute(SQL, undefined, { signal })
    await cursor.fetchOne({ signal })
    await cursor.cancel(undefined, { signal })
  },
  'a stream': async (connection, signal) => {
    const ids: number[] = []
    for await (const row of connection.stream(SQL, { signal })) ids.push(Number(row.order_id))
    expect(ids).toEqual(EVERY_ROW)
  },
  'a stream that is left': async (connection, signal) => {
    for await (const row of connection.stream(SQL, { signal, maxBufferedBytes: 1 })) {
      expect(Number(row.order_id)).toBe(0)
      break
    }
  },
  'the catalog': async (connection, signal) => {
    expect(await connection.getCatalogs({ signal })).toHaveLength(1)
    expect(await connection.getSchemaNames({ signal })).toContain('retail')
    expect(await connection.getTables({ signal })).toContain('orders')
    expect((await connection.getColumns({ table: 'orders', signal })).length).toBeGreaterThan(3)
    await connection.dryRun(SQL, { signal })
  },
  logins: async (connection, signal) => {
    await connection.reauthenticate({ signal })
    expect(await connection.checkStrategyChange({ signal })).toBe(false)
  },
}

/** The targets of damage: the cluster, and the program's own signal. */
interface Victim {
  readonly cluster: LocalCluster
  readonly giveUp: AbortController
}

/** Prepares damage to the nth call of a method. Returns a function that undoes it and reports whether it happened. */
type Damage = (victim: Victim, method: string, nth: number) => () => boolean

const injected =
  (fault: Fault['fault'], times = 1): Damage =>
  ({ cluster }, method, nth) => {
    const handle = cluster.inject({ method, occurrence: nth, times, fault })
    return () => {
      handle.remove()
      return handle.fired > 0
    }
  }

/** Acts at a moment of the nth call of a method. */
const when =
  (moment: CallRecord['outcome'], act: (victim: Victim) => void): Damage =>
  (victim, method, nth) => {
    const seen = new Set<number>()
    const stop = victim.cluster.on('call', (call) => {
      if (call.method !== method || call.outcome !== moment || seen.has(call.sequence)) return
      seen.add(call.sequence)
      if (seen.size === nth) act(victim)
    })
    return () => {
      stop()
      return seen.size >= nth
    }
  }

const connectionLost = { kind: 'reset', what: 'connection' } as const

const DAMAGES: Readonly<Record<string, Damage>> = {
  'the connection is lost before the engine sees the call': injected(connectionLost),
  'the connection is lost with the answer': injected({ ...connectionLost, moment: 'after' }),
  'the connection is lost, and again on every try': injected(connectionLost, Number.POSITIVE_INFINITY),
  'the stream is reset before the engine sees the call': injected({ kind: 'reset' }),
  'the stream is reset instead of the answer': injected({ kind: 'reset', moment: 'after' }),
  'the server sends GOAWAY': injected({ kind: 'goaway' }),
  'every socket is destroyed when the call arrives': when('under way', ({ cluster }) => cluster.dropConnections()),
  'every socket is destroyed when the call is answered': when('answered', ({ cluster }) => cluster.dropConnections()),
  'the program gives up when the call arrives': when('under way', ({ giveUp }) => giveUp.abort()),
}

/** Returns how work ended: success, or an error of the connector. Anything else is a fault. */
async function endOf(work: Promise<unknown>): Promise<E6dataError | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${MOST_MS} ms`)), MOST_MS)
  })
  try {
    await Promise.race([work, late])
    return undefined
  } catch (error) {
    if (error instanceof E6dataError) return error
    throw error
  } finally {
    clearTimeout(timer)
  }
}

const unhandled: unknown[] = []
const noteUnhandled = (reason: unknown) => unhandled.push(reason)

beforeAll(() => {
  process.on('unhandledRejection', noteUnhandled)
})
afterAll(() => {
  process.off('unhandledRejection', noteUnhandled)
})

/** The calls of work without damage, each with its number within its kind. */
async function callsOf(cluster: LocalCluster, work: () => Promise<unknown>) {
  cluster.clearCalls()
  await work()
  const counts = new Map<string, number>()
  return cluster.calls().map(({ method }) => {
    const nth = (counts.get(method) ?? 0) + 1
    counts.set(method, nth)
    return { method, nth }
  })
}

/** Applies every damage to every call of some work, and returns the faults. */
async function faultsOf(
  cluster: LocalCluster,
  work: (signal: AbortSignal) => Promise<unknown>,
  check: (end: E6dataError | undefined) => Promise<void>,
): Promise<string[]> {
  const faults: string[] = []
  for (const { method, nth } of await callsOf(cluster, () => work(new AbortController().signal))) {
    for (const [what, damage] of Object.entries(DAMAGES)) {
      const giveUp = new AbortController()
      const undo = damage({ cluster, giveUp }, method, nth)
      try {
        const end = await endOf(work(giveUp.signal))
        // The number of fetches depends on the reading speed, but every kind of call is made.
        if (!undo() && nth === 1) throw new Error('the damage did not happen')
        expect(getEventListeners(giveUp.signal, 'abort')).toEqual([])
        await check(end)
      } catch (error) {
        faults.push(`${what} (${method} ${nth}): ${error instanceof Error ? error.stack : String(error)}`)
      } finally {
        undo()
      }
    }
  }
  return faults
}

describe.each(PLACES)('any loss at any time, from $place', ({ options: place }) => {
  const local = localTest()

  for (const [name, work] of Object.entries(WORK)) {
    it(`${name} ends in a correct result or a typed error, leaks nothing, and the connection still works`, async () => {
      const connection = await local.connection({ ...place, retryDelayMs: 1 })
      const faults = await faultsOf(
        local.cluster,
        (signal) => work(connection, signal),
        async () => {
          expect(connection.queryStatistics().inFlight).toEqual({ blue: 0, green: 0 })
          expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
        },
      )
      expect(faults).toEqual([])
      const { strategy } = connection
      await connection.close()
      expect(strategy.getSharedStrategy().queryStrategyMap).toEqual({})
      expect(unhandled).toEqual([])
    })
  }

  it('a write is executed once if it succeeds, and not at all if it was not sent', async () => {
    const connection = await local.connection({ ...place, retryDelayMs: 1 })
    await connection.query('CREATE TABLE written (run INTEGER)')
    let run = 0
    const faults = await faultsOf(
      local.cluster,
      (signal) => connection.query('INSERT INTO written VALUES (?)', { params: [++run], signal }),
      async (end) => {
        const { rows } = await connection.query('SELECT count(*) AS n FROM written WHERE run = ?', { params: [run] })
        const written = Number(rows[0]?.n)
        if (end === undefined) expect(written).toBe(1)
        else expect(written).toBeLessThanOrEqual(end.outcome === 'unknown' ? 1 : 0)
      },
    )
    expect(faults).toEqual([])
    expect(unhandled).toEqual([])
  })
})

describe.each(PLACES)('any loss at any time, on a pool, from $place', ({ options: place }) => {
  const local = localTest()
  const pools: Pool[] = []
  afterAll(() => Promise.all(pools.map((pool) => pool.close())))

  it('a query and a stream end in a correct result or a typed error, and every connection is returned', async () => {
    const pool = createPool({ ...place, url: local.cluster.url, strategyStore: 'process', max: 2, retryDelayMs: 1 })
    pools.push(pool)
    await pool.query('SELECT 1') // The connection is already open.
    const work = async (signal: AbortSignal) => {
      expect(idsOf((await pool.query(SQL, { signal })).rows)).toEqual(EVERY_ROW)
      for await (const row of pool.stream(SQL, { signal, maxBufferedBytes: 1 })) {
        expect(Number(row.order_id)).toBe(0)
        break
      }
    }
    const faults = await faultsOf(local.cluster, work, async () => {
      expect(pool.statistics()).toMatchObject({ borrowed: 0, waiting: 0 })
      expect(pool.queryStatistics().inFlight).toEqual({ blue: 0, green: 0 })
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    })
    expect(faults).toEqual([])
    await pool.close()
    expect(pool.strategy.getSharedStrategy().queryStrategyMap).toEqual({})
    expect(unhandled).toEqual([])
  })

  it('opening it for a first query ends in a correct result or a typed error, and it closes', async () => {
    await local.connection(place) // Keeps the transport thread alive between the runs.
    const work = async (signal: AbortSignal) => {
      await using pool = createPool({
        ...place,
        url: local.cluster.url,
        strategyStore: 'process',
        max: 1,
        retryDelayMs: 1,
      })
      expect((await pool.query('SELECT 1 AS one', { signal })).rows).toEqual([{ one: 1 }])
    }
    const faults = await faultsOf(local.cluster, work, async () => work(new AbortController().signal))
    expect(faults).toEqual([])
    expect(unhandled).toEqual([])
  })
})
