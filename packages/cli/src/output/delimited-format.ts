import type { Column } from './column.ts'
import { type Cell, cellText, type Row, type TextFormat } from './text-format.ts'

interface Dialect {
  readonly delimiter: string
  readonly null: string
  readonly write: (text: string) => string
}

/** What has to stand in quotes. An empty text does too, as nothing at all means NULL. */
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
  /** @default true */
  readonly header?: boolean
}

export function csvFormat(options: DelimitedOptions = {}): TextFormat {
  return delimitedFormat(CSV, options)
}

export function tsvFormat(options: DelimitedOptions = {}): TextFormat {
  return delimitedFormat(TSV, options)
}

function delimitedFormat(
  { delimiter, null: nullText, write }: Dialect,
  { header = true }: DelimitedOptions,
): TextFormat {
  const writeCell = (cell: Cell) => (cell === null ? nullText : write(cellText(cell)))
  const line = (row: Row) => `${row.map(writeCell).join(delimiter)}\n`
  return {
    head: (columns: readonly Column[]) => (header ? line(columns.map(({ name }) => name)) : ''),
    rows: (rows) => rows.map(line).join(''),
    tail: () => '',
  }
}
