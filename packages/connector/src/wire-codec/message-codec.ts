import type { Field, Presence } from './field.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

type Held<It> =
  It extends Field<infer Value, infer In>
    ? In extends 'repeated'
      ? Value[]
      : In extends 'map'
        ? Record<string, Value extends { value: infer Of } ? Of : never>
        : Value
    : never

/** The name of a field if its absence matches. Filtering keeps the fields in the order of their table. */
type NameWhere<Field, Name, Absent extends boolean> = Field extends { readonly presence: 'optional' }
  ? Absent extends true
    ? Name
    : never
  : Absent extends true
    ? never
    : Name

/** A decoded message: it has every field except those that may be absent. */
export type ShapeOf<F> = Written<
  { -readonly [Name in keyof F as NameWhere<F[Name], Name, false>]: Held<F[Name]> } & {
    -readonly [Name in keyof F as NameWhere<F[Name], Name, true>]?: Held<F[Name]> | undefined
  }
>

/** The same type, expanded for display. */
type Written<T> = T extends object ? { [Name in keyof T]: T[Name] } : never

type PartOf<Value> = Value extends readonly (infer Item)[]
  ? readonly PartOf<Item>[]
  : Value extends Uint8Array
    ? Value
    : Value extends object
      ? { readonly [Name in keyof Value]?: PartOf<Value[Name]> | undefined }
      : Value

/** A message to encode: omitted fields have the zero of their type. */
export type InitOf<F> = PartOf<ShapeOf<F>>

type AnyField = Field<unknown, Presence>

/** Encodes and decodes one message of the protocol, from the table of its fields. */
export class MessageCodec<Shape, Init> {
  readonly fields: Readonly<Record<string, AnyField>>
  readonly #entries: readonly (readonly [name: string, field: AnyField])[]
  readonly #byNumber: (readonly [name: string, field: AnyField] | undefined)[] = []
  /** A message without sent fields; its lists and maps are created for each message. */
  readonly #empty: Readonly<Record<string, unknown>>
  readonly #collections: readonly (readonly [name: string, field: AnyField])[]

  constructor(fields: Readonly<Record<string, AnyField>>) {
    this.fields = fields
    this.#entries = Object.entries(fields)
    for (const entry of this.#entries) this.#byNumber[entry[1].number] = entry
    const present = this.#entries.filter(([, { presence }]) => presence !== 'optional')
    this.#empty = Object.fromEntries(
      present.map(([name, { type, presence }]) => [name, presence === 'always' ? type.zero() : undefined]),
    )
    this.#collections = present.filter(([, { presence }]) => presence !== 'always')
  }

  encode(message: Init): Uint8Array {
    const writer = new WireWriter()
    const values = message as Readonly<Record<string, unknown>>
    for (const [name, field] of this.#entries) {
      const value = values[name]
      if (value !== undefined) writeField(writer, field, value)
    }
    return writer.finish()
  }

  /**
   * Decodes a message. Bytes in it are views of the received ones; unknown fields are skipped.
   * @throws DecodeError when it is cut short, or not a message
   */
  decode(bytes: Uint8Array): Shape {
    const values = this.#zeros()
    this.#read(new WireReader(bytes), values)
    return values as Shape
  }

  /** Reads a nested message; its fields are merged into those of `before`. */
  readWithin(reader: WireReader, before: Shape | undefined): Shape {
    const values = (before ?? this.#zeros()) as Record<string, unknown>
    reader.within(() => this.#read(reader, values))
    return values as Shape
  }

  #zeros(): Record<string, unknown> {
    const values: Record<string, unknown> = { ...this.#empty }
    for (const [name, { presence }] of this.#collections) values[name] = presence === 'repeated' ? [] : {}
    return values
  }

  #read(reader: WireReader, values: Record<string, unknown>): void {
    while (!reader.done) {
      const tag = reader.uint32()
      const known = this.#byNumber[tag >>> 3]
      // A field with another wire type than in the table is an unknown field.
      if (known === undefined || known[1].type.wireType !== (tag & 7)) {
        reader.skip(tag & 7, tag >>> 3)
        continue
      }
      const [name, { type, presence }] = known
      if (presence === 'always' || presence === 'optional') values[name] = type.read(reader, values[name])
      else if (presence === 'repeated') (values[name] as unknown[]).push(type.read(reader, undefined))
      else put(values[name] as Record<string, unknown>, type.read(reader, undefined) as Pair)
    }
  }
}

interface Pair {
  readonly key: string
  readonly value: unknown
}

/** A key may be `__proto__`. */
function put(into: Record<string, unknown>, { key, value }: Pair): void {
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true })
}

function writeField(writer: WireWriter, { number, type, presence }: AnyField, value: unknown): void {
  const tag = ((number << 3) | type.wireType) >>> 0
  switch (presence) {
    case 'always':
    case 'optional':
      if (presence === 'always' && type.isZero(value)) return
      writer.uint32(tag)
      type.write(writer, value)
      return
    case 'repeated':
      for (const item of value as readonly unknown[]) {
        writer.uint32(tag)
        type.write(writer, item)
      }
      return
    case 'map':
      for (const [key, held] of Object.entries(value as Readonly<Record<string, unknown>>)) {
        writer.uint32(tag)
        type.write(writer, { key, value: held })
      }
      return
    default:
      presence satisfies never
  }
}

/** Returns the codec of a message with these fields. */
export function messageOf<const F extends Readonly<Record<string, unknown>>>(
  fields: F,
): MessageCodec<ShapeOf<F>, InitOf<F>> {
  return new MessageCodec(fields as unknown as Readonly<Record<string, AnyField>>)
}
