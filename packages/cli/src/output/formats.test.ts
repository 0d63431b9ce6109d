import type { TextRow } from 'e6data-connector/wire'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { styleFor } from '../style.ts'
import { FORMAT_NAMES } from '../table/format-names.ts'
import type { Column } from './column.ts'
import { formatOfFile, isTextFormat, makeTextFormat, type TextFormatName } from './formats.ts'

const plain = styleFor({ isTTY: false } as NodeJS.WriteStream, {})

function columns(...types: string[]): Column[] {
  return types.map((type, index) => ({
    key: `c${index}`,
    name: `c${index}`,
    type,
    isNumber: /LONG|DECIMAL|DOUBLE/.test(type),
  }))
}

/** Formats a complete result; with `pieces`, row by row. */
function written(
  name: TextFormatName,
  cols: Column[],
  rows: TextRow[],
  options: { width?: number; pieces?: 'one' | 'each' } = {},
): string {
  const format = makeTextFormat(name, { style: plain, width: options.width, header: true, jsonNumbers: false })
  const pieces = options.pieces === 'each' ? rows.map((row) => [row]) : rows.length > 0 ? [rows] : []
  return format.head(cols) + pieces.map((piece) => format.rows(piece)).join('') + format.tail()
}

const anyCell = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constant(null),
  fc.constantFrom('', ' ', '"', ',', '\t', '\n', '\r\n', '\\', '\\N', 'NULL'),
)
const anyRows = fc.array(fc.tuple(anyCell, anyCell), { minLength: 1, maxLength: 8 })
const texts = columns('STRING', 'STRING')

test.each(FORMAT_NAMES.filter(isTextFormat))(
  '%s is the same for all sizes of pieces, when widths are equal',
  (name) => {
    const rows: TextRow[] = [
      ['a', null],
      ['c', 'dddd'],
      ['e', 'ffff'],
    ]
    expect(written(name, texts, rows, { pieces: 'each' })).toBe(written(name, texts, rows))
  },
)

describe('output can be read back', () => {
  test('csv: NULL, empty strings, quotes and line breaks are distinct', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        expect(parseCsv(written('csv', texts, rows))).toEqual([['c0', 'c1'], ...rows])
      }),
    )
  })

  test('tsv', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const lines = written('tsv', texts, rows).split('\n').slice(1, -1)
        const unescaped = (field: string) =>
          field === '\\N'
            ? null
            : field.replace(/\\([tnr\\])/g, (_, code: string) => ({ t: '\t', n: '\n', r: '\r', '\\': '\\' })[code]!)
        expect(lines.map((line) => line.split('\t').map(unescaped))).toEqual(rows)
      }),
    )
  })

  test('json and ndjson', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const objects = rows.map(([c0, c1]) => ({ c0, c1 }))
        expect(JSON.parse(written('json', texts, rows, { pieces: 'each' }))).toEqual(objects)
        const lines = written('ndjson', texts, rows).split('\n').slice(0, -1)
        expect(lines.map((line) => JSON.parse(line))).toEqual(objects)
      }),
    )
  })
})

describe('json', () => {
  test.each([
    ['DOUBLE', Number.NaN, '"NaN"'],
    ['DOUBLE', -0, '"-0"'],
    ['DOUBLE', 0.1, '0.1'],
    ['LONG', '9007199254740993', '"9007199254740993"'],
    [
      'STRUCT',
      '{"a": [1, 9007199254740993, "9007199254740993"]}',
      '{"a": [1, "9007199254740993", "9007199254740993"]}',
    ],
    ['ARRAY', '[1,\n2]', '[1, 2]'],
    ['MAP', 'not json', '"not json"'],
  ])('%s %s is %s', (type, cell, text) => {
    expect(written('ndjson', columns(type), [[cell]])).toBe(`{"c0":${text}}\n`)
  })
})

describe('table', () => {
  test('no line is wider than the terminal, for all strings', () => {
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 20, max: 90 }), (rows, width) => {
        for (const line of written('table', texts, rows, { width }).split('\n'))
          expect(stringWidth(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  test('numbers are never cut, and right-aligned', () => {
    const text = written(
      'table',
      columns('LONG', 'STRING'),
      [
        ['123456789012', 'x'.repeat(50)],
        ['7', 'y'],
      ],
      { width: 30 },
    )
    expect(text).toBe(
      '           c0 │ c1\n──────────────┼───────────────\n 123456789012 │ xxxxxxxxxxxx…\n            7 │ y\n',
    )
  })

  test('a column that gets wider after its first rows keeps its width on a terminal, and is complete in a pipe', () => {
    const rows: TextRow[] = [
      ['a', 'b'],
      ['a much longer text', 'b'],
    ]
    expect(written('table', texts, rows, { width: 40, pieces: 'each' })).toContain(' a… │ b\n')
    expect(written('table', texts, rows, { pieces: 'each' })).toContain(' a much longer text │ b\n')
  })
})

test('markdown keeps cells in place, and escapes markup', () => {
  expect(written('markdown', texts, [['a|b\nc', '<b>*x*</b>']])).toBe(
    '| c0 | c1 |\n| --- | --- |\n| a\\|b<br>c | &lt;b\\>\\*x\\*&lt;/b\\> |\n',
  )
})

test.each([
  ['a.csv', 'csv'],
  ['a.b/c.JSONL', 'ndjson'],
  ['x.parquet', 'parquet'],
  ['x.txt', undefined],
  ['csv', undefined],
])('the format of %s is %s', (path, format) => {
  expect(formatOfFile(path)).toBe(format)
})

/** RFC 4180, with NULL for an empty field without quotes. */
function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = []
  let row: (string | null)[] = []
  let at = 0
  while (at < text.length) {
    let field: string | null = null
    if (text[at] === '"') {
      const end = /^"(?:[^"]|"")*"/.exec(text.slice(at))![0].length
      field = text.slice(at + 1, at + end - 1).replaceAll('""', '"')
      at += end
    } else {
      const end = /^[^,\n]*/.exec(text.slice(at))![0].length
      field = end === 0 ? null : text.slice(at, at + end)
      at += end
    }
    row.push(field)
    if (text[at] === '\n') {
      rows.push(row)
      row = []
    } else if (text[at + 1] === '\n') {
      rows.push([...row, null])
      row = []
      at += 1
    }
    at += 1
  }
  return rows
}
