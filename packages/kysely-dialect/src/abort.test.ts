import type { LocalCluster } from 'e6data-local-cluster'
import { type Kysely, sql } from 'kysely'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openDatabase, type RetailDatabase, startRetailCluster } from '../test/retail-database.ts'

let cluster: LocalCluster
let db: Kysely<RetailDatabase>

beforeEach(async () => {
  cluster = await startRetailCluster()
  db = openDatabase(cluster)
})

afterEach(async () => {
  vi.restoreAllMocks()
  await db.destroy()
  await cluster.close()
})

/** Runs until it is cancelled. */
const endless = sql<{
  n: bigint
}>`select count(*) as n from range(1000000) a, range(1000000) b where a.range + b.range = 5`

function isExecuting(): Promise<unknown> {
  return cluster.whenCalls((calls) =>
    calls.some(({ method, outcome }) => method.startsWith('executeStatement') && outcome === 'under way'),
  )
}

test.each(['ignore query', 'cancel query'] as const)(
  'an abort rejects with its reason and cancels the query on the server, for every option of Kysely (%s)',
  async (inflightQueryAbortStrategy) => {
    const printed = vi.spyOn(console, 'error')
    const controller = new AbortController()
    const answer = endless.execute(db, { signal: controller.signal, inflightQueryAbortStrategy })
    const rejected = expect(answer).rejects.toThrow('changed my mind')
    await isExecuting()
    controller.abort(new Error('changed my mind'))
    await rejected
    await cluster.whenIdle('blue')
    expect(await cluster.queries()).toMatchObject([{ state: 'cancelled' }])
    expect(printed).not.toHaveBeenCalled()
  },
)

test('an aborted signal sends nothing', async () => {
  const query = db.selectFrom('orders').selectAll()
  await expect(query.execute({ signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late')
  expect(cluster.calls()).toEqual([])
})

test('an abort during a stream ends it with the reason and clears the query on the server', async () => {
  const printed = vi.spyOn(console, 'error')
  const controller = new AbortController()
  let rows = 0
  const reading = async () => {
    for await (const _ of db.selectFrom('orders').selectAll().stream({ chunkSize: 100, signal: controller.signal })) {
      rows += 1
      if (rows === 150) controller.abort(new Error('seen enough'))
    }
  }
  await expect(reading()).rejects.toThrow('seen enough')
  expect(rows).toBeLessThanOrEqual(200)
  await cluster.whenIdle('blue')
  expect(await cluster.queries()).toMatchObject([{ state: 'cancelled' }])
  expect(printed).not.toHaveBeenCalled()
})

test('the connection works after an abort', async () => {
  const controller = new AbortController()
  const answer = endless.execute(db, { signal: controller.signal })
  const rejected = expect(answer).rejects.toThrow()
  await isExecuting()
  controller.abort()
  await rejected
  expect(await db.selectFrom('regions').selectAll().execute()).toHaveLength(8)
})
