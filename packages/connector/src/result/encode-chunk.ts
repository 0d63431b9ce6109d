import { ValueRangeError } from '../errors.ts'
import { TYPE_TABLE } from '../types/type-table.ts'
import type { ColumnData, EncodableColumn } from './encodable-column.ts'
import { CHUNK, DATA, MEMBER, THRIFT, VECTOR } from './thrift.ts'
import { ThriftWriter } from './thrift-writer.ts'

const BYTES_BESIDE_VALUES = 64
const GUESS_PER_STRING = 20

/**
 * Encodes columns as the bytes of `GetNextResultBatchResponse.resultBatch`.
 * @throws ValueRangeError when a column has fewer values than rows, or a decimal of more than 128 bits.
 */
export function encodeChunk(columns: readonly EncodableColumn[], rowCount: number): Uint8Array {
  const capacity = columns.reduce((total, column) => total + expectedBytes(column, rowCount), BYTES_BESIDE_VALUES)
  const writer = new ThriftWriter(capacity)
  writer.fieldHeader(THRIFT.i32, CHUNK.size)
  writer.i32(rowCount)
  writer.fieldHeader(THRIFT.list, CHUNK.vectors)
  writer.listHeader(THRIFT.struct, columns.length)
  for (const column of columns) writeVector(writer, column, rowCount)
  writer.stop()
  return writer.finish()
}

function writeVector(writer: ThriftWriter, column: EncodableColumn, rowCount: number): void {
  const constant = column.constant ?? false
  const sent = constant ? Math.min(rowCount, 1) : rowCount
  if (available(column.data) < sent) {
    throw new ValueRangeError(`a ${column.type} column has ${available(column.data)} values for ${sent} rows`)
  }
  writer.fieldHeader(THRIFT.i32, VECTOR.size)
  writer.i32(rowCount)
  writer.fieldHeader(THRIFT.i32, VECTOR.vectorType)
  writer.i32(TYPE_TABLE[column.type].vectorType)
  writer.fieldHeader(THRIFT.list, VECTOR.nullSet)
  writeNullSet(writer, column, constant ? 1 : rowCount)
  writer.fieldHeader(THRIFT.struct, VECTOR.data)
  if (constant || column.data.kind === 'null') writeConstant(writer, column)
  else writeValues(writer, column, rowCount)
  writer.stop()
  writer.fieldHeader(THRIFT.bool, VECTOR.isConstantVector)
  writer.byte(constant ? 1 : 0)
  writer.fieldHeader(THRIFT.string, VECTOR.zoneOffset)
  writer.string(column.zone ?? '')
  writer.fieldHeader(THRIFT.string, VECTOR.format)
  writer.string(column.format ?? '')
  writer.stop()
}

function writeNullSet(writer: ThriftWriter, { data, nulls }: EncodableColumn, count: number): void {
  writer.listHeader(THRIFT.bool, count)
  if (data.kind === 'null') {
    writer.booleans(new Uint8Array(count).fill(1))
    return
  }
  const sparse = nullableValues(data)
  if (sparse?.includes(null)) {
    const merged = new Uint8Array(count)
    for (let row = 0; row < count; row++) merged[row] = sparse[row] === null || nulls?.[row] === 1 ? 1 : 0
    writer.booleans(merged)
  } else if (nulls) {
    if (nulls.length < count) throw new ValueRangeError(`a null set of ${nulls.length} entries for ${count} rows`)
    writer.booleans(nulls.subarray(0, count))
  } else {
    writer.zeros(count)
  }
}

function nullableValues(data: ColumnData): readonly unknown[] | undefined {
  if (data.kind === 'strings' || data.kind === 'bytes') return data.values
  return data.kind === 'decimal128' ? data.unscaled : undefined
}

function member(writer: ThriftWriter, id: number, elementType: number, count: number): void {
  writer.fieldHeader(THRIFT.struct, id)
  writer.fieldHeader(THRIFT.list, MEMBER.data)
  writer.listHeader(elementType, count)
}

