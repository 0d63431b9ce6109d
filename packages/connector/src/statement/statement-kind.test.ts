import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { namedPlaceholders, positionalPlaceholders } from './placeholders.ts'
import { readsOnly, setsSessionState } from './statement-kind.ts'
import { stripTrailingSemicolons } from './trailing-semicolons.ts'

describe('readsOnly', () => {
  test.each([
    'SELECT 1',
    'select * from t where a = 1;',
    '  -- a remark\n /* another */ SELECT 1 ; -- done',
    '(SELECT 1) UNION ALL (SELECT 2)',
    '((SELECT 1))',
    'WITH a AS (SELECT 1) SELECT * FROM a',
    'VALUES (1), (2)',
    "SELECT 'INSERT INTO t'",
    'SELECT 1 // INSERT INTO t',
    'SELECT f(a), s.t.column, "s"."t" FROM s.t AS x JOIN s.u USING (id) WHERE x.a IN (1) AND x.b = 1.5',
    'SELECT * FROM generate_series(1, 3), (SELECT a.b) AS c(d)',
    'SELECT table FROM next WHERE value = 1',
    'SELECT "update", `delete` FROM t -- INSERT',
    "SELECT replace(a, 'b', 'c') FROM t FETCH NEXT 5 ROWS ONLY",
  ])('counts as reading: %s', (sql) => {
    expect(readsOnly(sql)).toBe(true)
  })

  test.each([
    '',
    ';',
    '-- only a remark',
    'INSERT INTO t VALUES (1)',
    'insert into t select * from s',
    'UPDATE t SET a = 1',
    'DELETE FROM t',
    'MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE',
    'CREATE TABLE t AS SELECT 1',
    'DROP TABLE t',
    'TRUNCATE TABLE t',
    'CALL f()',
    'SET a = 1',
    'USE a',
    'BEGIN',
    'FROM t INSERT INTO s SELECT 1',
    'WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a',
    'WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a',
    'SELECT * INTO t FROM s',
    'SELECT * FROM t FOR UPDATE',
    "SELECT nextval('s')",
    'SELECT NEXT VALUE FOR s',
    'SELECT 1; SELECT 2',
    'SELECT 1; INSERT INTO t VALUES (1)',
    'SHOW TABLES',
    'DESCRIBE t',
    'EXPLAIN SELECT 1',
    'EXPLAIN',
    'SELECT * FROM TABLE(f(1))',
    'SELECT * FROM table /* of */ (f(1))',
    'SELECT audit.log(1)',
    'SELECT "audit" . "log" (1)',
    'SELECT a.b.c(1) FROM t',
    'WITH a AS (SELECT s.draw()) SELECT * FROM a',
    'VALUES (s.f(1))',
    'SELECT "not closed',
    'EXPLAIN ANALYZE INSERT INTO t VALUES (1)',
    'EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1',
    'EXPLAIN (ANALYZE) DELETE FROM t',
    'EXPLAIN (ANALYZE',
    'SELECTED',
    '"SELECT" 1',
    "SELECT 'not closed",
    'SELECT /* not closed',
    'SELECT 1; /* not closed',
    'SELECT 1; -- done\n; SELECT 2',
    "SELECT $$ ' $$; DELETE FROM t --'",
  ])('does not count as reading: %s', (sql) => {
    expect(readsOnly(sql)).toBe(false)
  })

  test('a statement that writes never counts as reading, with any space and comments', () => {
    const gap = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '/* SELECT */', '-- SELECT\n'), minLength: 1 })
    const verb = fc.constantFrom('INSERT INTO t', 'uPdAtE t SET', 'DELETE FROM t', 'MERGE INTO t')
    const lead = fc.constantFrom('', 'WITH a AS (SELECT 1)', 'SELECT 1;', 'EXPLAIN ANALYZE', '(')
    fc.assert(
      fc.property(gap, lead, gap, verb, gap, (a, before, b, write, c) => {
        expect(readsOnly(a + before + b + write.replaceAll(' ', c))).toBe(false)
      }),
    )
  })

  test('accepts any string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sql) => {
        expect(typeof readsOnly(`SELECT ${sql}`)).toBe('boolean')
      }),
    )
  })
})

/** Work is counted in characters examined. */
describe('setsSessionState', () => {
  test.each([
    'SET x = 1',
    '-- a comment\nset x = 1',
    'USE memory',
    'CREATE TEMPORARY TABLE t (x INT)',
    'create temp view v as select 1',
    'CREATE OR REPLACE TEMPORARY TABLE t (x INT)',
  ])('%s', (sql) => expect(setsSessionState(sql)).toBe(true))

  test.each([
    'SELECT 1',
    'SELECT set FROM use',
    'CREATE TABLE temporary (x INT)',
    'CREATE OR REPLACE TABLE temp (x INT)',
    'UPDATE t SET x = 1',
    '',
    '"SET" x',
  ])('not %s', (sql) => expect(setsSessionState(sql)).toBe(false))
})

describe('a long statement', () => {
  afterEach(() => vi.restoreAllMocks())

  function looksAt(work: () => void): number {
    const looks = vi.spyOn(String.prototype, 'charCodeAt')
    try {
      work()
      return looks.mock.calls.length
    } finally {
      looks.mockRestore()
    }
  }

  const rows = (count: number) => Array.from({ length: count }, () => "(1, 'it\\'s; -- ?', 2.5)").join(', ')
  const insert = (count: number) => `INSERT INTO t VALUES ${rows(count)}`
  const select = (count: number) => `SELECT * FROM (VALUES ${rows(count)}) AS t(a, b, c)`

  test('that writes is recognized by its first word, however long it is', () => {
    expect(looksAt(() => expect(readsOnly(insert(1000))).toBe(false))).toBeLessThan(50)
  })

  test.each([
    ['finding whether it reads', (sql: string) => readsOnly(sql)],
    ['finding placeholders', (sql: string) => positionalPlaceholders(`${sql}?`)],
    ['finding named placeholders', (sql: string) => namedPlaceholders(`${sql} WHERE a = :a`)],
    ['finding trailing semicolons', (sql: string) => stripTrailingSemicolons(`${sql};`)],
  ])('is scanned once, in at most four times its length: %s', (_, work) => {
    const looks = [100, 200].map((count) => looksAt(() => work(select(count))))
    expect(looks[0]).toBeGreaterThan(0)
    expect(looks[0]).toBeLessThan(4 * select(100).length)
    expect(looks[1]).toBeLessThan(2.1 * looks[0]!)
  })
})
