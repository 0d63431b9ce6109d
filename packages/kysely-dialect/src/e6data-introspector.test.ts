import type { LocalCluster } from 'e6data-local-cluster'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, type RetailDatabase, startRetailCluster } from '../test/retail-database.ts'

let cluster: LocalCluster
let db: Kysely<RetailDatabase>

beforeAll(async () => {
  cluster = await startRetailCluster()
  db = openDatabase(cluster)
})

afterAll(async () => {
  await db.destroy()
  await cluster.close()
})

test('schemas are those of the catalog', async () => {
  expect(await db.introspection.getSchemas()).toEqual([{ name: 'retail' }])
})

test('tables have their schema and their columns, in order', async () => {
  const tables = await db.introspection.getTables()
  expect(tables.map(({ schema, name }) => `${schema}.${name}`).sort()).toEqual(
    ['customers', 'orders', 'products', 'regions', 'returns', 'stores'].map((name) => `retail.${name}`),
  )
  const column = { isAutoIncrementing: false, isNullable: true, hasDefaultValue: false }
  expect(tables.find(({ name }) => name === 'stores')).toEqual({
    schema: 'retail',
    name: 'stores',
    isView: false,
    isForeign: false,
    columns: [
      { name: 'store_id', dataType: 'short', ...column },
      { name: 'name', dataType: 'varchar', ...column },
      { name: 'region_id', dataType: 'short', ...column },
      { name: 'opened_on', dataType: 'date', ...column },
      { name: 'time_zone', dataType: 'varchar', ...column },
    ],
  })
})

test('types have their precision and scale', async () => {
  const orders = (await db.introspection.getTables()).find(({ name }) => name === 'orders')
  const types = new Map(orders?.columns.map(({ name, dataType }) => [name, dataType]))
  expect([types.get('amount'), types.get('tags')]).toEqual(['decimal(18,2)', 'array<varchar>'])
})

test('destroy closes a database that was only introspected', async () => {
  const other = openDatabase(cluster)
  await other.introspection.getSchemas()
  await other.destroy()
  await expect(other.introspection.getSchemas()).rejects.toThrow('driver has already been destroyed')
})
