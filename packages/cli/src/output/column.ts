import type { Field } from 'e6data-connector'
import type { TextColumn } from 'e6data-connector/wire'

/** A displayed column of a result. */
export interface Column extends TextColumn {
  /** Whether its values are right-aligned. */
  readonly isNumber: boolean
}

const NUMBERS: ReadonlySet<string> = new Set([
  'LONG',
  'INTEGER',
  'INT',
  'SHORT',
  'BYTE',
  'DOUBLE',
  'FLOAT',
  'DECIMAL128',
])

/** @param keys the names of the columns in rows. @default the fields' names */
export function columnsOf(fields: readonly Field[], keys?: readonly string[]): Column[] {
  return fields.map(({ name, type }, index) => ({
    key: keys?.[index] ?? name,
    name,
    type,
    isNumber: NUMBERS.has(type),
  }))
}
