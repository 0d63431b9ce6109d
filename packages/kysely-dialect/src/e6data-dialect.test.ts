import { QueryFailedError } from 'e6data-connector'
import type { LocalCluster } from 'e6data-local-cluster'
import fc from 'fast-check'
import { CamelCasePlugin, type Generated, Kysely, NoResultError, ParseJSONResultsPlugin, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ORDERS, openDatabase, type RetailDatabase, startRetailCluster } from '../test/retail-database.ts'
import { E6dataDialect, UnsupportedOperationError } from './index.ts'

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

/** The same query in SQL. */
async function plain(statement: string): Promise<unknown[]> {
  return (await sql.raw(statement).execute(db)).rows
}

test('values have the types of the connector, without loss', async () => {
  const row = await db
    .selectFrom('orders')
    .select(['order_id', 'quantity', 'amount', 'discount', 'ordered_on', 'ordered_at', 'express', 'receipt'])
    .where('order_id', '=', 1n)
    .executeTakeFirstOrThrow()
  expect(row).toEqual({
    order_id: 1n,
    quantity: expect.any(Number),
    amount: expect.stringMatching(/^\d+\.\d{2}$/),
    discount: expect.any(Number),
    ordered_on: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
    ordered_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+00:00$/),
    express: expect.any(Boolean),
    receipt: expect.any(Uint8Array),
  })
})

test('joins, aggregates, grouping, having and order', async () => {
  const built = await db
    .selectFrom('orders as o')
    .innerJoin('stores as s', 's.store_id', 'o.store_id')
    .leftJoin('regions as r', (join) => join.onRef('r.region_id', '=', 's.region_id').on('r.name', '!=', 'île'))
    .select((eb) => [
      'r.name as region',
      eb.fn.countAll<bigint>().as('orders'),
      eb.fn.sum<string>('o.amount').as('amount'),
      eb.fn.max('o.ordered_on').as('last'),
      eb.fn.count<bigint>('o.customer_id').distinct().as('customers'),
    ])
    .where('o.quantity', '>', 3)
    .where((eb) => eb.or([eb('o.status', '=', 'paid'), eb('o.status', 'in', ['placed', 'shipped'])]))
    .groupBy('r.name')
    .having((eb) => eb.fn.countAll<bigint>(), '>', 10n)
    .orderBy('orders', 'desc')
    .orderBy('region', (order) => order.asc().nullsLast())
    .execute()
  expect(built.length).toBeGreaterThan(5)
  expect(built).toEqual(
    await plain(`
      SELECT r.name AS region, count(*) AS orders, sum(o.amount) AS amount, max(o.ordered_on) AS "last",
             count(DISTINCT o.customer_id) AS customers
      FROM orders o JOIN stores s ON s.store_id = o.store_id
      LEFT JOIN regions r ON r.region_id = s.region_id AND r.name <> 'île'
      WHERE o.quantity > 3 AND o.status IN ('paid', 'placed', 'shipped')
      GROUP BY 1 HAVING count(*) > 10 ORDER BY orders DESC, region ASC NULLS LAST`),
  )
})

test('common table expressions, recursive ones too', async () => {
  const built = await db
    .withRecursive('steps(n)', (qb) =>
      qb.selectNoFrom(sql<number>`1`.as('n')).unionAll(
        qb
          .selectFrom('steps')
          .select(({ eb, ref }) => eb(ref('n'), '+', 1).as('n'))
          .where('n', '<', 3),
      ),
    )
    .with('big', (qb) => qb.selectFrom('orders').select(['customer_id', 'amount']).where('amount', '>', '99000'))
    .selectFrom(['big', 'steps'])
    .select((eb) => ['steps.n', eb.fn.countAll<bigint>().as('orders')])
    .groupBy('steps.n')
    .orderBy('steps.n')
    .execute()
  const [{ orders }] = (await plain('SELECT count(*) AS orders FROM orders WHERE amount > 99000')) as [
    { orders: bigint },
  ]
  expect(built).toEqual([1, 2, 3].map((n) => ({ n, orders })))
})

test('window functions', async () => {
  const built = await db
    .selectFrom('customers')
    .select((eb) => [
      'customer_id',
      eb.fn
        .agg<bigint>('row_number')
        .over((over) => over.partitionBy('region_id').orderBy('joined_at', 'desc'))
        .as('place'),
      eb.fn
        .avg<number>('age')
        .over((over) => over.partitionBy('region_id'))
        .as('mean_age'),
    ])
    .orderBy('customer_id')
    .limit(20)
    .execute()
  expect(built).toEqual(
    await plain(`
      SELECT customer_id, row_number() OVER (PARTITION BY region_id ORDER BY joined_at DESC) AS place,
             avg(age) OVER (PARTITION BY region_id) AS mean_age
      FROM customers ORDER BY 1 LIMIT 20`),
  )
})

