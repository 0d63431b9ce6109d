import { CredentialsError, connect, createPool } from 'e6data-connector'
import type { LocalCluster } from 'e6data-local-cluster'
import { Kysely } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RetailDatabase, startRetailCluster } from '../test/retail-database.ts'
import { E6dataDialect } from './index.ts'

let cluster: LocalCluster

beforeEach(async () => {
  cluster = await startRetailCluster()
})

afterEach(async () => {
  await cluster.close()
})

const options = () => ({ url: cluster.url, strategyStore: 'process' }) as const

function countOrders(db: Kysely<RetailDatabase>) {
  return db
    .selectFrom('orders')
    .select((eb) => eb.fn.countAll<bigint>().as('n'))
    .executeTakeFirstOrThrow()
}

function logins(): number {
  return cluster.calls().filter(({ method }) => method === 'authenticate').length
}

test('the dialect connects at the first query, and only once', async () => {
  const db = new Kysely<RetailDatabase>({ dialect: new E6dataDialect({ connect: options() }) })
  expect(logins()).toBe(0)
  await Promise.all([countOrders(db), countOrders(db), countOrders(db)])
  expect(logins()).toBe(1)
  await db.destroy()
})

test('the next query retries a failed connection', async () => {
  await cluster.setUsers({ [cluster.username]: 'another token' })
  const db = new Kysely<RetailDatabase>({ dialect: new E6dataDialect({ connect: options() }) })
  await expect(countOrders(db)).rejects.toThrow(CredentialsError)
  await cluster.setUsers({ [cluster.username]: cluster.password })
  expect(await countOrders(db)).toEqual({ n: 20_000n })
  await db.destroy()
})

test('the dialect runs on a connection of the program, and destroy closes it', async () => {
  const connection = await connect(options())
  const db = new Kysely<RetailDatabase>({ dialect: new E6dataDialect({ connection }) })
  expect(await countOrders(db)).toEqual({ n: 20_000n })
  await db.destroy()
  expect(connection.checkConnection()).toBe(false)
})

test('the dialect acquires and releases connections of a pool, and destroy closes the pool', async () => {
  const pool = createPool({ ...options(), max: 2 })
  const db = new Kysely<RetailDatabase>({ dialect: new E6dataDialect({ pool }) })
  await Promise.all(Array.from({ length: 8 }, () => countOrders(db)))
  for await (const _ of db.selectFrom('orders').select('order_id').stream()) break
  expect(await db.introspection.getSchemas()).toEqual([{ name: 'retail' }])
  await expect(
    db
      .selectFrom('nowhere' as 'orders')
      .selectAll()
      .execute(),
  ).rejects.toThrow()
  expect(pool.statistics()).toMatchObject({ borrowed: 0, waiting: 0 })
  expect(pool.statistics().open).toBeLessThanOrEqual(2)
  await db.destroy()
  await expect(pool.query('SELECT 1')).rejects.toThrow(/closed/)
})
