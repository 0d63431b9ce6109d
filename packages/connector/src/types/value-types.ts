import type { TypeName } from './type-table.ts'

/** The JavaScript types of column values in rows. The defaults lose nothing. */
export interface TypeOptions {
  /** LONG. `number` throws `ValueRangeError` for a value it cannot represent exactly. @default 'bigint' */
  readonly int64?: 'bigint' | 'number' | 'string'
  /** DECIMAL128. `string` keeps every digit and the scale; `number` is the nearest double. @default 'string' */
  readonly decimal?: 'string' | 'number'
  /**
   * DATE. `string` is ISO 8601 (`2026-02-12`, years outside 0 to 9999 with a sign); `date` is a `Date` at midnight UTC,
   * or `ValueRangeError` beyond its range; `micros` is a `bigint` since 1970-01-01. @default 'string'
   */
  readonly date?: 'string' | 'date' | 'micros'
  /**
   * DATETIME, TIMESTAMP, TIMESTAMP_TZ. `string` has six digits of a second and the row's own offset; `date` is a `Date`
   * (milliseconds, rounded down; no offset), or `ValueRangeError` beyond its range; `micros` is a `bigint`.
   * @default 'string'
   */
  readonly timestamp?: 'string' | 'date' | 'micros'
  /**
   * INTERVAL_DAY_SECOND. `iso` is an ISO 8601 duration of days and shorter units, with six digits where a second has a
   * fraction (`P2DT0.000001S`, `-PT3H`); `micros` is a `bigint` of microseconds. @default 'iso'
   */
  readonly interval?: 'iso' | 'micros'
  /**
   * ARRAY, MAP, STRUCT. `text` is the engine's JSON; `parsed` is that JSON as values: integers that a number cannot
   * represent exactly follow the `int64` option, and decimals that it cannot represent are strings. @default 'text'
   */
  readonly nested?: 'text' | 'parsed'
  /** BINARY. `bytes` is a `Uint8Array` with its own memory. @default 'bytes' */
  readonly binary?: 'bytes' | 'hex' | 'base64'
  /**
   * DOUBLE, FLOAT. `tagged` makes values that JSON lacks strings: `NaN`, `Infinity`, `-Infinity`, `-0`. @default
   * 'number'
   */
  readonly float?: 'number' | 'tagged'
}

/** The forms that values can have, by group of column types. */
export const TYPE_CHOICES = {
  int64: ['bigint', 'number', 'string'],
  decimal: ['string', 'number'],
  date: ['string', 'date', 'micros'],
  timestamp: ['string', 'date', 'micros'],
  interval: ['iso', 'micros'],
  nested: ['text', 'parsed'],
  binary: ['bytes', 'hex', 'base64'],
  float: ['number', 'tagged'],
} as const satisfies { readonly [Group in keyof TypeOptions]-?: readonly NonNullable<TypeOptions[Group]>[] }

/** Types for rows that `JSON.stringify` writes without loss. */
export const JSON_TYPES = {
  int64: 'string',
  decimal: 'string',
  date: 'string',
  timestamp: 'string',
  interval: 'iso',
  nested: 'parsed',
  binary: 'hex',
  float: 'tagged',
} as const satisfies TypeOptions

/** A parsed ARRAY, MAP or STRUCT. */
export type NestedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly NestedValue[]
  | { readonly [key: string]: NestedValue }

/**
 * The type of a value: the one of `Forms` that the options `O` select for a group of types. If the options are not
 * known exactly, every form they may select, and the default.
 */
export type Choice<
  O extends object,
  Group extends keyof TypeOptions,
  Forms extends object,
  Default extends keyof Forms,
> = (
  Group extends keyof O
    ? O[Group] extends keyof Forms
      ? O[Group]
      : O[Group] | Default
    : Default
) extends infer Form
  ? Form extends keyof Forms
    ? Forms[Form]
    : never
  : never

/** The type of a LONG in a row read with the options `O`. */
export type Int64Value<O extends object> = Choice<
  O,
  'int64',
  { bigint: bigint; number: number; string: string },
  'bigint'
>
/** The type of a DECIMAL128 in a row read with the options `O`. */
export type DecimalValue<O extends object> = Choice<O, 'decimal', { string: string; number: number }, 'string'>
/** The type of a DATE in a row read with the options `O`. */
export type DateValue<O extends object> = Choice<O, 'date', { string: string; date: Date; micros: bigint }, 'string'>
/** The type of a DATETIME, TIMESTAMP or TIMESTAMP_TZ in a row read with the options `O`. */
export type TimestampValue<O extends object> = Choice<
  O,
  'timestamp',
  { string: string; date: Date; micros: bigint },
  'string'
