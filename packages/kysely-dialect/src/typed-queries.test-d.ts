import type { Pool, RowOf } from 'e6data-connector'
import { connect, createPool } from 'e6data-connector'
import { Kysely, type Selectable } from 'kysely'
import { expectTypeOf, test } from 'vitest'
import { E6dataDialect, type E6dataDialectConfig, type E6dataQueryOptions } from './index.ts'

interface Database {
  stores: { store_id: number; name: string }
  orders: RowOf<{
    order_id: 'LONG'
    store_id: 'SHORT'
    amount: 'DECIMAL128'
    ordered_at: 'DATETIME'
    receipt: 'BINARY'
  }>
  numbers: RowOf<{ id: 'LONG' }, { int64: 'number' }>
}

const db = new Kysely<Database>({ dialect: new E6dataDialect() })

test('tables can be described by the types of the engine', () => {
  expectTypeOf<Selectable<Database['orders']>>().toEqualTypeOf<{
    order_id: bigint | null
    store_id: number | null
    amount: string | null
    ordered_at: string | null
    receipt: Uint8Array | null
  }>()
  expectTypeOf<Selectable<Database['numbers']>>().toEqualTypeOf<{ id: number | null }>()
})

test('rows have the types of the selected columns', () => {
  const query = db
    .selectFrom('orders as o')
    .leftJoin('stores as s', 's.store_id', 'o.store_id')
    .select((eb) => ['o.order_id', 's.name', eb.fn.sum<string>('o.amount').as('amount')])
    .groupBy(['o.order_id', 's.name'])
  type Row = { order_id: bigint | null; name: string | null; amount: string }
  expectTypeOf(query.execute()).resolves.toEqualTypeOf<Row[]>()
  expectTypeOf(query.executeTakeFirst()).resolves.toEqualTypeOf<Row | undefined>()
  expectTypeOf(query.stream()).toEqualTypeOf<AsyncIterableIterator<Row>>()
})

test('a column that does not exist is a compile error', () => {
  // @ts-expect-error there is no such column
  db.selectFrom('stores').select('nothing')
  // @ts-expect-error a LONG is no text
  db.selectFrom('orders').where('order_id', '=', 'one')
})

test('the dialect takes options, a connection or a pool, or nothing', async () => {
  new E6dataDialect()
  new E6dataDialect({ connect: { host: 'localhost', clusterName: 'analytics' }, query: { timeoutMs: 1000 } })
  new E6dataDialect({ connect: 'e6data://localhost' })
  new E6dataDialect({ connection: await connect() })
  new E6dataDialect({ pool: createPool() })
  expectTypeOf<{ pool: Pool }>().toExtend<E6dataDialectConfig>()
  // @ts-expect-error there is no such option
  new E6dataDialect({ connect: { hots: 'localhost' } })
})

test("rows are Kysely's to shape, and aborts its to pass on", () => {
  expectTypeOf<E6dataQueryOptions>().not.toHaveProperty('rowShape')
  expectTypeOf<E6dataQueryOptions>().not.toHaveProperty('signal')
  expectTypeOf<E6dataQueryOptions>().toHaveProperty('types')
})
