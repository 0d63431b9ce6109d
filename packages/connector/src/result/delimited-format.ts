import { type Cell, cellText, type TextFormat, type TextRow } from './text-format.ts'

interface Dialect {
  readonly delimiter: string
  readonly null: string
  readonly write: (text: string) => string
}

/** Matches values that must be quoted, including the empty string, because an empty field means NULL. */
const CSV_SPECIAL = /[",\r\n]|^$|^\s|\s$/

const CSV: Dialect = {
  delimiter: ',',
  null: '',
  write: (text) => (CSV_SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text),
}

const TSV_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' }

const TSV: Dialect = {
  delimiter: '\t',
  null: '\\N',
  write: (text) => text.replace(/[\t\n\r\\]/g, (character) => TSV_ESCAPES[character]!),
}

export interface DelimitedOptions {
  /** Whether the first line has the column names. @default true */
  readonly header?: boolean
}

/** Writes CSV (RFC 4180 with LF line breaks): NULL is an empty field, and an empty string is `""`. */
export function csvFormat(options: DelimitedOptions = {}): TextFormat {
  return delimitedFormat(CSV, options)
}

/** Writes tab-separated values: a backslash escapes tab, LF, CR and backslash, and NULL is `\N`. */
export function tsvFormat(options: DelimitedOptions = {}): TextFormat {
  return delimitedFormat(TSV, options)
}

function delimitedFormat(
  { delimiter, null: nullText, write }: Dialect,
  { header = true }: DelimitedOptions,
): TextFormat {
  const writeCell = (cell: Cell) => (cell === null ? nullText : write(cellText(cell)))
  const line = (row: TextRow) => `${row.map(writeCell).join(delimiter)}\n`
  return {
    head: (columns) => (header ? line(columns.map(({ name }) => name)) : ''),
    rows: (rows) => rows.map(line).join(''),
    tail: () => '',
  }
}
