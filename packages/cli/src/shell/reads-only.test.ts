import { expect, test } from 'vitest'
import { readsOnly } from './reads-only.ts'

test.each([
  'SELECT 1',
  ' -- a remark\n (SELECT 1) UNION (SELECT 2);',
  'with a as (select 1) select * from a',
  'SELECT \'DELETE FROM t\' AS text, "update" FROM t /* INSERT */',
  'SHOW TABLES',
  'EXPLAIN SELECT 1',
])('%j reads', (sql) => {
  expect(readsOnly(sql)).toBe(true)
})

test.each([
  '',
  'INSERT INTO t VALUES (1)',
  'WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a',
  'WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a',
  'SELECT * INTO t FROM s',
  'SELECT * FROM t FOR UPDATE',
  'SELECT NEXT VALUE FOR s',
  'SELECT 1; SELECT 2',
  'EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1',
  "SELECT 'not closed",
  "SELECT $$ ' $$; DELETE FROM t --'",
  'SET a = 1',
])('%j does not count as reading', (sql) => {
  expect(readsOnly(sql)).toBe(false)
})
