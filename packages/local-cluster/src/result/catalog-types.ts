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

/** What the catalog calls a type that results give another name (`docs/protocol.md`, names of types in the catalog). */
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

/** Digits of the integers that travel as decimals. */
const INTEGER_DIGITS: Readonly<Partial<Record<DuckDBTypeId, number>>> = {
  [DuckDBTypeId.UBIGINT]: 20,
  [DuckDBTypeId.HUGEINT]: 38,
}

/** A type as the catalog names it: `long`, `decimal(7,2)`, `array<int>`, `struct<a:int,b:varchar>`. */
export function catalogTypeName(type: DuckDBType): string {
  const engineType = engineTypeName(type)
  const name = NAMES[engineType]
  const digits = INTEGER_DIGITS[type.typeId]
  if (digits !== undefined) return `${name}(${digits},0)`
  if (type instanceof DuckDBDecimalType) return `${name}(${type.width},${type.scale})`
  // What is nested in DuckDB may travel as something else: a timestamp that keeps its zone.
  if (engineType !== 'ARRAY' && engineType !== 'MAP' && engineType !== 'STRUCT') return name
  return `${name}<${partsOf(type).join(',')}>`
}

function partsOf(type: DuckDBType): string[] {
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) return [catalogTypeName(type.valueType)]
  if (type instanceof DuckDBMapType) return [type.keyType, type.valueType].map(catalogTypeName)
  if (!(type instanceof DuckDBStructType)) return []
  return type.entryNames.map((name, index) => `${name}:${catalogTypeName(type.entryTypes[index]!)}`)
}
