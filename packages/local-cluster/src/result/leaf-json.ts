import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api'

/**
 * A value that is not nested, as JSON. Integers of any width and decimals are written with all their digits; what JSON
 * has no number for (NaN, infinities) and everything temporal is a string; bytes are a string of hexadecimal digits.
 */
export function leafJson(value: DuckDBValue): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? jsonNumber(value) : JSON.stringify(String(value))
  if (value instanceof DuckDBDecimalValue) return value.toString()
  if (value instanceof DuckDBUnionValue) return leafJson(value.value)
  return JSON.stringify(leafText(value))
}

/** `JSON.stringify` drops the sign of negative zero. */
function jsonNumber(value: number): string {
  return Object.is(value, -0) ? '-0.0' : JSON.stringify(value)
}

/** A value as the text that stands for it: timestamps in ISO 8601, bytes in hexadecimal, the rest as DuckDB spells it. */
export function leafText(value: DuckDBValue): string {
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex')
  if (value instanceof DuckDBTimestampTZValue) return `${isoTimestamp(new DuckDBTimestampValue(value.micros))}Z`
  if (
    value instanceof DuckDBTimestampValue ||
    value instanceof DuckDBTimestampSecondsValue ||
    value instanceof DuckDBTimestampMillisecondsValue ||
    value instanceof DuckDBTimestampNanosecondsValue
  ) {
    return isoTimestamp(value)
  }
  return String(value)
}

function isoTimestamp(value: { toString(): string }): string {
  return value.toString().replace(' ', 'T')
}
