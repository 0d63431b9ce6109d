import { expect, test } from 'vitest'
import { HistorySearch } from './history-search.ts'

const HISTORY = ['SELECT 1;', 'SELECT * FROM orders;', 'SHOW TABLES;', 'SELECT count(*) FROM orders;']

test('the newest statement with the word is found first, and Ctrl-R goes on to older ones', () => {
  const search = new HistorySearch(HISTORY)
  for (const key of 'ORD') expect(search.type(key)).toEqual({ kind: 'searching' })
  expect(search.text).toBe('(search) ORD: SELECT count(*) FROM orders;')
  search.type('\u0012')
  expect(search.match).toBe('SELECT * FROM orders;')
  search.type('\u0012')
  expect(search.match).toBe('SELECT * FROM orders;')
  expect(search.type('\r')).toEqual({ kind: 'taken', entry: 'SELECT * FROM orders;' })
})

test('a word that is not there is said, and taken back by the backspace', () => {
  const search = new HistorySearch(HISTORY)
  search.type('showx')
  expect(search.text).toBe('(not found) showx: ')
  search.type('\u007f')
  expect(search.match).toBe('SHOW TABLES;')
  expect(search.type('\u001b')).toEqual({ kind: 'given-up' })
})
