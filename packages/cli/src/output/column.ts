import type { Field } from 'e6data-connector'
import type { TextColumn } from 'e6data-connector/wire'

/** A column of a result as it is shown. */
export interface Column extends TextColumn {
  /** Whether its values read best flush right. */
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

/** @param keys the names the columns go by in rows; without them, the fields' own */
export function columnsOf(fields: readonly Field[], keys?: readonly string[]): Column[] {
  return fields.map(({ name, type }, index) => ({
    key: keys?.[index] ?? name,
    name,
    type,
    isNumber: NUMBERS.has(type),
  }))
}