test('subqueries, exists, case, cast, set operations, limit and offset', async () => {
  const built = await db
    .selectFrom('regions')
    .select((eb) => [
      'name',
      eb.cast<string>('region_id', 'text').as('id'),
      eb.case().when('region_id', '<', 3).then('low').else('high').end().as('half'),
      eb
        .selectFrom('stores')
        .select(eb.fn.countAll<bigint>().as('n'))
        .whereRef('stores.region_id', '=', 'regions.region_id')
        .as('stores'),
    ])
    .where((eb) =>
      eb.exists(
        eb.selectFrom('stores').select(eb.lit(1).as('one')).whereRef('stores.region_id', '=', 'regions.region_id'),
      ),
    )
    .orderBy('region_id')
    .limit(3)
    .offset(1)
    .execute()
  expect(built).toEqual([
    { name: 'south', id: '2', half: 'low', stores: 25n },
    { name: 'east', id: '3', half: 'high', stores: 25n },
    { name: 'west', id: '4', half: 'high', stores: 25n },
  ])
  const union = db
    .selectFrom('regions')
    .select('name')
    .union(db.selectFrom('stores').select('name').where('store_id', '<=', 2))
  expect(await union.execute()).toHaveLength(10)
  expect(
    await db
      .selectFrom('regions')
      .select('name')
      .distinct()
      .intersect(db.selectFrom('orders').select('region as name'))
      .execute(),
  ).toHaveLength(8)
})

test.each([
  "it's",
  "a back\\slash and a \\' quote",
  "'; DROP TABLE orders; --",
  'two\nlines\r\n\tand a tab',
  '? :name %(name)s $1 %%',
  '"double" `back`',
  '🏝️ 東 île 𝔘',
  '',
])('the string %j is unchanged as a parameter and as a literal', async (text) => {
  const { rows } = await sql<{ parameter: string; literal: string }>`
    select ${text} as parameter, ${sql.lit(text)} as literal, ${'?'} as "what?" /* ? */`.execute(db)
  expect(rows).toEqual([{ parameter: text, literal: text, 'what?': '?' }])
})

test('any string is unchanged, and does not change the statement around it', async () => {
  const sendable = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0'))
  const property = fc.asyncProperty(fc.array(sendable, { minLength: 1, maxLength: 20 }), async (texts) => {
    const columns = texts.flatMap((text, index) => [
      sql`${text} as ${sql.id(`p${index}`)}`,
      sql`${sql.lit(text)} as ${sql.id(`l${index}`)}`,
    ])
    const { rows } = await sql`select ${sql.join(columns)}, 'end' as last`.execute(db)
    const expected = texts.flatMap((text, index) => [
      [`p${index}`, text],
      [`l${index}`, text],
    ])
    expect(rows).toEqual([{ ...Object.fromEntries(expected), last: 'end' }])
  })
  await fc.assert(property, { numRuns: 100 })
})

test('every kind of value can be a parameter', async () => {
  const values = [
    null,
    true,
    -5,
    2.5,
    9007199254740993n,
    new Date('2026-02-12T15:14:15.123Z'),
    new Uint8Array([0, 255]),
  ]
  const { rows } =
    await sql`select ${sql.join(values.map((value, index) => sql`${value} as ${sql.id(`v${index}`)}`))}`.execute(db)
  expect(rows).toEqual([
    {
      v0: null,
      v1: true,
      v2: -5,
      v3: '2.5',
      v4: 9007199254740993n,
      v5: '2026-02-12T15:14:15.123000+00:00',
      v6: new Uint8Array([0, 255]),
    },
  ])
})

test('an array in a sql template fills the list of an in', async () => {
  const ids = [1n, 2n, 3n]
  const { rows } = await sql`select order_id from orders where order_id in (${ids}) order by 1`.execute(db)
  expect(rows).toEqual(ids.map((order_id) => ({ order_id })))
})

test('a question mark in a statement without values is unchanged', async () => {
  const { rows } = await sql`select 'why?' as question`.execute(db)
  expect(rows).toEqual([{ question: 'why?' }])
})

test('references, tables and identifiers in templates', async () => {
  const column: keyof RetailDatabase['regions'] = 'name'
  const { rows } =
    await sql`select ${sql.ref(column)} from ${sql.table('regions')} order by ${sql.id('region_id')} limit 1`.execute(
      db,
    )
  expect(rows).toEqual([{ name: 'north' }])
})

test('a schema can be named, once for all tables of a query', async () => {
  const inSchema = db.withSchema('retail')
  expect(inSchema.selectFrom('regions').selectAll().compile().sql).toBe('select * from "retail"."regions"')
  expect(await inSchema.selectFrom('regions').selectAll().execute()).toHaveLength(8)
})

test('a JSON path finds names with quotes and backslashes in them', async () => {
  const key = `it's "a" \\`
  const document = sql<Record<string, string>>`cast(${JSON.stringify({ [key]: 'found' })} as json)`
  const query = db.selectFrom(sql<{ body: Record<string, string> }>`(select ${document} as body)`.as('d'))
  expect(await query.select((eb) => eb.ref('body', '->>$').key(key).as('found')).execute()).toEqual([
    { found: 'found' },
  ])
})

