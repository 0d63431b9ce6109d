/** The type names in result metadata, which vectors may also represent (`protocol.md`, result metadata). */
export const TYPE_NAMES = [
  'LONG',
  'INTEGER',
  'INT',
  'SHORT',
  'BYTE',
  'DOUBLE',
  'FLOAT',
  'BOOLEAN',
  'STRING',
  'CHAR',
  'BINARY',
  'DATE',
  'DATETIME',
  'TIMESTAMP',
  'TIMESTAMP_TZ',
  'DECIMAL128',
  'ARRAY',
  'MAP',
  'STRUCT',
  'NULL',
  'INTERVAL_DAY_SECOND',
] as const

/** A type name in result metadata. */
export type TypeName = (typeof TYPE_NAMES)[number]

/** The layout of decoded values of a type; each family has one column class and one encoder. */
export type Family =
  | 'int64'
  | 'int32'
  | 'float64'
  | 'boolean'
  | 'text'
  | 'nested'
  | 'binary'
  | 'date'
  | 'timestamp'
  | 'timestamp-tz'
  | 'decimal'
  | 'null'
  | 'interval'

export interface TypeFacts {
  readonly family: Family
  /** The number of the vector type on the wire (`VectorType`). */
  readonly vectorType: number
}

export const TYPE_TABLE = {
  LONG: { family: 'int64', vectorType: 6 },
  INTEGER: { family: 'int32', vectorType: 5 },
  INT: { family: 'int32', vectorType: 5 },
  SHORT: { family: 'int32', vectorType: 5 },
  BYTE: { family: 'int32', vectorType: 5 },
  DOUBLE: { family: 'float64', vectorType: 2 },
  FLOAT: { family: 'float64', vectorType: 3 },
  BOOLEAN: { family: 'boolean', vectorType: 1 },
  STRING: { family: 'text', vectorType: 7 },
  CHAR: { family: 'text', vectorType: 7 },
  BINARY: { family: 'binary', vectorType: 0 },
  DATE: { family: 'date', vectorType: 8 },
  DATETIME: { family: 'timestamp', vectorType: 9 },
  TIMESTAMP: { family: 'timestamp', vectorType: 10 },
  TIMESTAMP_TZ: { family: 'timestamp-tz', vectorType: 15 },
  DECIMAL128: { family: 'decimal', vectorType: 16 },
  ARRAY: { family: 'nested', vectorType: 13 },
  MAP: { family: 'nested', vectorType: 12 },
  STRUCT: { family: 'nested', vectorType: 11 },
  NULL: { family: 'null', vectorType: 14 },
  INTERVAL_DAY_SECOND: { family: 'interval', vectorType: 17 },
} as const satisfies Record<TypeName, TypeFacts>

/** The vector types by number; `unsupported` ones are known by name but cannot be read. */
export const VECTOR_TYPES: Readonly<
  Record<number, { readonly name: string; readonly family: Family | 'unsupported' }>
> = {
  0: { name: 'BINARY', family: 'binary' },
  1: { name: 'BOOLEAN', family: 'boolean' },
  2: { name: 'DOUBLE', family: 'float64' },
  3: { name: 'FLOAT', family: 'float64' },
  4: { name: 'INT96', family: 'unsupported' },
  5: { name: 'INTEGER', family: 'int32' },
  6: { name: 'LONG', family: 'int64' },
  7: { name: 'STRING', family: 'text' },
  8: { name: 'DATE', family: 'date' },
  9: { name: 'DATETIME', family: 'timestamp' },
  10: { name: 'TIMESTAMP', family: 'timestamp' },
  11: { name: 'STRUCT', family: 'nested' },
  12: { name: 'MAP', family: 'nested' },
  13: { name: 'ARRAY', family: 'nested' },
  14: { name: 'NULL', family: 'null' },
  15: { name: 'TIMESTAMP_TZ', family: 'timestamp-tz' },
  16: { name: 'DECIMAL128', family: 'decimal' },
  17: { name: 'INTERVAL_DAY_SECOND', family: 'interval' },
}

export function isTypeName(name: string): name is TypeName {
  return Object.hasOwn(TYPE_TABLE, name)
}

/** Returns the facts about a type name in the metadata; `undefined` for unknown names. */
export function typeFacts(name: string): TypeFacts | undefined {
  return isTypeName(name) ? TYPE_TABLE[name] : undefined
}
