/** Chunks of rows as one Thrift struct in TBinaryProtocol, by hand, with the two kinds of column that the oracle needs. */

const TYPE = { bool: 2, i32: 8, i64: 10, string: 11, struct: 12, list: 15 } as const
const STOP = Buffer.from([0])

export type ColumnValues =
  | { readonly type: 'STRING'; readonly values: readonly string[] }
  | { readonly type: 'LONG'; readonly values: readonly bigint[] }

/** How a type is written: its number among the vector types, the field of the union that holds it, and its elements. */
const LAYOUTS = {
  STRING: { vectorType: 7, unionField: 7, element: TYPE.string },
  LONG: { vectorType: 6, unionField: 3, element: TYPE.i64 },
} as const

/** Chunk: 1 size, 2 vectors. */
export function chunk(rows: number, columns: readonly ColumnValues[]): Buffer {
  const vectors = columns.map((column) => vector(column))
  return Buffer.concat([field(TYPE.i32, 1), i32(rows), field(TYPE.list, 2), list(TYPE.struct, vectors), STOP])
}

/** Vector: 1 size, 2 type, 3 null set, 4 data, 5 constant, 6 zone, 7 format. */
function vector(column: ColumnValues): Buffer {
  const { vectorType, unionField, element } = LAYOUTS[column.type]
  const size = column.values.length
  const noNulls = list(
    TYPE.bool,
    column.values.map(() => Buffer.from([0])),
  )
  const data = list(element, column.type === 'LONG' ? column.values.map(i64) : column.values.map(string))
  return Buffer.concat([
    ...[field(TYPE.i32, 1), i32(size), field(TYPE.i32, 2), i32(vectorType), field(TYPE.list, 3), noNulls],
    ...[field(TYPE.struct, 4), field(TYPE.struct, unionField), field(TYPE.list, 1), data, STOP, STOP],
    ...[field(TYPE.bool, 5), Buffer.from([0]), field(TYPE.string, 6), string(''), field(TYPE.string, 7), string('')],
    STOP,
  ])
}

const field = (type: number, id: number) => Buffer.from([type, id >> 8, id & 0xff])
const list = (type: number, elements: readonly Buffer[]) =>
  Buffer.concat([Buffer.from([type]), i32(elements.length), ...elements])

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function i64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([i32(bytes.length), bytes])
}
