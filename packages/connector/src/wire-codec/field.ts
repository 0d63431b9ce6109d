import { WIRE, type WireReader } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

/** The encoding of one value type. */
export interface ValueType<Value> {
  readonly wireType: number
  /** The value of a field that is missing in a message; `undefined` if it is then absent. */
  readonly zero: () => Value | undefined
  /** Whether a value equals that of a missing field, so it is not sent. */
  readonly isZero: (value: Value) => boolean
  readonly write: (writer: WireWriter, value: Value) => void
  /** @param before the current value: the parts of a split message are merged. */
  readonly read: (reader: WireReader, before: Value | undefined) => Value
}

/** `always` has a value, the zero of its type if none was sent. */
export type Presence = 'always' | 'optional' | 'repeated' | 'map'

/** A field of a message: its number and type. */
export interface Field<Value, Held extends Presence = 'always'> {
  readonly number: number
  readonly type: ValueType<Value>
  readonly presence: Held
}

/** The encoding of a nested message. */
interface NestedCodec<Shape, Init> {
  encode(message: Init): Uint8Array
  readWithin(reader: WireReader, before: Shape | undefined): Shape
}

type Plain<Value> = (number: number) => Field<Value>

function plain<Value>(type: ValueType<Value>): Plain<Value> {
  return (number) => ({ number, type, presence: 'always' })
}

const zigzag64 = (value: bigint) => (value << 1n) ^ (value >> 63n)

export const string = plain<string>({
  wireType: WIRE.bytes,
  zero: () => '',
  isZero: (value) => value === '',
  write: (writer, value) => writer.string(value),
  read: (reader) => reader.string(),
})

export const bytes = plain<Uint8Array>({
  wireType: WIRE.bytes,
  zero: () => new Uint8Array(),
  isZero: (value) => value.byteLength === 0,
  write: (writer, value) => writer.bytes(value),
  read: (reader) => reader.bytes(),
})

export const bool = plain<boolean>({
  wireType: WIRE.varint,
  zero: () => false,
  isZero: (value) => !value,
  write: (writer, value) => writer.uint32(value ? 1 : 0),
  read: (reader) => reader.uint64() !== 0n,
})

/** `int32`, and enum numbers. */
export const int32 = plain<number>({
  wireType: WIRE.varint,
  zero: () => 0,
  isZero: (value) => value === 0,
  write: (writer, value) => writer.uint64(BigInt(value)),
  read: (reader) => reader.uint32() | 0,
})

export const sint32 = plain<number>({
  wireType: WIRE.varint,
  zero: () => 0,
  isZero: (value) => value === 0,
  write: (writer, value) => writer.uint32(((value << 1) ^ (value >> 31)) >>> 0),
  read: (reader) => {
    const value = reader.uint32()
    return (value >>> 1) ^ -(value & 1)
  },
})

export const int64 = plain<bigint>({
  wireType: WIRE.varint,
  zero: () => 0n,
  isZero: (value) => value === 0n,
  write: (writer, value) => writer.uint64(value),
  read: (reader) => BigInt.asIntN(64, reader.uint64()),
})

export const sint64 = plain<bigint>({
  wireType: WIRE.varint,
  zero: () => 0n,
  isZero: (value) => value === 0n,
  write: (writer, value) => writer.uint64(zigzag64(value)),
  read: (reader) => {
    const value = reader.uint64()
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
  },
})

/** A field that is sent even when it is zero, as in map entries. */
export function explicit<Value>({ number, type }: Field<Value>): Field<Value> {
  return { number, type: { ...type, isZero: () => false }, presence: 'always' }
}

/** A field that may be absent, which differs from its zero. */
export function optional<Value>({ number, type }: Field<Value>): Field<Value, 'optional'> {
  return { number, type, presence: 'optional' }
}

export function repeated<Value>({ number, type }: Field<Value>): Field<Value, 'repeated'> {
  return { number, type, presence: 'repeated' }
}

/** A nested message, which may be absent. */
export function message<Shape, Init>(number: number, codec: NestedCodec<Shape, Init>): Field<Shape, 'optional'> {
  return { number, type: messageType(codec), presence: 'optional' }
}

export function messages<Shape, Init>(number: number, codec: NestedCodec<Shape, Init>): Field<Shape, 'repeated'> {
  return { number, type: messageType(codec), presence: 'repeated' }
}

/** A map with string keys: on the wire a message per entry, with fields `key` and `value`. */
export function map<Value, Init>(
  number: number,
  pair: NestedCodec<{ key: string; value: Value }, Init>,
): Field<{ key: string; value: Value }, 'map'> {
  return { number, type: messageType(pair), presence: 'map' }
}

function messageType<Shape, Init>(codec: NestedCodec<Shape, Init>): ValueType<Shape> {
  return {
    wireType: WIRE.bytes,
    zero: () => undefined,
    isZero: () => false,
    write: (writer, value) => writer.bytes(codec.encode(value as unknown as Init)),
    read: (reader, before) => codec.readWithin(reader, before),
  }
}
