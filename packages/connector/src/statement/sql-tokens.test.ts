import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sqlTokens, tokenText } from './sql-tokens.ts'
import { stripTrailingSemicolons } from './trailing-semicolons.ts'

const shape = (sql: string) => [...sqlTokens(sql)].map((token) => [token.kind, tokenText(sql, token)])

/** Strings with many characters that are difficult for a lexer. */
const hostileText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "'",
      '"',
      '`',
      '\\',
      '-',
      '--',
      '//',
      '/*',
      '*/',
      ';',
      '?',
      ':',
      '%',
      '\n',
      '\r',
      ' ',
      '\u00a0',
      'a',
      '1',
      'e',
      '.',
      '$',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
})

describe('the lexer', () => {
  test.each([
    ['a doubled quote', "'it''s'"],
    ['an escaped quote', "'it\\'s'"],
    ['an escaped backslash at the end', "'c:\\\\'"],
    ['a comment sign', "'--'"],
    ['a line break', "'a\nb'"],
    ['nothing', "''"],
  ])('reads a literal with %s as one token', (_, literal) => {
    expect(shape(`${literal};`)).toEqual([
      ['literal', literal],
      ['symbol', ';'],
    ])
  })

  test('does not let a backslash escape the quote of an identifier', () => {
    expect(shape('"a\\" b')).toEqual([
      ['identifier', '"a\\"'],
      ['space', ' '],
      ['word', 'b'],
    ])
  })

  test('reads doubled quotes within identifiers of both kinds', () => {
    expect(shape('"a""b" `c``d`').map(([kind]) => kind)).toEqual(['identifier', 'space', 'identifier'])
  })

  test('ends a line comment at either line break, and a nested one at the end of its outermost part', () => {
    expect(shape('-- a\rb')).toEqual([
      ['comment', '-- a'],
      ['space', '\r'],
      ['word', 'b'],
    ])
    expect(shape("/* a /* ' */ */b")).toEqual([
      ['comment', "/* a /* ' */ */"],
      ['word', 'b'],
    ])
  })

  test.each(['1', '1.5', '1.5e-3', '2E+10', '0xFF', '10L'])('reads the number %s as one token', (number) => {
    expect(shape(`${number}-`)).toEqual([
      ['number', number],
      ['symbol', '-'],
    ])
  })

  test('does not mistake a subtraction for an exponent', () => {
    expect(shape('1e - 2')[0]).toEqual(['number', '1e'])
    expect(shape('1-2')).toHaveLength(3)
  })

  test('counts letters beyond ASCII as part of a word, and the no-break space as space', () => {
    expect(shape('größe\u00a0名')).toEqual([
      ['word', 'größe'],
      ['space', '\u00a0'],
      ['word', '名'],
    ])
  })

  test.each(["'a", "'a\\", '"a', '`a', '/* a /* b */'])('reports that %s is not closed', (sql) => {
    expect([...sqlTokens(sql)]).toEqual([expect.objectContaining({ start: 0, end: sql.length, closed: false })])
  })

  test('covers any string completely, without gaps and empty tokens', () => {
    fc.assert(
      fc.property(hostileText, (sql) => {
        let at = 0
        for (const token of sqlTokens(sql)) {
          expect(token.start).toBe(at)
          expect(token.end).toBeGreaterThan(at)
          at = token.end
        }
        expect(at).toBe(sql.length)
      }),
      { numRuns: 2000 },
    )
  })

  test('accepts a statement of ten million characters of any kind', () => {
    for (const unit of ["'", '/*', '*/', '--', '1e', ':a', '%(', "\\'", '""', ' ', 'ß']) {
      const sql = unit.repeat(10_000_000 / 10 / unit.length)
      let end = 0
      for (const token of sqlTokens(sql)) end = token.end
      expect(end).toBe(sql.length)
    }
  })
})

describe('stripTrailingSemicolons', () => {
  test.each([
    ['SELECT 1', 'SELECT 1'],
    ['SELECT 1 ', 'SELECT 1 '],
    ['SELECT 1;', 'SELECT 1'],
    ['SELECT 1 ; ;\n', 'SELECT 1'],
    ['SELECT 1; -- done', 'SELECT 1  -- done'],
    ['SELECT 1; /* a; */ ;', 'SELECT 1  /* a; */'],
    ["SELECT ';'", "SELECT ';'"],
    ['SELECT ";";', 'SELECT ";"'],
    ['SELECT 1 -- ;', 'SELECT 1 -- ;'],
    ['SELECT 1; SELECT 2;', 'SELECT 1; SELECT 2'],
    ["SELECT 'a\\';'", "SELECT 'a\\';'"],
    [';', ''],
    ['', ''],
  ])('makes %j into %j', (sql, stripped) => {
    expect(stripTrailingSemicolons(sql)).toBe(stripped)
  })

  test('leaves every other token of any statement unchanged', () => {
    const significant = (sql: string) => shape(sql).filter(([kind]) => kind !== 'space')
    fc.assert(
      fc.property(hostileText, (sql) => {
        const before = significant(sql)
        let end = before.length
        while (end > 0 && (before[end - 1]![0] === 'comment' || before[end - 1]![1] === ';')) end -= 1
        const expected = before.filter(([kind, text], at) => at < end || kind === 'comment' || text !== ';')
        const trimmed = (tokens: string[][]) =>
          tokens.map(([kind, text]) => [kind, kind === 'comment' ? text!.trimEnd() : text])
        expect(trimmed(significant(stripTrailingSemicolons(sql)))).toEqual(trimmed(expected as string[][]))
      }),
      { numRuns: 2000 },
    )
  })
})
