import thrift from 'thrift'

/**
 * Reads a result batch with the Apache `thrift` package, the way the code that its compiler generates does: an object for
 * each struct, an array for each list, an `Int64` for each 64-bit integer. What comes out is not yet what a program wants.
 */

const { Type } = thrift.Thrift
type Protocol = InstanceType<typeof thrift.TBinaryProtocol>
type ReadValue = (input: Protocol) => unknown
type StructFields = Readonly<Record<number, { name: string; read: ReadValue }>>

export interface ThriftChunk {
  size: number
  vectors: { data: Record<string, { data: unknown[] }> }[]
}

function struct(fields: StructFields): ReadValue {
  return (input) => {
    const value: Record<string, unknown> = {}
    input.readStructBegin()
    for (;;) {
      const header = input.readFieldBegin()
      if (header.ftype === Type.STOP) break
      const field = fields[header.fid]
      if (field === undefined) input.skip(header.ftype)
      else value[field.name] = field.read(input)
      input.readFieldEnd()
    }
    input.readStructEnd()
    return value
  }
}

function list(read: ReadValue): ReadValue {
  return (input) => {
    const values: unknown[] = []
    const { size } = input.readListBegin()
    for (let index = 0; index < size; ++index) values.push(read(input))
    input.readListEnd()
    return values
  }
}

/** One closure a list, so that each list's loop sees one kind of value, as generated code does. */
const listData = (read: ReadValue): ReadValue => struct({ 1: { name: 'data', read: list(read) } })

const DATA = struct({
  1: { name: 'boolData', read: listData((input) => input.readBool()) },
  2: { name: 'int32Data', read: listData((input) => input.readI32()) },
  3: { name: 'int64Data', read: listData((input) => input.readI64()) },
  4: { name: 'dateData', read: listData((input) => input.readI64()) },
  6: { name: 'float64Data', read: listData((input) => input.readDouble()) },
  7: { name: 'varcharData', read: listData((input) => input.readString()) },
  16: { name: 'timeData', read: listData((input) => input.readI64()) },
  17: {
    name: 'decimal128Data',
    read: struct({
      1: { name: 'data', read: list((input) => input.readBinary()) },
      2: { name: 'scale', read: (input) => input.readI32() },
    }),
  },
})

const VECTOR = struct({
  1: { name: 'size', read: (input) => input.readI32() },
  2: { name: 'vectorType', read: (input) => input.readI32() },
  3: { name: 'nullSet', read: list((input) => input.readBool()) },
  4: { name: 'data', read: DATA },
  5: { name: 'isConstantVector', read: (input) => input.readBool() },
  6: { name: 'zoneOffset', read: (input) => input.readString() },
  7: { name: 'format', read: (input) => input.readString() },
})

const CHUNK = struct({
  1: { name: 'size', read: (input) => input.readI32() },
  2: { name: 'vectors', read: list(VECTOR) },
})

export function parseWithApacheThrift(bytes: Buffer): ThriftChunk {
  const input = new thrift.TBinaryProtocol(new thrift.TFramedTransport(bytes))
  return CHUNK(input) as ThriftChunk
}
