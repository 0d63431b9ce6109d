/** Typed queries with Kysely: the compiler knows the tables, the columns and what a query gives back. */
import assert from 'node:assert/strict'
import type { RowOf } from 'e6data-connector'
import { E6dataDialect } from 'e6data-kysely'
import { Kysely, sql } from 'kysely'

interface Database {
  /** Written down by hand … */
  stores: { store_id: number; name: string; region_id: number }
  /** … or by the engine's types; these columns may be null. */
  orders: RowOf<{ order_id: 'LONG'; store_id: 'SHORT'; amount: 'DECIMAL128'; ordered_on: 'DATE'; status: 'STRING' }>
}

// The dialect connects by itself, as `connect()` would. Hand it a pool to spread queries over several connections.
await using db = new Kysely<Database>({ dialect: new E6dataDialect({ query: { timeoutMs: 30_000 } }) })

const best = await db
  .selectFrom('orders as o')
  .innerJoin('stores as s', 's.store_id', 'o.store_id')
  .where('o.status', '!=', 'returned')
  .where('o.ordered_on', '>=', sql<string>`date '2021-01-01'`)
  .select((eb) => ['s.name', eb.fn.sum<string>('o.amount').as('revenue'), eb.fn.countAll<bigint>().as('orders')])
  .groupBy('s.name')
  .orderBy('revenue', 'desc')
  .limit(5)
  .execute()
console.table(best)
assert.equal(best.length, 5)

// Row by row, never whole in memory. Leaving the loop ends the query on the server.
let rows = 0
for await (const { order_id } of db.selectFrom('orders').select('order_id').stream()) {
  assert.equal(typeof order_id, 'bigint')
  rows += 1
  if (rows === 10_000) break
}

// An abort ends it too.
await assert.rejects(
  db
    .selectFrom('orders')
    .selectAll()
    .execute({ signal: AbortSignal.timeout(1) }),
  { name: 'TimeoutError' },
)

const tables = await db.introspection.getTables()
console.log(tables.map(({ name, columns }) => `${name} (${columns.length} columns)`).join(', '))
