import fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { definitions, fit, pad, textWidth, wrap } from './text-layout.ts'

const anyText = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !/[\p{Cc}\u2028\u2029]/u.test(text))

test('a cut string is never wider than its limit, and a string that fits is not cut', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, width) => {
      const fitted = fit(text, width, '…')
      expect(stringWidth(fitted)).toBeLessThanOrEqual(width)
      if (stringWidth(text) <= width) expect(fitted).toBe(text)
    }),
  )
})

test('what people see as one character is not cut in two', () => {
  expect(fit('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5, '…')).toBe('👩‍👩‍👧👩‍👩‍👧…')
  expect(fit('東京都', 4, '…')).toBe('東…')
  expect(fit('e\u0301e\u0301e\u0301', 2, '…')).toBe('e\u0301…')
})

test('colors take no columns', () => {
  expect(textWidth('\u001b[31mred\u001b[39m')).toBe(3)
  expect(pad('\u001b[31mred\u001b[39m', 5)).toBe('\u001b[31mred\u001b[39m  ')
})

test('paragraphs are broken at spaces, and no word is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 12, max: 40 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width)
        expect(lines.join(' ').split(' ')).toEqual(words)
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
      },
    ),
  )
})

test('a description is next to its term, or below a long one', () => {
  expect(
    definitions(
      [
        ['a', 'first'],
        ['bcd', 'second one of many'],
        ['a-very-long-term', 'below'],
      ],
      20,
      { widest: 6 },
    ),
  ).toEqual(['  a    first', '  bcd  second one of', '       many', '  a-very-long-term', '       below'])
})