function writeValues(writer: ThriftWriter, { type, data }: EncodableColumn, rowCount: number): void {
  switch (data.kind) {
    case 'int64':
      member(writer, DATA.int64Data, THRIFT.i64, rowCount)
      writer.words64(data.values.subarray(0, rowCount))
      break
    case 'int32':
      member(writer, DATA.int32Data, THRIFT.i32, rowCount)
      writer.words32(data.values.subarray(0, rowCount))
      break
    case 'float64':
    case 'float32':
      member(writer, type === 'FLOAT' ? DATA.float32Data : DATA.float64Data, THRIFT.double, rowCount)
      writer.words64(asDoubles(data.values).subarray(0, rowCount))
      break
    case 'boolean':
      member(writer, DATA.boolData, THRIFT.bool, rowCount)
      writer.booleans(data.values.subarray(0, rowCount))
      break
    case 'strings':
      member(writer, DATA.varcharData, THRIFT.string, rowCount)
      writer.strings(data.values, rowCount)
      break
    case 'bytes':
      member(writer, DATA.varcharData, THRIFT.string, rowCount)
      for (let row = 0; row < rowCount; row++) writer.binary(data.values[row] ?? NO_BYTES)
      break
    case 'text':
      member(writer, DATA.varcharData, THRIFT.string, rowCount)
      writer.texts(data.offsets.subarray(0, rowCount + 1), data.bytes)
      break
    case 'date':
      member(writer, DATA.dateData, THRIFT.i64, rowCount)
      writer.words64(data.micros.subarray(0, rowCount))
      break
    case 'timestamp':
      member(writer, DATA.timeData, THRIFT.i64, rowCount)
      writer.words64(data.micros.subarray(0, rowCount))
      writeZones(writer, data.zones, rowCount)
      break
    case 'interval':
      member(writer, DATA.int64Data, THRIFT.i64, rowCount)
      writer.words64(data.micros.subarray(0, rowCount))
      break
    case 'decimal128':
      member(writer, DATA.decimal128Data, THRIFT.string, rowCount)
      writer.int128s(data.unscaled, rowCount)
      writeScale(writer, data.scale)
      break
    case 'decimal64':
      member(writer, DATA.decimal128Data, THRIFT.string, rowCount)
      writer.int64sAs128(data.unscaled, rowCount)
      writeScale(writer, data.scale)
      break
    case 'null':
      return
  }
  writer.stop()
}

function writeScale(writer: ThriftWriter, scale: number): void {
  writer.fieldHeader(THRIFT.i32, MEMBER.scale)
  writer.i32(scale)
}

function writeZones(writer: ThriftWriter, zones: readonly string[] | string | undefined, rowCount: number): void {
  if (zones === undefined) return
  writer.fieldHeader(THRIFT.list, MEMBER.zoneData)
  writer.listHeader(THRIFT.string, rowCount)
  if (typeof zones === 'string') writer.repeated(zones, rowCount)
  else writer.strings(zones, rowCount)
}

const NO_BYTES = new Uint8Array(0)

function writeConstant(writer: ThriftWriter, { data }: EncodableColumn): void {
  const open = (id: number, type: number) => {
    writer.fieldHeader(THRIFT.struct, id)
    writer.fieldHeader(type, MEMBER.data)
  }
  switch (data.kind) {
    case 'int64':
      open(DATA.numericConstantData, THRIFT.i64)
      writer.i64(data.values[0] ?? 0n)
      break
    case 'int32':
      open(DATA.numericConstantData, THRIFT.i64)
      writer.i64(BigInt(data.values[0] ?? 0))
      break
    case 'float64':
    case 'float32':
      open(DATA.numericDecimalConstantData, THRIFT.double)
      writer.double(data.values[0] ?? 0)
      break
    case 'boolean':
      open(DATA.boolConstantData, THRIFT.bool)
      writer.byte(data.values[0] ?? 0)
      break
    case 'strings':
      open(DATA.varcharConstantData, THRIFT.string)
      writer.string(data.values[0] ?? '')
      break
    case 'bytes':
      open(DATA.varcharConstantData, THRIFT.string)
      writer.binary(data.values[0] ?? NO_BYTES)
      break
    case 'text':
      open(DATA.varcharConstantData, THRIFT.string)
      writer.binary(data.bytes.subarray(data.offsets[0] ?? 0, data.offsets[1] ?? 0))
      break
    case 'date':
      open(DATA.dateConstantData, THRIFT.i64)
      writer.i64(data.micros[0] ?? 0n)
      break
    case 'timestamp': {
      open(DATA.timeConstantData, THRIFT.i64)
      writer.i64(data.micros[0] ?? 0n)
      const zone = typeof data.zones === 'string' ? data.zones : data.zones?.[0]
      if (zone !== undefined) {
        writer.fieldHeader(THRIFT.string, MEMBER.zoneData)
        writer.string(zone)
      }
      break
    }
    case 'interval':
      open(DATA.numericConstantData, THRIFT.i64)
      writer.i64(data.micros[0] ?? 0n)
      break
    case 'decimal128':
      open(DATA.numericDecimal128ConstantData, THRIFT.string)
      writer.int128s(data.unscaled, 1)
      writeScale(writer, data.scale)
      break
    case 'decimal64':
      open(DATA.numericDecimal128ConstantData, THRIFT.string)
      writer.int64sAs128(data.unscaled.slice(0, 1), 1)
      writeScale(writer, data.scale)
      break
    case 'null':
      open(DATA.nullConstantData, THRIFT.byte)
      writer.byte(0)
      break
  }
  writer.stop()
}

function asDoubles(values: Float64Array | Float32Array): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values)
}

function available(data: ColumnData): number {
  switch (data.kind) {
    case 'null':
      return Number.POSITIVE_INFINITY
    case 'text':
      return data.offsets.length - 1
    case 'date':
    case 'timestamp':
    case 'interval':
      return data.micros.length
    case 'decimal128':
    case 'decimal64':
      return data.unscaled.length
    default:
      return data.values.length
  }
}

function expectedBytes({ data, constant }: EncodableColumn, rowCount: number): number {
  const rows = constant ? 1 : rowCount
  const text = data.kind === 'text' ? data.bytes.length : 0
  return BYTES_BESIDE_VALUES + rows * (1 + GUESS_PER_STRING) + text
}
