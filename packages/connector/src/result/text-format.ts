import { columnNames } from './column-names.ts'
import type { Field } from './field.ts'
import type { ResultBatch } from './result-batch.ts'

/** A value as formats receive it: 64-bit integers and decimals as strings with all their digits, bytes as hex. */
export type Cell = string | number | boolean | null

export type TextRow = readonly Cell[]

/** A column of a result as formats receive it. */
export interface TextColumn {
  /** The unique name of the column in objects. */
  readonly key: string
  readonly name: string
  readonly type: string
}

/** The types used to read rows, chosen so that no format loses anything. */
export const CELL_TYPES = {
  int64: 'string',
  decimal: 'string',
  date: 'string',
  timestamp: 'string',
  interval: 'iso',
  nested: 'text',
  binary: 'hex',
} as const

/** Writes a result as text, piece by piece. An instance serves one result and may keep state. */
export interface TextFormat<Column extends TextColumn = TextColumn> {
  /** Returns the text before the first row. */
  head(columns: readonly Column[]): string
  /** Returns the text of some rows, at least one. */
  rows(rows: readonly TextRow[]): string
  /** Returns the text after the last row. */
  tail(): string
}

/** The number of rows formatted at once, which bounds the text that waits for a slow reader. */
const ROWS_AT_ONCE = 1000

/** Formats the rows of a batch as text, a thousand rows per piece. */
export function* textOfBatch(batch: ResultBatch, format: Pick<TextFormat, 'rows'>): Generator<string, void, undefined> {
  for (let from = 0; from < batch.rowCount; from += ROWS_AT_ONCE) {
    const rows = batch.toRows({ rowShape: 'array', types: CELL_TYPES, from, to: from + ROWS_AT_ONCE })
    yield format.rows(rows as unknown as TextRow[])
  }
}

export function textColumns(fields: readonly Field[]): TextColumn[] {
  const keys = columnNames(fields)
  return fields.map(({ name, type }, index) => ({ key: keys[index]!, name, type }))
}

/** The text of a value that is not null; numbers keep all their digits. */
export function cellText(cell: Exclude<Cell, null>): string {
  return Object.is(cell, -0) ? '-0' : String(cell)
}
