import { csvFormat, jsonFormat, ndjsonFormat, type TextFormat, tsvFormat } from 'e6data-connector/wire'
import type { Style } from '../style.ts'
import type { FormatName } from '../table/format-names.ts'
import type { Column } from './column.ts'
import { markdownFormat } from './markdown-format.ts'
import { tableFormat } from './table-format.ts'
import { verticalFormat } from './vertical-format.ts'

export interface FormatOptions {
  readonly style: Style
  /** The width of the terminal in columns; `undefined` for other outputs. */
  readonly width: number | undefined
  /** Whether csv and tsv start with the column names. */
  readonly header: boolean
  /** Whether json writes large numbers as numbers. */
  readonly jsonNumbers: boolean
  /** Called when a value was cut to fit. */
  readonly onCut?: () => void
}

export type TextFormatName = Exclude<FormatName, 'arrow' | 'parquet'>

type MakeFormat = (options: FormatOptions) => TextFormat<Column>

const MAKE: Readonly<Record<TextFormatName, MakeFormat>> = {
  table: tableFormat,
  vertical: verticalFormat,
  csv: csvFormat,
  tsv: tsvFormat,
  json: ({ jsonNumbers }) => jsonFormat({ numbers: jsonNumbers }),
  ndjson: ({ jsonNumbers }) => ndjsonFormat({ numbers: jsonNumbers }),
  markdown: markdownFormat,
}

export function isTextFormat(name: FormatName): name is TextFormatName {
  return name in MAKE
}

export function makeTextFormat(name: TextFormatName, options: FormatOptions): TextFormat<Column> {
  return MAKE[name](options)
}

const BY_EXTENSION: Readonly<Record<string, FormatName>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.md': 'markdown',
  '.arrow': 'arrow',
  '.arrows': 'arrow',
  '.parquet': 'parquet',
}

/** The format for the extension of a file name. */
export function formatOfFile(path: string): FormatName | undefined {
  return BY_EXTENSION[/\.[a-z]+$/i.exec(path)?.[0].toLowerCase() ?? '']
}
