import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api'

/**
 * A nested value as JSON text. Integers of any width and decimals are written with all their digits; what JSON has no
 * number for (NaN, infinities) and everything temporal is a string; bytes are a string of hex digits.
 */
export function nestedJson(value: DuckDBValue): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? jsonNumber(value) : JSON.stringify(String(value))
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return `[${value.items.map(nestedJson).join(',')}]`
  }
  if (value instanceof DuckDBStructValue) {
    return `{${Object.entries(value.entries)
      .map(([name, field]) => `${JSON.stringify(name)}:${nestedJson(field)}`)
      .join(',')}}`
  }
  if (value instanceof DuckDBMapValue) {
    return `{${value.entries.map(({ key, value: entry }) => `${mapKey(key)}:${nestedJson(entry)}`).join(',')}}`
  }
  if (value instanceof DuckDBDecimalValue) return value.toString()
  if (value instanceof DuckDBBlobValue) return `"${Buffer.from(value.bytes).toString('hex')}"`
  if (value instanceof DuckDBUnionValue) return nestedJson(value.value)
  return JSON.stringify(plainText(value))
}

/** `JSON.stringify` drops the sign of negative zero. */
function jsonNumber(value: number): string {
  return Object.is(value, -0) ? '-0.0' : JSON.stringify(value)
}

/** JSON names are strings, whatever type a map's keys have. */
function mapKey(key: DuckDBValue): string {
  return typeof key === 'string' ? JSON.stringify(key) : JSON.stringify(plainText(key))
}

/** A value as the text that stands for it outside JSON: timestamps in ISO 8601, the rest as DuckDB spells it. */
export function plainText(value: DuckDBValue): string {
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
