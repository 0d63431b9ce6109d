import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readsOnly } from './statement-kind.ts'

describe('readsOnly', () => {
  test.each([
    'SELECT 1',
    'select * from t where a = 1;',
    '  -- a remark\n /* another */ SELECT 1 ; -- done',
    '(SELECT 1) UNION ALL (SELECT 2)',
    '((SELECT 1))',
    'WITH a AS (SELECT 1) SELECT * FROM a',
    'VALUES (1), (2)',
    'SHOW TABLES',
    'SHOW CREATE TABLE t',
    'DESCRIBE t',
    'DESC t',
    'EXPLAIN SELECT 1',
    'EXPLAIN INSERT INTO t VALUES (1)',
    'EXPLAIN ANALYZE SELECT 1',
    'EXPLAIN ANALYZE VERBOSE (SELECT 1)',
    'EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1',
    "SELECT 'INSERT INTO t'",
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
    'EXPLAIN',
    'EXPLAIN ANALYZE INSERT INTO t VALUES (1)',
    'EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1',
    'EXPLAIN (ANALYZE) DELETE FROM t',
    'EXPLAIN (ANALYZE',
    'SELECTED',
    '"SELECT" 1',
    "SELECT 'not closed",
    'SELECT /* not closed',
    "SELECT $$ ' $$; DELETE FROM t --'",
  ])('does not count as reading: %s', (sql) => {
    expect(readsOnly(sql)).toBe(false)
  })

  test('a statement that writes never counts as reading, however it is spaced and remarked', () => {
    const gap = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '/* SELECT */', '-- SELECT\n'), minLength: 1 })
    const verb = fc.constantFrom('INSERT INTO t', 'uPdAtE t SET', 'DELETE FROM t', 'MERGE INTO t')
    const lead = fc.constantFrom('', 'WITH a AS (SELECT 1)', 'SELECT 1;', 'EXPLAIN ANALYZE', '(')
    fc.assert(
      fc.property(gap, lead, gap, verb, gap, (a, before, b, write, c) => {
        expect(readsOnly(a + before + b + write.replaceAll(' ', c))).toBe(false)
      }),
    )
  })

  test('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sql) => {
        expect(typeof readsOnly(`SELECT ${sql}`)).toBe('boolean')
      }),
    )
  })
})
