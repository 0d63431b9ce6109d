import { expect, test } from 'vitest'
import { oneLine } from './history-file.ts'
import { InputBuffer } from './input-buffer.ts'
import { splitStatements } from './statement-splitter.ts'

/** The inputs that each line completes. */
function typed(...lines: string[]) {
  const buffer = new InputBuffer()
  return { done: lines.map((line) => buffer.push(line)), buffer }
}

test('a statement ends at a semicolon, but not within a string, a name or a comment', () => {
  const { done, buffer } = typed('SELECT \'a;b\', "c;d" -- e;f', '/* g;h */ FROM t; SELECT 2;', 'SELECT 3')
  expect(done).toEqual([
    [],
    [
      { kind: 'statement', sql: 'SELECT \'a;b\', "c;d" -- e;f\n/* g;h */ FROM t' },
      { kind: 'statement', sql: 'SELECT 2' },
    ],
    [],
  ])
  expect([buffer.text, buffer.open]).toEqual(['\nSELECT 3\n'.trimStart(), 'statement'])
})

test.each([
  ["SELECT 'a", 'literal'],
  ['SELECT "a', 'identifier'],
  ['SELECT /* a', 'comment'],
  ['SELECT 1', 'statement'],
  ['-- nothing', 'nothing'],
  ['  ', 'nothing'],
  ['SELECT 1;', 'nothing'],
])('after %j, %s is open', (line, open) => {
  expect(typed(line).buffer.open).toBe(open)
})

test('a line that starts with a backslash is a command, also within a statement, but not within a string', () => {
  expect(typed('\\d orders;').done).toEqual([[{ kind: 'meta', name: 'd', argument: 'orders' }]])
  expect(typed('SELECT 1', ' \\p').done[1]).toEqual([{ kind: 'meta', name: 'p', argument: '' }])
  expect(typed("SELECT '", '\\p').done[1]).toEqual([])
})

test.each(['quit', 'exit;', 'HELP', '?'])('%s is a command in an empty buffer, and SQL within a statement', (word) => {
  expect(typed(word).done[0]).toEqual([expect.objectContaining({ kind: 'meta' })])
  expect(typed('SELECT', word.replace(';', '')).done[1]).toEqual([])
})

test('semicolons without a statement are ignored', () => {
  expect(typed(';;', ' ; -- a').done).toEqual([[], []])
  expect(splitStatements('; SELECT 1 ;; -- end\n;')).toEqual(['SELECT 1'])
})

test.each([
  ['SELECT 1 -- one\n  AS a', 'SELECT 1 /* one*/ AS a'],
  ["SELECT 'a\nb'", "SELECT 'a\\nb'"],
  ['SELECT -- a */ b\n 2', 'SELECT /* a * / b*/ 2'],
])('the history has %j as one line that means the same', (sql, line) => {
  expect(oneLine(sql).replaceAll(' */', '*/')).toBe(line)
})
