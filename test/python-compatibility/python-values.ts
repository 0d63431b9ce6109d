import type { Value } from 'e6data-connector'

/** Columns that both connectors read without loss, of every type but BINARY and decimals of more than 28 digits. */
export const EVERY_TYPE =
  'SELECT order_id, customer_id, store_id, quantity, region, reference, amount, discount, weight_kg, express, ' +
  'ordered_on, ordered_at, shipped_at, delivered_at, note, tags, address, loyalty ' +
  'FROM orders WHERE order_id < 500 ORDER BY order_id'

const SIX_DIGITS_OF_A_SECOND = /(?<=T\d{2}:\d{2}:\d{2}\.\d{3})\d{3}/

/**
 * A value of ours as the Python connector gives it and Python's `str` writes it: booleans by name, times cut to
 * milliseconds, decimals without the zeros at their end, and whole doubles with one.
 */
export function asPythonWrites(value: Value, type: string): string | null {
  if (value === null) return null
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (type === 'DECIMAL128') return String(value).replace(/\.?0+$/, '')
  if (type === 'DOUBLE' || type === 'FLOAT') return Number.isInteger(value) ? `${value}.0` : String(value)
  return typeof value === 'string' ? value.replace(SIX_DIGITS_OF_A_SECOND, '') : String(value)
}
