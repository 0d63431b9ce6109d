import { CHUNK, DATA, MEMBER, THRIFT, VECTOR } from './thrift.ts'
import type { ThriftReader } from './thrift-reader.ts'

/** Where the values of a vector lie. Nothing is converted yet: how many rows count is known only once all is read. */
export interface ScannedData {
  /** Number of the union's member ({@link DATA}). */
  member: number
  /** Values that are there; -1 when the member holds a single constant. */
  count: number
  /** First byte of the values, for those of a fixed size and for constants; the length of the first, for decimals. */
  at: number
  /** Where each string begins, and one more: see `TextVector`. Empty for decimals of sixteen bytes each. */
  starts: Uint32Array
  /** Zones, likewise; `undefined` when there are none. */
  zones: Uint32Array | undefined
  scale: number
}

export interface ScannedVector {
  /** -1 when absent, as are the others. */
  size: number
  vectorType: number
  nullsAt: number
  nullCount: number
  constant: boolean
  data: ScannedData | undefined
}

export interface ScannedChunk {
  size: number
  /** How many vectors there are; no more of them than columns are scanned. */
  vectorCount: number
  vectors: ScannedVector[]
}

const NO_STARTS = new Uint32Array(0)
const LENGTH_BYTES = 4
const INT128_BYTES = 16
export const INT128_STRIDE = LENGTH_BYTES + INT128_BYTES

/** The number of rows of a result batch, mostly the first thing in it, and no more of it than that needs. */
export function scanSize(reader: ThriftReader): number {
  for (let type = reader.nextField(); type !== THRIFT.stop; type = reader.nextField()) {
    if (reader.fieldId === CHUNK.size && type === THRIFT.i32) return reader.i32()
    reader.skip(type)
  }
  return -1
}

/**
 * Finds the parts of a result batch, in whatever order its fields come; unknown ones are skipped, and so are vectors
 * beyond the `columnCount` that the metadata speaks of.
 */
export function scanChunk(reader: ThriftReader, columnCount: number): ScannedChunk {
  const chunk: ScannedChunk = { size: -1, vectorCount: 0, vectors: [] }
  for (let type = reader.nextField(); type !== THRIFT.stop; type = reader.nextField()) {
    // Of two the first counts, as it does where only the number of rows is looked for.
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

/** Which Thrift type the values of each member have; a member whose bytes say otherwise is refused. */
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
    if (type !== constant) reader.refuse(`a constant of type ${type} where ${constant} belongs`)
    data.count = -1
    data.at = reader.at
    if (type === THRIFT.string) data.starts = scanStrings(reader, 1)
    else reader.skip(type)
    return
  }
  if (elements !== undefined) reader.refuse(`values of type ${type} where a list belongs`)
  reader.skip(type)
}

function scanZones(reader: ThriftReader, type: number): Uint32Array | undefined {
  if (type === THRIFT.list) return scanStrings(reader, reader.listOf(THRIFT.string))
  if (type === THRIFT.string) return scanStrings(reader, 1)
  reader.skip(type)
  return undefined
}

/** Passes over a list of 16-byte integers, the usual form of decimals, unless one of them has another length. */
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

/** Walks over length-prefixed strings. There are at least four bytes for each, or the list header had been refused. */
function scanStrings(reader: ThriftReader, count: number): Uint32Array {
  const starts = new Uint32Array(count + 1)
  const end = walkStrings(reader.view, reader.at, starts)
  if (end < 0) reader.refuse('a string that reaches beyond its end')
  reader.at = end
  return starts
}

/** @returns where the last string ends, or -1 when one of them ends beyond the bytes. */
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
