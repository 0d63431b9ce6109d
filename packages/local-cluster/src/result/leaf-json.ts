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
 * Writes a value that is not nested as JSON. Integers and decimals keep all digits. NaN, infinities and temporal values
 * are strings; bytes are a string of hexadecimal digits.
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

/** Writes a value as a string: timestamps in ISO 8601, bytes in hexadecimal, other types as DuckDB does. */
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
