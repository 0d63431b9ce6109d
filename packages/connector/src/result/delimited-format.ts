import { type Cell, cellText, type TextFormat, type TextRow } from './text-format.ts'

interface Dialect {
  readonly delimiter: string
  readonly null: string
  readonly write: (text: string) => string
}

/** What must be quoted. An empty string must be too, as nothing at all means NULL. */
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
  /** Whether the first line holds the names of the columns. @default true */
  readonly header?: boolean
}

/** RFC 4180, with LF as the line break: NULL is an empty field, and an empty string is `""`. */
export function csvFormat(options: DelimitedOptions = {}): TextFormat {
  return delimitedFormat(CSV, options)
}

/** Tab-separated: tab, LF, CR and backslash are escaped by a backslash, NULL is `\N`. */
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
