import type { Buffer } from 'node:buffer'
import { DecodeError } from '../errors.ts'
import type { Family } from '../types/type-table.ts'
import {
  DateNumberVector,
  Float64NumberVector,
  Int32NumberVector,
  Int64NumberVector,
  IntervalNumberVector,
  TimestampNumberVector,
} from './number-vectors.ts'
import { ReceivedNumbers } from './received-numbers.ts'
import { DATA } from './thrift.ts'
import type { TextVector, Vector, VectorFacts } from './vector.ts'
import type { ScannedData } from './vector-scan.ts'
import type { VectorSource } from './vector-source.ts'
import { readZones, UTC_ONLY } from './zone-column.ts'

/** The layout of all vectors, and the number of values to read: one when constant. */
interface Layout {
  readonly facts: VectorFacts
  readonly data: ScannedData
  readonly valueCount: number
}

/** Longer decimals have more digits than any type of the engine. */
const LONGEST_DECIMAL_BYTES = 32
/** A larger scale is hostile: each value would become that many digits. */
const WIDEST_SCALE = 76

export const VECTOR_READERS: Readonly<Record<Family, (source: VectorSource) => Vector>> = {
  int64: numberReader(Int64NumberVector, [DATA.int64Data, DATA.numericConstantData]),
  int32: (source) =>
    withLayout(source, [DATA.int32Data, DATA.numericConstantData], ({ facts, data, valueCount }) => {
      const at = data.member === DATA.numericConstantData ? lowHalf(source, data.at) : data.at
      return new Int32NumberVector(facts, numbers(source, at, valueCount))
    }),
  float64: numberReader(Float64NumberVector, [DATA.float64Data, DATA.float32Data, DATA.numericDecimalConstantData]),
  boolean: (source) =>
    withLayout(source, [DATA.boolData, DATA.boolConstantData], (layout) => ({
      kind: 'boolean',
      ...layout.facts,
      values: source.reader.plainBytes(layout.data.at, layout.valueCount),
    })),
  text: (source) => textVector(source, 'text'),
  nested: (source) => textVector(source, 'nested'),
  binary: (source) => textVector(source, 'binary'),
  date: numberReader(DateNumberVector, [DATA.dateData, DATA.dateConstantData]),
  timestamp: (source) =>
    withLayout(
      source,
      [DATA.timeData, DATA.timeConstantData],
      ({ facts, data, valueCount }) => new TimestampNumberVector(facts, numbers(source, data.at, valueCount), UTC_ONLY),
    ),
  'timestamp-tz': (source) =>
    withLayout(source, [DATA.timeData, DATA.timeConstantData], ({ facts, data, valueCount }) => {
      const zones = readZones(source, data.zones, facts.nulls, valueCount)
      return new TimestampNumberVector(facts, numbers(source, data.at, valueCount), zones)
    }),
  decimal: (source) =>
    withLayout(source, [DATA.decimal128Data, DATA.numericDecimal128ConstantData], (layout) =>
      decimalVector(source, layout),
    ),
  null: (source) => nullVector(source),
  interval: numberReader(IntervalNumberVector, [DATA.int64Data, DATA.numericConstantData]),
}

/** Reads numbers in wire format from one of these members. */
function numberReader(
  NumberVector: new (facts: VectorFacts, received: ReceivedNumbers) => Vector,
  members: readonly number[],
): (source: VectorSource) => Vector {
  return (source) =>
    withLayout(
      source,
      members,
      ({ facts, data, valueCount }) => new NumberVector(facts, numbers(source, data.at, valueCount)),
    )
}

