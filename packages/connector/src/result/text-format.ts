import { columnNames } from './column-names.ts'
import type { Field } from './field.ts'
import type { ResultBatch } from './result-batch.ts'

/** A value as the formats get it: 64-bit integers and decimals as strings of all their digits, bytes as hex. */
export type Cell = string | number | boolean | null

export type TextRow = readonly Cell[]

/** A column of a result as the formats get it. */
export interface TextColumn {
  /** The name it goes by in objects, where no two may have one name. */
  readonly key: string
  readonly name: string
  readonly type: string
}

/** The types that rows are read with, so that no format can lose anything. */
export const CELL_TYPES = {
  int64: 'string',
  decimal: 'string',
  date: 'string',
  timestamp: 'string',
  interval: 'iso',
  nested: 'text',
  binary: 'hex',
} as const

/** Writes a result as text, piece by piece. Each is made for one result, and may remember what it has seen of it. */
export interface TextFormat<Column extends TextColumn = TextColumn> {
  /** The text before the first row. */
  head(columns: readonly Column[]): string
  /** The text of some rows, at least one. */
  rows(rows: readonly TextRow[]): string
  /** The text after the last row. */
  tail(): string
}

/** So many rows become text at once, which bounds how much text waits for a slow reader. */
const ROWS_AT_ONCE = 1000

/** The rows of a batch as text, a piece for each thousand of them. */
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

/** The text of a value that is there; numbers with all their digits. */
export function cellText(cell: Exclude<Cell, null>): string {
  return Object.is(cell, -0) ? '-0' : String(cell)
}
