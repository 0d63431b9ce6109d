/** The protobuf wire format, by hand: a field is a varint of number and wire type, then its value. */

const VARINT = 0
const BYTES = 2

/** The fields of a message by number; of a repeated field, the last. */
export class Fields {
  readonly #values = new Map<number, bigint | Buffer>()

  constructor(bytes: Buffer) {
    const reader = new VarintReader(bytes)
    while (reader.at < bytes.length) {
      const key = Number(reader.next())
      const wireType = key & 7
      if (wireType === VARINT) this.#values.set(key >> 3, reader.next())
      else if (wireType === BYTES) this.#values.set(key >> 3, reader.take(Number(reader.next())))
      else throw new Error(`wire type ${wireType} is not used by this protocol`)
    }
  }

  /** The string of a field; empty when it is absent. */
  string(field: number): string {
    const value = this.#values.get(field)
    return Buffer.isBuffer(value) ? value.toString() : ''
  }
}

class VarintReader {
  at = 0
  constructor(readonly bytes: Buffer) {}

  next(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw new Error('a varint is cut off')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  take(length: number): Buffer {
    const end = this.at + length
    if (end > this.bytes.length) throw new Error('a field is cut off')
    const taken = this.bytes.subarray(this.at, end)
    this.at = end
    return taken
  }
}

/** A message of these fields, in this order. */
export const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields)

/** A field of type string, bytes, or a nested message. Absent when the value is. */
export function bytesField(field: number, value: string | Uint8Array | undefined): Buffer {
  if (value === undefined) return Buffer.alloc(0)
  const bytes = Buffer.from(value)
  return Buffer.concat([varint(BigInt((field << 3) | BYTES)), varint(BigInt(bytes.length)), bytes])
}

/** A field of type bool. */
export const boolField = (field: number, value: boolean): Buffer => varintField(field, value ? 1n : 0n)

/** A field of type sint64. */
export const sint64Field = (field: number, value: bigint): Buffer => varintField(field, (value << 1n) ^ (value >> 63n))

const varintField = (field: number, value: bigint) =>
  Buffer.concat([varint(BigInt((field << 3) | VARINT)), varint(value)])

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, value)
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80)
  bytes.push(Number(left))
  return Buffer.from(bytes)
}
