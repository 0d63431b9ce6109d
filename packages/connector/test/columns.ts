import type { EncodableColumn, TypeName } from 'e6data-connector/wire'
import fc from 'fast-check'
import { referenceDate, referenceDecimal, referenceDuration, referenceTimestamp } from './reference-text.ts'

/** A column to encode, and the expected values of its rows after decoding. */
export interface Sample {
  type: TypeName
  column: EncodableColumn
  expected: unknown[]
}

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
const INT128 = { min: -(2n ** 127n), max: 2n ** 127n - 1n }
/** Values near the limits of 64 and 128 bits, powers of ten and a million, where carries can go wrong. */
const edges = (bits: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: bits - 1 }), fc.integer({ min: -2, max: 2 }), fc.boolean(), fc.boolean())
    .map(([power, near, decimal, negative]) => {
      const base = decimal ? 10n ** BigInt(Math.floor(power * 0.3)) : 2n ** BigInt(power)
      return BigInt.asIntN(bits, (negative ? -base : base) + BigInt(near))
    })
const int64 = fc.oneof(fc.bigInt(INT64), edges(64), fc.bigInt({ min: -1000n, max: 1000n }))
const int128 = fc.oneof(fc.bigInt(INT128), edges(128), edges(64), fc.bigInt({ min: -100_000n, max: 100_000n }))
/** Instants of any age, most of them recent. */
export const micros = fc.oneof(
  fc.bigInt({ min: -62_167_219_200_000_000n, max: 253_402_300_799_999_999n }),
  fc.bigInt(INT64),
  fc.bigInt({ min: 0n, max: 2_000_000_000_000_000n }),
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
  fc.string({ unit: 'binary-ascii', minLength: 100, maxLength: 400 }),
)
const OFFSETS = {
  Z: 0,
  '+05:30': 19_800,
  '-03:30': -12_600,
  '+00:00': 0,
  '-12:00': -43_200,
  '+14:00': 50_400,
  '-00:30': -1800,
}
type OffsetName = keyof typeof OFFSETS
const offset = fc.constantFrom(...(Object.keys(OFFSETS) as OffsetName[]))

type Build<V> = (values: V[], scale: number) => Pick<Sample, 'column' | 'expected'>

/** A column of `rowCount` values with some nulls, or one constant. */
function samples<V>(
  type: TypeName,
  value: fc.Arbitrary<V>,
  build: Build<V>,
): (rowCount: number) => fc.Arbitrary<Sample> {
  return (rowCount) =>
    fc
      .record({
        constant: fc.boolean(),
        scale: fc.integer({ min: -4, max: 38 }),
        values: fc.array(value, { minLength: rowCount + 1, maxLength: rowCount + 1 }),
        nulls: fc.option(fc.uint8Array({ min: 0, max: 1, minLength: rowCount + 1, maxLength: rowCount + 1 }), {
          nil: undefined,
        }),
      })
      .map(({ constant, scale, values, nulls }) => {
        const { column, expected } = build(values, scale)
        const rows = Array.from({ length: rowCount }, (_, row) => {
          const index = constant ? 0 : row
          return nulls?.[index] === 1 ? null : expected[index]
        })
        return { type, column: { ...column, constant, ...(nulls ? { nulls } : {}) }, expected: rows }
      })
}

const int32s = (type: TypeName) =>
  samples(type, fc.integer(), (values) => ({
    column: { type, data: { kind: 'int32', values: Int32Array.from(values) } },
    expected: values,
  }))
const strings = (type: TypeName, value = text) =>
  samples(type, value, (values) => ({ column: { type, data: { kind: 'strings', values } }, expected: values }))
const json = fc.json({ maxDepth: 2 })

export const SAMPLES: Readonly<Record<TypeName, (rowCount: number) => fc.Arbitrary<Sample>>> = {
  LONG: samples('LONG', int64, (values) => ({
    column: { type: 'LONG', data: { kind: 'int64', values: BigInt64Array.from(values) } },
    expected: values,
  })),
  INTEGER: int32s('INTEGER'),
  INT: int32s('INT'),
  SHORT: int32s('SHORT'),
  BYTE: int32s('BYTE'),
  DOUBLE: samples('DOUBLE', fc.double(), (values) => ({
    column: { type: 'DOUBLE', data: { kind: 'float64', values: Float64Array.from(values) } },
    expected: values,
  })),
  FLOAT: samples('FLOAT', fc.float(), (values) => ({
    column: { type: 'FLOAT', data: { kind: 'float32', values: Float32Array.from(values) } },
    expected: values,
  })),
  BOOLEAN: samples('BOOLEAN', fc.boolean(), (values) => ({
    column: { type: 'BOOLEAN', data: { kind: 'boolean', values: Uint8Array.from(values, Number) } },
    expected: values,
  })),
  STRING: strings('STRING'),
  CHAR: samples('CHAR', text, (values) => {
    const parts = values.map((value) => Buffer.from(value))
    const offsets = new Uint32Array(parts.length + 1)
    for (const [index, part] of parts.entries()) offsets[index + 1] = offsets[index]! + part.length
    return { column: { type: 'CHAR', data: { kind: 'text', offsets, bytes: Buffer.concat(parts) } }, expected: values }
  }),
  ARRAY: strings('ARRAY', json),
  MAP: strings('MAP', json),
  STRUCT: strings('STRUCT', json),
  BINARY: samples('BINARY', fc.uint8Array({ maxLength: 30 }), (values) => ({
    column: { type: 'BINARY', data: { kind: 'bytes', values } },
    expected: values,
  })),
  DATE: samples('DATE', micros, (values) => ({
    column: { type: 'DATE', data: { kind: 'date', micros: BigInt64Array.from(values) } },
    expected: values.map(referenceDate),
  })),
  DATETIME: samples('DATETIME', micros, (values) => ({
    column: { type: 'DATETIME', data: { kind: 'timestamp', micros: BigInt64Array.from(values) } },
    expected: values.map((value) => referenceTimestamp(value)),
  })),
  TIMESTAMP: samples('TIMESTAMP', micros, (values) => ({
    column: { type: 'TIMESTAMP', data: { kind: 'timestamp', micros: BigInt64Array.from(values), zones: '+05:30' } },
    expected: values.map((value) => referenceTimestamp(value)),
  })),
  TIMESTAMP_TZ: samples('TIMESTAMP_TZ', fc.tuple(micros, offset), (values) => ({
    column: {
      type: 'TIMESTAMP_TZ',
      data: {
        kind: 'timestamp',
        micros: BigInt64Array.from(values, ([value]) => value),
        zones: values.map(([, zone]) => zone),
      },
    },
    expected: values.map(([value, zone]) => referenceTimestamp(value, OFFSETS[zone])),
  })),
  DECIMAL128: samples('DECIMAL128', int128, (unscaled, scale) => ({
    column: { type: 'DECIMAL128', data: { kind: 'decimal128', unscaled, scale } },
    expected: unscaled.map((value) => referenceDecimal(value, scale)),
  })),
  INTERVAL_DAY_SECOND: samples('INTERVAL_DAY_SECOND', int64, (values) => ({
    column: { type: 'INTERVAL_DAY_SECOND', data: { kind: 'interval', micros: BigInt64Array.from(values) } },
    expected: values.map(referenceDuration),
  })),
  NULL: (rowCount) =>
    fc.constant({
      type: 'NULL',
      column: { type: 'NULL', data: { kind: 'null' } },
      expected: Array(rowCount).fill(null),
    }),
}
