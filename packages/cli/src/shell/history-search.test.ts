import { expect, test } from 'vitest'
import { HistorySearch } from './history-search.ts'

const HISTORY = ['SELECT 1;', 'SELECT * FROM orders;', 'SHOW TABLES;', 'SELECT count(*) FROM orders;']

test('finds the newest statement with the word first, and older ones with Ctrl-R', () => {
  const search = new HistorySearch(HISTORY)
  for (const key of 'ORD') expect(search.type(key)).toEqual({ kind: 'searching' })
  expect(search.text).toBe('(search) ORD: SELECT count(*) FROM orders;')
  search.type('\u0012')
  expect(search.match).toBe('SELECT * FROM orders;')
  search.type('\u0012')
  expect(search.match).toBe('SELECT * FROM orders;')
  expect(search.type('\r')).toEqual({ kind: 'taken', entry: 'SELECT * FROM orders;' })
})

test('reports a word that is not found, and backspace removes it', () => {
  const search = new HistorySearch(HISTORY)
  search.type('showx')
  expect(search.text).toBe('(not found) showx: ')
  search.type('\u007f')
  expect(search.match).toBe('SHOW TABLES;')
  expect(search.type('\u001b')).toEqual({ kind: 'given-up' })
})
