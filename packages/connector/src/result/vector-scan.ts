import { CHUNK, DATA, MEMBER, THRIFT, VECTOR } from './thrift.ts'
import type { ThriftReader } from './thrift-reader.ts'

/**
 * The location of a vector's values. Nothing is converted yet: the number of rows is known only after the whole batch
 * is read.
 */
export interface ScannedData {
  /** The number of the union member ({@link DATA}). */
  member: number
  /** The number of values; -1 when the member is a single constant. */
  count: number
  /** The first byte of the values, for fixed sizes and constants; for decimals, the length of the first. */
  at: number
  /** The offset of each string, and one more: see `TextVector`. Empty if all decimals have sixteen bytes. */
  starts: Uint32Array
  /** The offsets of the zones, in the same form; `undefined` when there are none. */
  zones: Uint32Array | undefined
  scale: number
}

export interface ScannedVector {
  /** -1 when absent, as for the others. */
  size: number
  vectorType: number
  nullsAt: number
  nullCount: number
  constant: boolean
  data: ScannedData | undefined
}

export interface ScannedChunk {
  size: number
  /** The number of vectors. At most as many as there are columns are scanned. */
  vectorCount: number
  vectors: ScannedVector[]
}

const NO_STARTS = new Uint32Array(0)
const LENGTH_BYTES = 4
const INT128_BYTES = 16
export const INT128_STRIDE = LENGTH_BYTES + INT128_BYTES

/** Returns the number of rows in a result batch. It usually comes first, and nothing after it is read. */
export function scanSize(reader: ThriftReader): number {
  for (let type = reader.nextField(); type !== THRIFT.stop; type = reader.nextField()) {
    if (reader.fieldId === CHUNK.size && type === THRIFT.i32) return reader.i32()
    reader.skip(type)
  }
  return -1
}

/**
 * Finds the parts of a result batch, in any field order. Unknown fields are skipped, and so are vectors beyond
 * `columnCount`, the number of columns in the metadata.
 */
export function scanChunk(reader: ThriftReader, columnCount: number): ScannedChunk {
  const chunk: ScannedChunk = { size: -1, vectorCount: 0, vectors: [] }
  for (let type = reader.nextField(); type !== THRIFT.stop; type = reader.nextField()) {
    // The first of two wins, as it does when only the row count is read.
    if (reader.fieldId === CHUNK.size && type === THRIFT.i32 && chunk.size < 0) {
      chunk.size = reader.i32()
    } else if (reader.fieldId === CHUNK.vectors && type === THRIFT.list) {
      const count = reader.listOf(THRIFT.struct)
      chunk.vectorCount = count
      chunk.vectors = []
      for (let index = 0; index < count; index++) {
        if (index < columnCount) chunk.vectors.push(scanVector(reader))
        else reader.skip(THRIFT.struct)
      }
    } else {
      reader.skip(type)
    }
  }
  return chunk
}

function scanVector(reader: ThriftReader): ScannedVector {
  const vector: ScannedVector = { size: -1, vectorType: -1, nullsAt: 0, nullCount: 0, constant: false, data: undefined }
  for (let type = reader.nextField(); type !== THRIFT.stop; type = reader.nextField()) {
    const id = reader.fieldId
    if (id === VECTOR.size && type === THRIFT.i32) {
      vector.size = reader.i32()
    } else if (id === VECTOR.vectorType && type === THRIFT.i32) {
      vector.vectorType = reader.i32()
    } else if (id === VECTOR.nullSet && type === THRIFT.list) {
      vector.nullCount = reader.listOf(THRIFT.bool)
      vector.nullsAt = reader.at
      reader.advance(vector.nullCount)
    } else if (id === VECTOR.data && type === THRIFT.struct) {
      vector.data = scanUnion(reader)
    } else if (id === VECTOR.isConstantVector && type === THRIFT.bool) {
      vector.constant = reader.byte() !== 0
    } else {
      reader.skip(type)
    }
  }
  return vector
}

function scanUnion(reader: ThriftReader): ScannedData | undefined {
  let data: ScannedData | undefined
  for (let type = reader.nextField(); type !== THRIFT.stop; type = reader.nextField()) {
    if (type === THRIFT.struct) data = scanMember(reader, reader.fieldId)
    else reader.skip(type)
  }
  return data
}

