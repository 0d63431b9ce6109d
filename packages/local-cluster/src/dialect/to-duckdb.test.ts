import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SqlTextError } from './sql-tokens.ts'
import { duckDbLiteral, toDuckDb } from './to-duckdb.ts'

/** A string as the engine's clients write it. */
function engineLiteral(value: string): string {
  const escapes: Record<string, string> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r', '\t': '\\t' }
  return `'${value.replace(/[\\'\n\r\t]/g, (character) => escapes[character]!)}'`
}

test.each([
  [`'a\\'b'`, `'a''b'`],
  [`'back\\\\slash'`, `'back\\slash'`],
  [`'one\\ntwo\\r\\tthree'`, `'one\ntwo\r\tthree'`],
  [`'two '' quotes'`, `'two '' quotes'`],
  [`'unknown \\q'`, `'unknown q'`],
  [`''`, `''`],
  [`'a\\0b'`, `('a' || chr(0) || 'b')`],
])('the literal %s becomes %s', (engine, duckDb) => {
  expect(toDuckDb(`SELECT ${engine} AS x`).sql).toBe(`SELECT ${duckDb} AS x`)
})

test.each([
  `SELECT "it's \\ here" FROM "a""b"`,
  `SELECT 1 -- it's a comment with \\ and '`,
  `SELECT /* it's /* nested */ ' */ 1`,
  `SELECT $$it's \\n dollar$$, $tag$ ' $$ $tag$`,
  `SELECT $1, a$b, 1e10, 0x1F`,
])('everything except literals is unchanged: %s', (sql) => {
  expect(toDuckDb(sql).sql).toBe(sql)
})

test.each([
  ['SELECT 1;', true],
  ['SELECT 1 ; -- done', true],
  ['SELECT 1 /* ; */', false],
  [`SELECT ';'`, false],
  ['', false],
])('detects whether a statement ends in a semicolon: %s', (sql, ends) => {
  expect(toDuckDb(sql).endsWithSemicolon).toBe(ends)
})

test.each([`SELECT 'open`, `SELECT 'open\\'`, 'SELECT "open', 'SELECT /* open', 'SELECT $$ open'])(
  'an unclosed token is an error: %s',
  (sql) => {
    expect(() => toDuckDb(sql)).toThrow(SqlTextError)
  },
)

test('any string written as an engine literal is the same string in DuckDB', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (value) => {
      const { sql } = toDuckDb(`SELECT ${engineLiteral(value)} AS value, 'after' AS after`)
      const [row] = await (await connection.run(sql)).getRows()
      expect(row).toEqual([value, 'after'])
    }),
    { numRuns: 300 },
  )
  connection.disconnectSync()
})

test('any string written as a DuckDB literal is the same string', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (value) => {
      const [row] = await (await connection.run(`SELECT ${duckDbLiteral(value)}`)).getRows()
      expect(row).toEqual([value])
    }),
    { numRuns: 100 },
  )
  connection.disconnectSync()
})

test('two slashes start a comment, except within a literal', () => {
  expect(toDuckDb("SELECT 'http://x' // it's ? a remark\n, 1").sql).toBe("SELECT 'http://x' -- it's ? a remark\n, 1")
})
