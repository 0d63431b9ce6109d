import { ParameterError } from 'e6data-connector'
import { DummyDriver, Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import type { RetailDatabase } from '../test/retail-database.ts'
import { E6dataAdapter, E6dataQueryCompiler, UnsupportedOperationError } from './index.ts'

/** Compiles queries without running them. */
const db = new Kysely<RetailDatabase>({
  dialect: {
    createAdapter: () => new E6dataAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: () => {
      throw new Error('introspection is not available')
    },
    createQueryCompiler: () => new E6dataQueryCompiler(),
  },
})

test('identifiers are quoted with double quotes, and a double quote within is doubled', () => {
  const query = db.selectFrom('orders as o').select(['o.order_id', 'o.region as the "region"'])
  expect(query.compile().sql).toBe('select "o"."order_id", "o"."region" as "the ""region""" from "orders" as "o"')
})

test('a backslash in an identifier is an ordinary character', () => {
  expect(sql`select ${sql.id('a\\"b')}`.compile(db).sql).toBe('select "a\\""b"')
})

test('values become placeholders, in their order', () => {
  const query = db
    .selectFrom('orders')
    .select('order_id')
    .where('region', '=', "O'Brien")
    .where('quantity', 'in', [1, 2])
  expect(query.limit(10).compile()).toMatchObject({
    sql: 'select "order_id" from "orders" where "region" = ? and "quantity" in (?, ?) limit ?',
    parameters: ["O'Brien", 1, 2, 10],
  })
})

test('literals have the backslash as the escape character', () => {
  expect(sql`select ${sql.lit("it's a \\ path\r\n\t")}`.compile(db).sql).toBe("select 'it\\'s a \\\\ path\\r\\n\\t'")
})

test('a literal date is a timestamp in UTC', () => {
  const date = new Date('2026-02-12T15:14:15.123+01:00')
  expect(sql`select ${sql.val(1)}, ${sql.lit(date as unknown as string)}`.compile(db).sql).toBe(
    "select ?, TIMESTAMP WITH TIME ZONE '2026-02-12 14:14:15.123+00:00'",
  )
})

test('a negative literal is in parentheses, so that a minus before it starts no comment', () => {
  const query = db.selectFrom('orders').select((eb) => [eb.neg(eb.lit(-1)).as('one'), eb.lit(-0).as('zero')])
  expect(query.compile().sql).toBe('select -(-1) as "one", (-0e0) as "zero" from "orders"')
})

test.each([
  ['a NUL character', 'a\0b'],
  ['half of a surrogate pair', 'a\ud83d'],
  ['NaN', Number.NaN],
  ['an infinity', Number.NEGATIVE_INFINITY],
  ['an invalid date', new Date(Number.NaN) as unknown as string],
])('a literal with %s is refused', (_, value) => {
  expect(() => sql`select ${sql.lit(value)}`.compile(db)).toThrow(ParameterError)
})

test('a name in a JSON path is escaped for the path and for the literal around it', () => {
  const documents = db.withTables<{ documents: { body: { 'it\'s "a" \\': string } } }>()
  const query = documents.selectFrom('documents').select((eb) => eb.ref('body', '->$').key(`it's "a" \\`).as('a'))
  expect(query.compile().sql).toBe(`select "body"->'$."it\\'s \\\\"a\\\\" \\\\\\\\"' as "a" from "documents"`)
})

const lacking: [what: string, compile: () => unknown][] = [
  ['select … for update', () => db.selectFrom('orders').selectAll().forUpdate().compile()],
  ['select … for share skip locked', () => db.selectFrom('orders').selectAll().forShare().skipLocked().compile()],
  ['insert … returning', () => db.insertInto('regions').values(region).returning('name').compile()],
  ['insert … output', () => db.insertInto('regions').values(region).output('inserted.name').compile()],
  [
    'insert … on conflict',
    () =>
      db
        .insertInto('regions')
        .values(region)
        .onConflict((oc) => oc.doNothing())
        .compile(),
  ],
  [
    'insert … on duplicate key',
    () => db.insertInto('regions').values(region).onDuplicateKeyUpdate({ name: 'x' }).compile(),
  ],
  ['insert or ignore', () => db.insertInto('regions').values(region).orIgnore().compile()],
  ['replace into', () => db.replaceInto('regions').values(region).compile()],
  ['create index', () => db.schema.createIndex('i').on('orders').column('region').compile()],
  ['drop index', () => db.schema.dropIndex('i').compile()],
  [
    'a primary key',
    () =>
      db.schema
        .createTable('t')
        .addColumn('a', 'integer', (column) => column.primaryKey())
        .compile(),
  ],
  [
    'a unique column',
    () =>
      db.schema
        .createTable('t')
        .addColumn('a', 'integer', (column) => column.unique())
        .compile(),
  ],
  [
    'a foreign key',
    () =>
      db.schema
        .createTable('t')
        .addColumn('a', 'integer')
        .addForeignKeyConstraint('f', ['a'], 'regions', ['region_id'])
        .compile(),
  ],
  [
    'auto increment',
    () =>
      db.schema
        .createTable('t')
        .addColumn('a', 'integer', (column) => column.autoIncrement())
        .compile(),
  ],
  ['create type', () => db.schema.createType('mood').asEnum(['good', 'bad']).compile()],
]

const region = { region_id: 99, name: 'moon' }

test.each(lacking)('%s fails before anything is sent, with an error that has advice', (_, compile) => {
  expect(compile).toThrow(UnsupportedOperationError)
  expect(compile).toThrow(
    expect.objectContaining({
      code: 'E6_UNSUPPORTED_OPERATION',
      outcome: 'not-sent',
      retryable: false,
      message: expect.stringMatching(/^e6data does not support .+; .+/),
    }),
  )
})

test('select distinct is not a lock', () => {
  expect(db.selectFrom('orders').select('region').distinct().compile().sql).toBe(
    'select distinct "region" from "orders"',
  )
})
