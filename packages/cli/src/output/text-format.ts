import type { Column } from './column.ts'

/** A value as the formats get it: 64-bit integers and decimals as texts of all their digits, bytes as hex. */
export type Cell = string | number | boolean | null

export type Row = readonly Cell[]

/** The types that rows are read with, so that no format can lose anything. */
export const CELL_TYPES = {
  int64: 'string',
  decimal: 'string',
  date: 'string',
  timestamp: 'string',
  nested: 'text',
  binary: 'hex',
} as const

/** Writes a result as text, piece by piece. Each is made for one result, and may remember what it has seen of it. */
export interface TextFormat {
  /** What comes before the first row. */
  head(columns: readonly Column[]): string
  /** Some rows, at least one. */
  rows(rows: readonly Row[]): string
  /** What comes after the last row. */
  tail(): string
}

/** The text of a value that is there; numbers with all their digits. */
export function cellText(cell: Exclude<Cell, null>): string {
  return Object.is(cell, -0) ? '-0' : String(cell)
}
