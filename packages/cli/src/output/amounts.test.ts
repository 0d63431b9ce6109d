import { expect, test } from 'vitest'
import { bytesText, countText, durationText, rateText, rowsText } from './amounts.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [123_456, '123 kB'],
  [5_250_000, '5.3 MB'],
  [7e15, '7000 TB'],
])('%d bytes', (bytes, text) => expect(bytesText(bytes)).toBe(text))

test.each([
  [0, '0.00 s'],
  [9_990, '9.99 s'],
  [59_900, '59.9 s'],
  [59_970, '1 m 0 s'],
  [192_000, '3 m 12 s'],
  [7_320_000, '2 h 2 m'],
])('%d milliseconds', (milliseconds, text) => expect(durationText(milliseconds)).toBe(text))

test.each([
  [0, 0, '0 rows/s'],
  [500, 1000, '500 rows/s'],
  [310_000, 1000, '310k rows/s'],
  [2_500_000, 1000, '2.5M rows/s'],
])('%d rows in %d ms', (rows, elapsedMs, text) => expect(rateText(rows, elapsedMs)).toBe(text))

test('the unit of one is singular', () => {
  expect([rowsText(1), rowsText(1234)]).toEqual(['1 row', '1,234 rows'])
  expect(countText(1e9)).toBe('1,000,000,000')
})