function scanMember(reader: ThriftReader, member: number): ScannedData {
  const data: ScannedData = { member, count: 0, at: 0, starts: NO_STARTS, zones: undefined, scale: 0 }
  const temporal = member === DATA.timeData || member === DATA.timeConstantData
  for (let type = reader.nextField(); type !== THRIFT.stop; type = reader.nextField()) {
    const id = reader.fieldId
    if (id === MEMBER.data) scanValues(reader, type, data)
    else if (id === MEMBER.scale && type === THRIFT.i32) data.scale = reader.i32()
    else if (temporal && id === MEMBER.zoneData) data.zones = scanZones(reader, type)
    else reader.skip(type)
  }
  return data
}

/** The Thrift type of each member's values; a member with another type is rejected. */
const LIST_ELEMENTS: Readonly<Record<number, number>> = {
  [DATA.boolData]: THRIFT.bool,
  [DATA.int32Data]: THRIFT.i32,
  [DATA.int64Data]: THRIFT.i64,
  [DATA.dateData]: THRIFT.i64,
  [DATA.float32Data]: THRIFT.double,
  [DATA.float64Data]: THRIFT.double,
  [DATA.varcharData]: THRIFT.string,
  [DATA.timeData]: THRIFT.i64,
  [DATA.decimal128Data]: THRIFT.string,
}

const CONSTANTS: Readonly<Record<number, number>> = {
  [DATA.boolConstantData]: THRIFT.bool,
  [DATA.dateConstantData]: THRIFT.i64,
  [DATA.nullConstantData]: THRIFT.byte,
  [DATA.numericConstantData]: THRIFT.i64,
  [DATA.numericDecimalConstantData]: THRIFT.double,
  [DATA.temporalIntervalConstantData]: THRIFT.byte,
  [DATA.timeConstantData]: THRIFT.i64,
  [DATA.varcharConstantData]: THRIFT.string,
  [DATA.numericDecimal128ConstantData]: THRIFT.string,
}

const WIDTHS: Readonly<Record<number, number>> = {
  [THRIFT.bool]: 1,
  [THRIFT.i32]: 4,
  [THRIFT.i64]: 8,
  [THRIFT.double]: 8,
}

function scanValues(reader: ThriftReader, type: number, data: ScannedData): void {
  const elements = LIST_ELEMENTS[data.member]
  if (type === THRIFT.list && elements !== undefined) {
    data.count = reader.listOf(elements)
    data.at = reader.at
    if (data.member === DATA.decimal128Data && skipInt128s(reader, data.count)) return
    if (elements === THRIFT.string) data.starts = scanStrings(reader, data.count)
    else reader.advance(data.count * (WIDTHS[elements] ?? 0))
    return
  }
  const constant = CONSTANTS[data.member]
  if (constant !== undefined) {
    if (type !== constant) reader.refuse(`a constant of type ${type}, expected ${constant}`)
    data.count = -1
    data.at = reader.at
    if (type === THRIFT.string) data.starts = scanStrings(reader, 1)
    else reader.skip(type)
    return
  }
  if (elements !== undefined) reader.refuse(`values of type ${type}, expected a list`)
  reader.skip(type)
}

function scanZones(reader: ThriftReader, type: number): Uint32Array | undefined {
  if (type === THRIFT.list) return scanStrings(reader, reader.listOf(THRIFT.string))
  if (type === THRIFT.string) return scanStrings(reader, 1)
  reader.skip(type)
  return undefined
}

/** Skips a list of 16-byte integers, the usual form of decimals, unless one has another length. */
function skipInt128s(reader: ThriftReader, count: number): boolean {
  const end = reader.at + count * INT128_STRIDE
  if (end > reader.view.byteLength || !areInt128s(reader.view, reader.at, end)) return false
  reader.at = end
  return true
}

function areInt128s(view: DataView, first: number, end: number): boolean {
  for (let at = first; at < end; at += INT128_STRIDE) if (view.getInt32(at) !== INT128_BYTES) return false
  return true
}

/** Scans length-prefixed strings. Each has at least four bytes, or the list header would have been rejected. */
function scanStrings(reader: ThriftReader, count: number): Uint32Array {
  const starts = new Uint32Array(count + 1)
  const end = walkStrings(reader.view, reader.at, starts)
  if (end < 0) reader.refuse('a string that ends beyond the input')
  reader.at = end
  return starts
}

/** @returns the end of the last string, or -1 when one ends beyond the bytes. */
function walkStrings(view: DataView, first: number, starts: Uint32Array): number {
  const end = view.byteLength
  const count = starts.length - 1
  let at = first
  for (let index = 0; index < count; index++) {
    if (at + LENGTH_BYTES > end) return -1
    const length = view.getInt32(at)
    at += LENGTH_BYTES
    starts[index] = at
    if (length < 0 || length > end - at) return -1
    at += length
  }
  starts[count] = at + LENGTH_BYTES
  return at
}
