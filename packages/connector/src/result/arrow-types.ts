import { isTypeName, type TypeName } from '../types/type-table.ts'
import type { Field } from './field.ts'
import type { Node, Slot } from './flatbuffer.ts'
import type { Vector } from './vector.ts'

/** The Arrow representation of a column, decided once per stream. */
export type ArrowType =
  | { readonly kind: 'null' | 'int64' | 'int32' | 'float64' | 'boolean' | 'date' | 'duration' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'text'; readonly dictionary: boolean }
  | { readonly kind: 'timestamp'; readonly zone: string }
  | { readonly kind: 'decimal'; readonly scale: number }

export const DECIMAL_PRECISION = 38
const DECIMAL_BITS = 128
const DOUBLE_PRECISION = 2
const DAYS = 0
const MICROSECONDS = 2

/** Numbers of the union that holds a field's type, from Arrow's `Schema.fbs`. */
const UNION = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  text: 5,
  boolean: 6,
  decimal: 7,
  date: 8,
  timestamp: 10,
  duration: 18,
} as const

/**
 * FLOAT stays a double, as on the wire: a value may not fit a smaller type. TIMESTAMP_TZ keeps the instant. Arrow has
 * one zone per column, so the zone is the one in the metadata, or UTC.
 */
const TYPES: Readonly<Record<TypeName, (field: Field, vector: Vector | undefined) => ArrowType>> = {
  LONG: () => ({ kind: 'int64' }),
  INTEGER: () => ({ kind: 'int32' }),
  INT: () => ({ kind: 'int32' }),
  SHORT: () => ({ kind: 'int32' }),
  BYTE: () => ({ kind: 'int32' }),
  DOUBLE: () => ({ kind: 'float64' }),
  FLOAT: () => ({ kind: 'float64' }),
  BOOLEAN: () => ({ kind: 'boolean' }),
  STRING: textType,
  CHAR: textType,
  ARRAY: textType,
  MAP: textType,
  STRUCT: textType,
  BINARY: () => ({ kind: 'binary' }),
  DATE: () => ({ kind: 'date' }),
  DATETIME: () => ({ kind: 'timestamp', zone: 'UTC' }),
  TIMESTAMP: () => ({ kind: 'timestamp', zone: 'UTC' }),
  TIMESTAMP_TZ: ({ zone }) => ({ kind: 'timestamp', zone: zone === '' || zone === 'Z' ? 'UTC' : zone }),
  DECIMAL128: (_, vector) => ({ kind: 'decimal', scale: vector?.kind === 'decimal' ? vector.scale : 0 }),
  NULL: () => ({ kind: 'null' }),
  INTERVAL_DAY_SECOND: () => ({ kind: 'duration' }),
}

function textType(_: Field, vector: Vector | undefined): ArrowType {
  return { kind: 'text', dictionary: vector !== undefined && vector.kind !== 'null' && vector.constant }
}

/** Returns the Arrow type of a column. The vector of the first batch refines what the metadata says. */
export function arrowType(field: Field, vector: Vector | undefined): ArrowType {
  const name = vector !== undefined && vector.kind !== 'null' ? vector.type : field.type
  return isTypeName(name) ? TYPES[name](field, vector) : { kind: 'null' }
}

/** A field of Arrow's `Schema.fbs`. A dictionary has the number of its column. */
export function arrowField(name: string, type: ArrowType, index: number): Node {
  const [union, slots] = typeSlots(type)
  const dictionary =
    type.kind === 'text' && type.dictionary
      ? { table: [{ int64: index }, { refers: { table: [{ int32: 32 }, { int8: 1 }] } }] as const }
      : undefined
  return {
    table: [
      { refers: { text: name } },
      { int8: 1 },
      { int8: union },
      { refers: { table: slots } },
      dictionary && { refers: dictionary },
      { refers: { list: [] } },
    ],
  }
}

function typeSlots(type: ArrowType): [union: number, slots: readonly Slot[]] {
  switch (type.kind) {
    case 'null':
      return [UNION.null, []]
    case 'int64':
      return [UNION.int, [{ int32: 64 }, { int8: 1 }]]
    case 'int32':
      return [UNION.int, [{ int32: 32 }, { int8: 1 }]]
    case 'float64':
      return [UNION.float, [{ int16: DOUBLE_PRECISION }]]
    case 'boolean':
      return [UNION.boolean, []]
    case 'binary':
      return [UNION.binary, []]
    case 'text':
      return [UNION.text, []]
    case 'date':
      return [UNION.date, [{ int16: DAYS }]]
    case 'timestamp':
      return [UNION.timestamp, [{ int16: MICROSECONDS }, { refers: { text: type.zone } }]]
    case 'duration':
      return [UNION.duration, [{ int16: MICROSECONDS }]]
    case 'decimal':
      return [UNION.decimal, [{ int32: DECIMAL_PRECISION }, { int32: type.scale }, { int32: DECIMAL_BITS }]]
  }
}
