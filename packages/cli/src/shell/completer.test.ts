import { expect, test } from 'vitest'
import { agreedStart, candidateList } from './candidate-list.ts'
import { complete } from './completer.ts'
import { KnownNames } from './known-names.ts'
import { namedTables, sqlContext } from './sql-context.ts'

const COLUMNS: Record<string, string[]> = {
  orders: ['order_id', 'region', 'Odd Name'],
  stores: ['store_id', 'region_id'],
}

const TABLES: Record<string, string[]> = { retail: ['orders', 'stores'], other: ['elsewhere'] }

/** A catalog of two schemas that counts its calls. */
function catalog() {
  const asked: string[] = []
  const answer = <T>(what: string, names: T): Promise<T> => {
    asked.push(what)
    return Promise.resolve(names)
  }
  const names = new KnownNames({
    getCatalogs: () => answer('catalogs', [{ name: 'hive', isDefault: true }]),
    getSchemaNames: (scope) =>
      answer(`schemas ${scope?.catalog ?? ''}`, scope?.catalog === 'hive' ? ['retail', 'other'] : []),
    getTables: (scope) => answer(`tables ${scope?.database ?? ''}`, TABLES[scope?.database ?? ''] ?? []),
    getColumns: ({ table }) =>
      answer(
        `columns ${table}`,
        (COLUMNS[table] ?? []).map((name) => ({ name, type: 'STRING' })),
      ),
  })
  return { names, asked }
}

const completed = async (line: string, before = '') => {
  const { names } = catalog()
  return (await complete({ before, line, scope: { catalog: 'hive', database: 'retail' }, names }))[0]
}

test.each([
  ['sele', ['select']],
  ['SELE', ['SELECT']],
  ['SELECT * FROM o', ['orders', 'other']],
  ['SELECT * FROM orders, s', ['stores']],
  ['SELECT * FROM other.', ['elsewhere']],
  ['SELECT * FROM hive.', ['other', 'retail']],
  ['SELECT * FROM hive.other.e', ['elsewhere']],
  ['SELECT * FROM orders o WHERE x.', []],
  ['SELECT * FROM orders o WHERE o.o', ['order_id']],
  ['SELECT * FROM orders o WHERE O."', ['"Odd Name"']],
  ['SELECT * FROM orders WHERE order_', ['order_id']],
  ['SELECT * FROM orders JOIN stores s ON s.region', ['region_id']],
  ['INSERT INTO st', ['stores']],
  ["SELECT 'from o", []],
  ['SELECT 1 -- from o', []],
  ['\\d or', ['orders']],
  ['\\format m', ['markdown']],
  ['\\tim', ['\\timing']],
  ['\\c o', ['other']],
])('%s', async (line, expected) => {
  expect(await completed(line)).toEqual(expected)
})

test('the text after the cursor counts', async () => {
  const { names } = catalog()
  const request = { before: '', line: 'SELECT st', rest: ' FROM stores', scope: { database: 'retail' }, names }
  expect((await complete(request))[0].slice(0, 1)).toEqual(['store_id'])
})

test('columns of the tables in FROM are first, then keywords, then functions', async () => {
  const { names } = catalog()
  const request = { before: '', line: 'SELECT r', rest: ' FROM orders', scope: { database: 'retail' }, names }
  const [candidates] = await complete(request)
  expect(candidates.slice(0, 3)).toEqual(['region', 'range', 'right'])
  expect(candidates.indexOf('rank')).toBeGreaterThan(candidates.indexOf('rows'))
})

test.each([
  ['WITH recent AS (SELECT order_id, region AS place FROM orders) SELECT pl', ' FROM recent', ['place']],
  ['WITH recent (a_name, b_name) AS (SELECT 1, 2) SELECT r.b', ' FROM recent r', ['b_name']],
  ['WITH recent AS (SELECT 1 AS one) SELECT * FROM rec', '', ['recent']],
  [
    'WITH a AS (SELECT 1 AS one), b AS (SELECT o.order_id, count(*) AS n FROM orders o) SELECT b.',
    ' FROM b',
    ['n', 'order_id'],
  ],
])('the tables of a WITH are known: %s|%s', async (line, rest, expected) => {
  const { names } = catalog()
  expect((await complete({ before: '', line, rest, scope: { database: 'retail' }, names }))[0]).toEqual(expected)
})

test('a list of candidates fits the screen, and counts the rest', () => {
  const names = Array.from({ length: 100 }, (_, index) => `column_${index}`)
  const lines = candidateList(names, 40, 10)
  expect(lines).toHaveLength(7)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40)
  expect(lines.at(-1)).toBe('… and 82 more')
  expect(candidateList(['a', 'b'], 80, 24)).toEqual(['a  b'])
  expect(agreedStart(['regions', 'Retail', 'returns'])).toBe('re')
})

test('earlier lines of the statement count', async () => {
  expect(await completed('WHERE s.store', 'SELECT *\nFROM stores s\n')).toEqual(['store_id'])
})

test('names are read once, until a refresh', async () => {
  const { names, asked } = catalog()
  const again = () => complete({ before: '', line: '\\d or', scope: { database: 'retail' }, names })
  await again()
  await again()
  expect(asked).toEqual(['tables retail'])
  names.forget()
  await again()
  expect(asked).toEqual(['tables retail', 'tables retail'])
})

test('a cluster that does not answer does not block typing', async () => {
  const fail = () => Promise.reject(new Error('no'))
  const names = new KnownNames({ getCatalogs: fail, getSchemaNames: fail, getTables: fail, getColumns: fail })
  expect(await complete({ before: '', line: 'SELECT * FROM o', scope: {}, names })).toEqual([[], 'o'])
})

test.each([
  ['SELECT 1', []],
  [
    'SELECT * FROM a.b c, "D""d" AS e JOIN f ON f.x = c.y',
    [
      { path: ['a', 'b'], alias: 'c' },
      { path: ['D"d'], alias: 'e' },
      { path: ['f'], alias: undefined },
    ],
  ],
  ['UPDATE t SET x = 1', [{ path: ['t'], alias: undefined }]],
  ['SELECT * FROM (SELECT * FROM inner_table) x', [{ path: ['inner_table'], alias: undefined }]],
])('the tables of %s', (sql, tables) => {
  expect(namedTables(sql)).toEqual(tables)
})

test('a new word starts where one ends', () => {
  expect(sqlContext('SELECT a FROM t ')).toMatchObject({ prefix: '', expects: 'column' })
  expect(sqlContext('SELECT a FROM ')).toMatchObject({ prefix: '', expects: 'table' })
})
