import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ParameterError } from '../errors.ts'
import { renderParameters, type StatementParameters, serverParameters } from './parameters.ts'
import { namedPlaceholders, positionalPlaceholders } from './placeholders.ts'
import type { ScalarParameter } from './sql-literal.ts'
import { isSignificant, sqlTokens, tokenText } from './sql-tokens.ts'

const render = renderParameters
const literal = (value: ScalarParameter) => render('?', [value])

/** Any string that a statement can contain: without NUL and unpaired surrogates. */
const sendableText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom("'", '"', '\\', '\r', '\n', '\t', '--', '/*', '*/', ';', '?', ':a', '%(a)s', '😀'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  })
  .filter((text) => !text.includes('\0'))

/** Reads a literal in the engine's dialect, independently of the code that writes it. */
function readLiteral(text: string): string {
  expect(text).toMatch(/^'.*'$/s)
  const escapes: Record<string, string> = { r: '\r', n: '\n', t: '\t' }
  return text.slice(1, -1).replace(/\\([\s\S])/g, (_, char: string) => escapes[char] ?? char)
}

describe('placeholders', () => {
  test('an array fills each question mark in order', () => {
    expect(render('SELECT * FROM t WHERE a = ? AND b > ?', ['x', 2])).toBe("SELECT * FROM t WHERE a = 'x' AND b > 2")
  })

  test('an object fills both forms of names, at each occurrence', () => {
    expect(render('SELECT :a, %(b)s, :a', { a: 1, b: true })).toBe('SELECT 1, TRUE, 1')
  })

  test.each([
    ['IN ?', 'IN (1, 2)'],
    ['a in ?', 'a in (1, 2)'],
    ['IN\n /* some */ -- of them\n ?', 'IN\n /* some */ -- of them\n (1, 2)'],
    ['IN(?)', 'IN(1, 2)'],
    ['IN (?)', 'IN (1, 2)'],
    ['NOT IN ?', 'NOT IN (1, 2)'],
    ['f(?)', 'f(1, 2)'],
    ['[?]', '[1, 2]'],
    ['main ?', 'main 1, 2'],
    ['x.in ?', 'x.in 1, 2'],
    ['"in" ?', '"in" 1, 2'],
    ['-- in\n?', '-- in\n1, 2'],
  ])('a list is in parentheses only right after IN: %s', (sql, rendered) => {
    expect(render(sql, [[1, 2]])).toBe(rendered)
    expect(render(sql.replace('?', '%(ids)s'), { ids: [1, 2] })).toBe(rendered)
    expect(render(sql.replace('?', ':ids'), { ids: [1, 2] })).toBe(rendered)
    expect(serverParameters(sql, [[1, 2]]).sql).toBe(rendered.replace('1, 2', '?, ?'))
  })

  test('an empty list after IN is refused with a reason, and a single value there is unchanged', () => {
    expect(() => render('SELECT 1 WHERE a IN ?', [[]])).toThrow(
      'parameter 1 is an empty array, but SQL has no empty list',
    )
    expect(() => render('SELECT 1 WHERE a IN %(ids)s', { ids: [] })).toThrow(ParameterError)
    expect(render('a IN ?', [1])).toBe('a IN 1')
  })

  test('they agree with the tokens of any statement', () => {
    const part = fc.constantFrom(
      ...["'", '"', '`', '\\', '-', '--', '/', '//', '/*', '*/', '?', ':', ':a', '::', '%', '%%', '%(a)s', '%(1)s'],
      ...['\n', ' ', '\u00a0', 'a', '1', '(', ')', '[', ']', ';', 's', 'ß', '😀'],
    )
    fc.assert(
      fc.property(fc.string({ unit: part, maxLength: 24 }), (sql) => {
        const expected = [...sqlTokens(sql)].filter((token) => token.kind === 'symbol' && tokenText(sql, token) === '?')
        expect(positionalPlaceholders(sql).map(({ start }) => start)).toEqual(expected.map(({ start }) => start))
        const named = sql.replaceAll('?', ' ')
        const { placeholders, escapedPercents } = namedPlaceholders(named)
        const tokens = [...sqlTokens(named)]
        const starts = new Set(tokens.filter(({ kind }) => kind === 'symbol').map(({ start }) => start))
        for (const { start, key, end } of placeholders) {
          expect(starts.has(start)).toBe(true)
          expect([`:${key}`, `%(${key})s`]).toContain(named.slice(start, end))
        }
        expect(escapedPercents.every((at) => starts.has(at) && named.startsWith('%%', at))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  test.each([
    "SELECT '?', ':a', '%(a)s'",
    '// is it ? :a\nSELECT 1',
    'SELECT "?", ":a" FROM `?`',
    "-- it's ? :a\nSELECT 1",
    '/* ? /* :a */ %(a)s */ SELECT 1',
    "SELECT 'it\\'s ?', 'it''s :a'",
  ])('literals, identifiers and comments contain none: %s', (sql) => {
    expect(render(sql, [])).toBe(sql)
    expect(render(sql, {})).toBe(sql)
  })

  test.each([
    'SELECT a::int',
    "SELECT 'a'::text",
    'SELECT f(x)::int',
    'SELECT a[1:n]',
    'SELECT a[1]:field',
    'SELECT t:field',
    "SELECT {'a':b}",
    'SELECT a : : b',
  ])('casts, slices and paths are not placeholders: %s', (sql) => {
    expect(render(sql, {})).toBe(sql)
  })

  test('a placeholder may itself be cast, sliced or follow a comment', () => {
    expect(render('SELECT :a::int, x[:a], /**/:a', { a: 1 })).toBe('SELECT 1 ::int, x[1], /**/ 1')
  })

  test('two percent signs stand for one only with named parameters', () => {
    expect(render("SELECT a %% %(b)s, '%%' FROM t -- %%", { b: 2 })).toBe("SELECT a % 2, '%%' FROM t -- %%")
    expect(render('SELECT a %%(b)s', {})).toBe('SELECT a %(b)s')
    expect(render('SELECT a %% ?', [2])).toBe('SELECT a %% 2')
    expect(render('SELECT a %% b')).toBe('SELECT a %% b')
  })

  test('a modulo of a parenthesized expression is not a placeholder', () => {
    expect(render('SELECT a %(b + 1), a %(b)', {})).toBe('SELECT a %(b + 1), a %(b)')
  })

  test('an array as a value becomes a list', () => {
    expect(
      render('WHERE a IN (?) AND b IN (?)', [
        [1, -2],
        ['x', null],
      ]),
    ).toBe("WHERE a IN (1, (-2)) AND b IN ('x', NULL)")
  })

  test('without parameters the statement is unchanged', () => {
    expect(render('SELECT ?, :a, %(b)s, %%')).toBe('SELECT ?, :a, %(b)s, %%')
  })
})

describe('literals', () => {
  test.each<[ScalarParameter, string]>([
    ["O'Brien", "'O\\'Brien'"],
    ['a\\b\r\n\tc', "'a\\\\b\\r\\n\\tc'"],
    ['', "''"],
    [0, '0'],
    [-0, '(-0e0)'],
    [-5, '(-5)'],
    [0.1, '0.1'],
    [1e-7, '1e-7'],
    [123456789012.345, '123456789012.345'],
    [0.0009522489631409409, '9.522489631409409e-4'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [2 ** 53, '9.007199254740992e+15'],
    [-Number.MAX_VALUE, '(-1.7976931348623157e+308)'],
    [2n ** 63n - 1n, '9223372036854775807'],
    [-(2n ** 63n), '(-9223372036854775808)'],
    [10n ** 37n, `1${'0'.repeat(37)}`],
    [true, 'TRUE'],
    [false, 'FALSE'],
    [null, 'NULL'],
    [new Date('2026-02-12T15:14:15.123Z'), "TIMESTAMP WITH TIME ZONE '2026-02-12 15:14:15.123+00:00'"],
    [new Date('0001-01-01T00:00:00Z'), "TIMESTAMP WITH TIME ZONE '0001-01-01 00:00:00.000+00:00'"],
    [new Uint8Array([0, 171, 255]), "from_hex('00ABFF')"],
    [Buffer.from('xhi!').subarray(1, 3), "from_hex('6869')"],
    [new Uint8Array(), "from_hex('')"],
  ])('%o is written as %s', (value, expected) => {
    expect(literal(value)).toBe(expected)
  })

  test('any string survives a round trip through the dialect', () => {
    fc.assert(
      fc.property(sendableText, (text) => {
        expect(readLiteral(literal(text))).toBe(text)
      }),
      { numRuns: 5000 },
    )
  })

  test('any finite number survives bit by bit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(literal(value).replace(/[()]/g, ''))).toBe(value)
      }),
    )
  })

  test('any string is exactly one token in any statement', () => {
    const around = fc.string({
      unit: fc.constantFrom(
        ' ',
        'a',
        '1',
        '-',
        '/',
        '*',
        ':',
        '%',
        '.',
        ',',
        '(',
        ')',
        '=',
        "'x'",
        '"y"',
        '/**/',
        '--\n',
        'N',
        'e',
      ),
    })
    const kinds = (sql: string) => [...sqlTokens(sql)].filter(isSignificant).map(({ kind }) => kind)
    fc.assert(
      fc.property(around, around, sendableText, (before, after, text) => {
        const template = `${before}?${after}`
        if (![...sqlTokens(template)].some((token) => tokenText(template, token) === '?')) return // fell into a comment
        const rendered = render(template, [text])
        const [left, right] = [kinds(`${before} `), kinds(` ${after}`)]
        expect(kinds(rendered)).toEqual([...left, 'literal', ...right])
      }),
      { numRuns: 5000 },
    )
  })

  test('no value changes the tokens around it', () => {
    const value = fc.oneof(
      sendableText,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
    )
    const significant = (sql: string) => [...sqlTokens(sql)].filter(isSignificant).map((token) => tokenText(sql, token))
    fc.assert(
      fc.property(value, value, (a, b) => {
        const rendered = significant(render("SELECT x-?,'y'?z,1??e FROM t--?", [a, b, a, b]))
        const of = (v: ScalarParameter) => significant(literal(v))
        expect(rendered).toEqual([
          'SELECT',
          'x',
          '-',
          ...of(a),
          ',',
          "'y'",
          ...of(b),
          'z',
          ',',
          '1',
          ...of(a),
          ...of(b),
          'e',
          'FROM',
          't',
        ])
      }),
    )
  })

  test('a negative number after a minus sign does not become a comment', () => {
    expect(render('SELECT 1-?', [-1])).toBe('SELECT 1- (-1)')
  })
})

describe('faults', () => {
  const faultOf = (sql: string, params: unknown): string => {
    try {
      render(sql, params as StatementParameters)
    } catch (error) {
      expect(error).toBeInstanceOf(ParameterError)
      expect(error).toMatchObject({ code: 'E6_PARAMETER', outcome: 'not-sent' })
      expect(() => serverParameters(sql, params as StatementParameters)).toThrow(ParameterError)
      return (error as ParameterError).message
    }
    throw new Error('nothing was thrown')
  }

  test.each([
    ['undefined', undefined, 'parameter 2 is undefined; use null for SQL NULL'],
    ['NaN', Number.NaN, 'parameter 2 is not a finite number'],
    ['an infinity', Number.NEGATIVE_INFINITY, 'parameter 2 is not a finite number'],
    ['an invalid date', new Date(Number.NaN), 'parameter 2 is an invalid Date'],
    ['a date in the year 10000', new Date(253402300800000), 'parameter 2 is a Date outside the years 1 to 9999'],
    ['a date before the year 1', new Date('0000-12-31T00:00:00Z'), 'parameter 2 is a Date outside the years 1 to 9999'],
    ['a NUL character', 'secret\0', 'parameter 2 has a NUL character'],
    ['half a surrogate pair', 'secret\ud83d', 'parameter 2 has an unpaired surrogate'],
    ['an object', { toString: () => 'secret' }, 'parameter 2 is an object'],
    ['a boxed string', new String('secret'), 'parameter 2 is an object'],
    ['a function', () => 'secret', 'parameter 2 is a function'],
    ['a symbol', Symbol('secret'), 'parameter 2 is a symbol'],
    ['an array of floats', new Float64Array(1), 'parameter 2 is an object'],
    ['an empty array', [], 'parameter 2 is an empty array'],
    ['an array in an array', [1, [2]], 'parameter 2, element 2, is an array within an array'],
    ['an array with a hole', Object.assign([1], { 2: 2 }), 'parameter 2, element 2, is undefined'],
    ['an array with undefined', [undefined], 'parameter 2, element 1, is undefined'],
  ])('%s is refused with its place and without its value', (_, value, message) => {
    const fault = faultOf('SELECT ?, ?', [1, value])
    expect(fault).toContain(message)
    expect(fault).not.toContain('secret')
    expect(faultOf('SELECT :a, %(b)s', { a: 1, b: value })).toContain(message.replace('parameter 2', 'parameter "b"'))
  })

  test.each([
    ['SELECT ?', [], 'the statement has 1 placeholders (?), but 0 parameters were given'],
    ['SELECT 1', [1], 'the statement has 0 placeholders (?), but 1 parameters were given'],
    ["SELECT '?'", [1], 'the statement has 0 placeholders (?), but 1 parameters were given'],
  ])('%s with %j: both counts are reported', (sql, params, message) => {
    expect(faultOf(sql, params)).toBe(message)
  })

  test('names without a value and names without a placeholder are all reported', () => {
    expect(faultOf('SELECT :a, :b, %(c)s', { b: 1, d: 2 })).toBe(
      'parameters do not match the statement: no value for "a", no value for "c", no placeholder for "d"',
    )
  })

  test.each(['toString', '__proto__', 'constructor'])('a name that every object has, %s, counts as missing', (name) => {
    expect(faultOf(`SELECT :${name}`, {})).toContain(`no value for "${name}"`)
  })

  test('a question mark among names is refused, because it would get no value', () => {
    expect(faultOf('SELECT :a, ?', { a: 1 })).toBe(
      'the ? at character 12 needs an array of parameters, but an object was given',
    )
  })

  test.each([
    ['text', 'a'],
    ['null', null],
    ['a map', new Map([['a', 1]])],
    ['a date', new Date(0)],
    ['bytes', new Uint8Array(1)],
  ])('%s instead of the parameters is refused', (_, params) => {
    expect(faultOf('SELECT :a', params)).toBe('parameters must be an array or a plain object')
  })
})

describe('binding by the engine', () => {
  test('names become question marks in order, each with its value', () => {
    expect(serverParameters('SELECT :b, %(a)s, :b, 5 %% 2', { a: 'x', b: 7 })).toEqual({
      sql: 'SELECT ?, ?, ?, 5 % 2',
      params: [
        { index: 1, type: 'LONG', value: '7' },
        { index: 2, type: 'STRING', value: 'x' },
        { index: 3, type: 'LONG', value: '7' },
      ],
    })
  })

  test('an array as a value becomes as many question marks', () => {
    const { sql, params } = serverParameters('WHERE a IN (?) AND b = ?', [[1, 2], true])
    expect(sql).toBe('WHERE a IN (?, ?) AND b = ?')
    expect(params.map(({ index, value }) => [index, value])).toEqual([
      [1, '1'],
      [2, '2'],
      [3, 'true'],
    ])
  })

  test.each<[ScalarParameter, string, string]>([
    ["it's \\ 😀", 'STRING', "it's \\ 😀"],
    [0.5, 'DOUBLE', '0.5'],
    [-0, 'DOUBLE', '-0e0'],
    [-3, 'LONG', '-3'],
    [2n ** 63n - 1n, 'LONG', '9223372036854775807'],
    [2n ** 63n, 'DECIMAL128', '9223372036854775808'],
    [null, 'NULL', ''],
    [new Date(0), 'TIMESTAMP_TZ', '1970-01-01 00:00:00.000+00:00'],
    [new Uint8Array([255]), 'BINARY', 'FF'],
  ])('%o is sent as %s %s', (value, type, text) => {
    expect(serverParameters('?', [value]).params).toEqual([{ index: 1, type, value: text }])
  })

  test('without parameters nothing is bound', () => {
    expect(serverParameters('SELECT 1')).toEqual({ sql: 'SELECT 1', params: [] })
  })
})