test('executeTakeFirst returns the first row or undefined, executeTakeFirstOrThrow throws', async () => {
  const nobody = db.selectFrom('customers').select('name').where('customer_id', '=', -1)
  expect(await nobody.executeTakeFirst()).toBeUndefined()
  await expect(nobody.executeTakeFirstOrThrow()).rejects.toThrow(NoResultError)
})

test('two columns with one name do not overwrite each other', async () => {
  const { rows } = await sql`select 1 as a, 2 as a`.execute(db)
  expect(rows).toEqual([{ a: 1, a_2: 2 }])
})

test('stream returns every row once', async () => {
  const ids = new Set<bigint>()
  for await (const { order_id } of db.selectFrom('orders').select('order_id').stream(500)) ids.add(order_id)
  expect(ids.size).toBe(ORDERS)
})

test('leaving a stream early clears the query on the server', async () => {
  for await (const { order_id } of db.selectFrom('orders').selectAll().where('quantity', '>', 0).stream()) {
    expect(order_id).toEqual(expect.any(BigInt))
    break
  }
  await cluster.whenIdle('blue')
  const left = (await cluster.queries()).find(({ sql: text }) => text.includes('"quantity" > 0'))
  expect(left).toMatchObject({ state: 'cancelled' })
})

test('plugins see rows: camel case', async () => {
  const camel = db.withPlugin(new CamelCasePlugin()) as unknown as Kysely<{
    stores: { storeId: number; timeZone: string }
  }>
  const store = await camel
    .selectFrom('stores')
    .select(['storeId', 'timeZone'])
    .where('storeId', '=', 1)
    .executeTakeFirst()
  expect(store).toEqual({ storeId: 1, timeZone: 'Z' })
})

test('nested values can be parsed by the connector or by Kysely', async () => {
  await using parsed = new Kysely<RetailDatabase>({
    dialect: new E6dataDialect({
      connect: { url: cluster.url, strategyStore: 'process' },
      query: { types: { nested: 'parsed' } },
    }),
  })
  const query = sql<{ list: number[] }>`select [1, 2, 3] as list`
  expect((await query.execute(parsed)).rows).toEqual([{ list: [1, 2, 3] }])
  expect((await query.execute(db.withPlugin(new ParseJSONResultsPlugin()))).rows).toEqual([{ list: [1, 2, 3] }])
})

test('options of the dialect apply to queries and streams', async () => {
  await using numbers = openDatabase<{ orders: { order_id: number } }>(cluster, { types: { int64: 'number' } })
  const query = numbers.selectFrom('orders').select('order_id').where('order_id', '=', 7)
  expect(await query.execute()).toEqual([{ order_id: 7 }])
  for await (const row of query.stream()) expect(row).toEqual({ order_id: 7 })
})

test('statements that change rows return their number', async () => {
  type Notes = { notes: { id: number; text: Generated<string | null> } }
  const notes = db.withTables<Notes>()
  await notes.schema.createTable('notes').ifNotExists().addColumn('id', 'integer').addColumn('text', 'text').execute()
  const inserted = await notes
    .insertInto('notes')
    .values([{ id: 1, text: "O'Brien\\" }, { id: 2 }, { id: 3 }])
    .executeTakeFirst()
  expect(inserted.numInsertedOrUpdatedRows).toBe(3n)
  const updated = await notes.updateTable('notes').set({ text: 'seen' }).where('text', 'is', null).executeTakeFirst()
  expect(updated.numUpdatedRows).toBe(2n)
  const deleted = await notes.deleteFrom('notes').where('id', '>', 1).executeTakeFirst()
  expect(deleted.numDeletedRows).toBe(2n)
  expect(await notes.selectFrom('notes').selectAll().execute()).toEqual([{ id: 1, text: "O'Brien\\" }])
  await notes.schema.dropTable('notes').execute()
})

test('a select of one number is a row, not a count', async () => {
  expect(
    await db
      .selectFrom('orders')
      .select((eb) => eb.fn.countAll<bigint>().as('n'))
      .execute(),
  ).toEqual([{ n: BigInt(ORDERS) }])
})

test('transactions and savepoints fail with a clear error, and run nothing', async () => {
  const callback = async () => expect.unreachable()
  await expect(db.transaction().execute(callback)).rejects.toThrow(
    'e6data does not support a transaction; each statement takes effect immediately',
  )
  await expect(db.startTransaction().execute()).rejects.toThrow(UnsupportedOperationError)
})

test("an error of the engine keeps the engine's message", async () => {
  const query = sql`select nothing_of_the_kind from orders`.execute(db)
  await expect(query).rejects.toThrow(QueryFailedError)
  await expect(query).rejects.toThrow(/nothing_of_the_kind/)
})

test('queries continue through a switch from blue to green', async () => {
  const query = db.selectFrom('orders').select((eb) => eb.fn.countAll<bigint>().as('n'))
  const rowsBefore = await query.execute()
  await cluster.deploy({ cutOverAfterMs: 0 })
  expect(cluster.active).toBe('green')
  expect(await query.execute()).toEqual(rowsBefore)
})