>
/** The type of an INTERVAL_DAY_SECOND in a row read with the options `O`. */
export type IntervalValue<O extends object> = Choice<O, 'interval', { iso: string; micros: bigint }, 'iso'>
/** The type of an ARRAY, MAP or STRUCT in a row read with the options `O`. */
export type NestedColumnValue<O extends object> = Choice<O, 'nested', { text: string; parsed: NestedValue }, 'text'>
/** The type of a BINARY in a row read with the options `O`. */
export type BinaryValue<O extends object> = Choice<
  O,
  'binary',
  { bytes: Uint8Array; hex: string; base64: string },
  'bytes'
>
/** The type of a DOUBLE or FLOAT in a row read with the options `O`. */
export type FloatValue<O extends object> = Choice<O, 'float', { number: number; tagged: number | string }, 'number'>

/** The JavaScript type of a non-null value of type `T` in a row read with the options `O`. */
export type ValueOfType<T extends TypeName, O extends object = Record<never, never>> = T extends 'LONG'
  ? Int64Value<O>
  : T extends 'INTEGER' | 'INT' | 'SHORT' | 'BYTE'
    ? number
    : T extends 'DOUBLE' | 'FLOAT'
      ? FloatValue<O>
      : T extends 'BOOLEAN'
        ? boolean
        : T extends 'STRING' | 'CHAR'
          ? string
          : T extends 'BINARY'
            ? BinaryValue<O>
            : T extends 'DATE'
              ? DateValue<O>
              : T extends 'DATETIME' | 'TIMESTAMP' | 'TIMESTAMP_TZ'
                ? TimestampValue<O>
                : T extends 'DECIMAL128'
                  ? DecimalValue<O>
                  : T extends 'ARRAY' | 'MAP' | 'STRUCT'
                    ? NestedColumnValue<O>
                    : T extends 'INTERVAL_DAY_SECOND'
                      ? IntervalValue<O>
                      : null

/** Any value in a row read with the options `O`. */
export type Value<O extends object = Record<never, never>> = ValueOfType<TypeName, O> | null

/** A row as an object with unknown columns. */
export type ObjectRow<O extends object = Record<never, never>> = { [column: string]: Value<O> }

/** A row as an array of values in column order. */
export type ArrayRow<O extends object = Record<never, never>> = Value<O>[]

/** A row as an object with known column types: `RowOf<{ id: 'LONG'; name: 'STRING' }>`. */
export type RowOf<
  Columns extends { readonly [Name in keyof Columns]: TypeName },
  O extends object = Record<never, never>,
> = {
  [Name in keyof Columns]: ValueOfType<Columns[Name], O> | null
}

/** Whether rows are objects keyed by column name, or arrays in column order. */
export type RowShape = 'object' | 'array'

/** The `types` of options; no types if they have none. */
export type TypesOf<Options extends { readonly types?: TypeOptions | undefined }> = Options['types'] extends TypeOptions
  ? Options['types']
  : Record<never, never>

/** The type of a row with unknown columns. An object, if the shape is not known exactly. */
export type DefaultRow<Types extends object, Shape extends RowShape> = [Shape] extends ['array']
  ? ArrayRow<Types>
  : ObjectRow<Types>

/** The `types` of a statement, completed by those of its connection. */
export type MergedTypes<Base extends object, Own extends object> = {
  readonly [Group in keyof Base | keyof Own]: Group extends keyof Own
    ? undefined extends Own[Group]
      ? Group extends keyof Base
        ? Base[Group]
        : undefined
      : Own[Group]
    : Group extends keyof Base
      ? Base[Group]
      : never
}

/**
 * A row of a statement: `Row` if the program names it, otherwise the type that the options of the statement and its
 * connection imply. Options with the widest possible types imply nothing.
 */
export type StatementRow<
  Row,
  BaseTypes extends object,
  BaseShape extends RowShape,
  OwnTypes extends object,
  OwnShape extends RowShape,
> = [Row] extends [never]
  ? DefaultRow<MergedTypes<BaseTypes, OwnTypes>, RowShape extends OwnShape ? BaseShape : OwnShape>
  : Row