function withLayout(source: VectorSource, members: readonly number[], build: (layout: Layout) => Vector): Vector {
  const { reader, field, scanned, rowCount } = source
  const { data, nullCount, nullsAt } = scanned
  if (data === undefined || data.member === DATA.nullConstantData) {
    if (data === undefined && !allNull(source)) throw new DecodeError(`column "${field.name}" has no values`)
    return nullVector(source)
  }
  if (!members.includes(data.member) || data.count === 0) {
    throw new DecodeError(`column "${field.name}" (${field.type}) has its values in the wrong place (${data.member})`)
  }
  const constant = data.count < 0 || (scanned.constant && data.count < rowCount)
  const size = scanned.size < 0 ? rowCount : scanned.size
  if (!constant && data.count !== size) {
    throw new DecodeError(`column "${field.name}" has ${data.count} values for a size of ${size}`)
  }
  if (nullCount > 1 && nullCount !== size) {
    throw new DecodeError(`column "${field.name}" has ${nullCount} null flags for a size of ${size}`)
  }
  if (nullCount === 1 && rowCount > 1 && !constant && !scanned.constant) {
    throw new DecodeError(`column "${field.name}" has ${nullCount} null flags for a size of ${size}`)
  }
  if (nullCount === 1 && (constant || scanned.constant)) {
    if (reader.bytes[nullsAt] !== 0) return nullVector(source)
  } else if (constant && nullCount > 1 && !allZero(reader.bytes, nullsAt, rowCount)) {
    if (allNull(source)) return nullVector(source)
    throw new DecodeError(`column "${field.name}" is constant, but its null flags are not`)
  }
  const marked = !constant && nullCount >= rowCount && !allZero(reader.bytes, nullsAt, rowCount)
  return build({
    facts: {
      name: field.name,
      type: source.typeName,
      rowCount,
      constant,
      nulls: marked ? reader.plainBytes(nullsAt, rowCount) : undefined,
    },
    data,
    valueCount: constant ? 1 : rowCount,
  })
}

function nullVector({ field, rowCount, typeName }: VectorSource): Vector {
  return { kind: 'null', name: field.name, type: typeName, rowCount, constant: true, nulls: undefined }
}

function allNull({ reader, scanned, rowCount }: VectorSource): boolean {
  const marks = scanned.nullCount === 1 && scanned.constant ? 1 : rowCount
  if (scanned.nullCount < marks) return false
  return !reader.bytes.subarray(scanned.nullsAt, scanned.nullsAt + marks).includes(0)
}

/** Compares the bytes with themselves shifted by one, which native code does at memory speed. */
function allZero(bytes: Buffer, at: number, count: number): boolean {
  if (bytes[at] !== 0) return false
  return count === 1 || bytes.compare(bytes, at, at + count - 1, at + 1, at + count) === 0
}

function numbers({ reader }: VectorSource, at: number, count: number): ReceivedNumbers {
  return new ReceivedNumbers(reader.view, at, count)
}

/** The offset of the 32-bit half of a constant that is sent as 64 bits. */
function lowHalf({ reader, field }: VectorSource, at: number): number {
  const value = reader.view.getBigInt64(at)
  if (value === BigInt.asIntN(32, value)) return at + 4
  throw new DecodeError(`column "${field.name}" (${field.type}) has ${value}, which is not a 32-bit integer`)
}

function textVector(source: VectorSource, kind: TextVector['kind']): Vector {
  return withLayout(source, [DATA.varcharData, DATA.varcharConstantData], ({ facts, data, valueCount }) => ({
    kind,
    ...facts,
    bytes: source.reader.received,
    starts: data.starts.subarray(0, valueCount + 1),
  }))
}

function decimalVector({ reader, field }: VectorSource, { facts, data, valueCount }: Layout): Vector {
  const { starts, scale } = data
  if (Math.abs(scale) > WIDEST_SCALE) throw new DecodeError(`column "${field.name}" has a scale of ${scale}`)
  const vector = { kind: 'decimal', ...facts, bytes: reader.received, scale } as const
  if (starts.length === 0) return { ...vector, at: data.at + 4, starts: undefined }
  for (let index = 0; index < valueCount; index++) {
    const length = starts[index + 1]! - starts[index]! - 4
    if ((length < 1 || length > LONGEST_DECIMAL_BYTES) && !facts.nulls?.[index]) {
      throw new DecodeError(`column "${field.name}" has a decimal of ${length} bytes`)
    }
  }
  return { ...vector, at: 0, starts: starts.subarray(0, valueCount + 1) }
}
