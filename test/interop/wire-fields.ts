/** A message as its fields: numbers travel as varints, bytes and strings with their length. */
export type Fields = readonly (readonly [number: number, value: number | string | Uint8Array])[]

const VARINT = 0
const BYTES = 2

/** Encodes a protobuf message field by field, without a schema. */
export function encodeFields(fields: Fields): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number') return [varint((number << 3) | VARINT), varint(value)]
      const bytes = Buffer.from(value as Uint8Array)
      return [varint((number << 3) | BYTES), varint(bytes.length), bytes]
    }),
  )
}

/** The last value of each field. @throws Error for a wire type other than these two, and for bytes that end too soon */
export function decodeFields(bytes: Uint8Array): Map<number, number | Buffer> {
  const reader = new FieldReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const fields = new Map<number, number | Buffer>()
  while (!reader.done) {
    const tag = reader.varint()
    fields.set(tag >>> 3, (tag & 7) === VARINT ? reader.varint() : reader.bytes(tag & 7))
  }
  return fields
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Buffer.from([...bytes, rest])
}

class FieldReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new Error('a varint ends too soon')
      this.#at += 1
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  bytes(wireType: number): Buffer {
    if (wireType !== BYTES) throw new Error(`wire type ${wireType} is not expected`)
    const length = this.varint()
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Error('a field ends too soon')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }
}
