import {
  DuckDBArrayType,
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'
import { type EngineTypeName, engineTypeName } from './engine-types.ts'

/**
 * The catalog's names of types that have another name in results (`docs/protocol.md`, names of types in the catalog).
 */
const NAMES: Readonly<Record<EngineTypeName, string>> = {
  LONG: 'long',
  INTEGER: 'int',
  INT: 'int',
  SHORT: 'short',
  BYTE: 'tinyint',
  DOUBLE: 'double',
  FLOAT: 'float',
  BOOLEAN: 'boolean',
  STRING: 'varchar',
  CHAR: 'char',
  BINARY: 'binary',
  DATE: 'date',
  DATETIME: 'timestamp',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_TZ: 'timestamp_tz',
  INTERVAL_DAY_SECOND: 'interval_day_second',
  DECIMAL128: 'decimal',
  ARRAY: 'array',
  MAP: 'map',
  STRUCT: 'struct',
  NULL: 'null',
}

/** Digits of the integers that are sent as decimals. */
const INTEGER_DIGITS: Readonly<Partial<Record<DuckDBTypeId, number>>> = {
  [DuckDBTypeId.UBIGINT]: 20,
  [DuckDBTypeId.HUGEINT]: 38,
}

/** Returns the catalog's name of a type: `long`, `decimal(7,2)`, `array<int>`, `struct<a:int,b:varchar>`. */
export function catalogTypeName(type: DuckDBType): string {
  const engineType = engineTypeName(type)
  const name = NAMES[engineType]
  const digits = INTEGER_DIGITS[type.typeId]
  if (digits !== undefined) return `${name}(${digits},0)`
  if (type instanceof DuckDBDecimalType) return `${name}(${type.width},${type.scale})`
  // A nested DuckDB type may be sent as another type, such as a timestamp that keeps its zone.
  if (engineType !== 'ARRAY' && engineType !== 'MAP' && engineType !== 'STRUCT') return name
  return `${name}<${partsOf(type).join(',')}>`
}

function partsOf(type: DuckDBType): string[] {
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) return [catalogTypeName(type.valueType)]
  if (type instanceof DuckDBMapType) return [type.keyType, type.valueType].map(catalogTypeName)
  if (!(type instanceof DuckDBStructType)) return []
  return type.entryNames.map((name, index) => `${name}:${catalogTypeName(type.entryTypes[index]!)}`)
}
