import { Buffer } from 'node:buffer'
import { ArrowBody } from './arrow-body.ts'
import { addColumn, addDictionary } from './arrow-columns.ts'
import { type ArrowType, arrowField, arrowType } from './arrow-types.ts'
import { columnNames } from './column-names.ts'
import type { Field } from './field.ts'
import { type Node, type Slot, writeFlatBuffer } from './flatbuffer.ts'
import type { ResultBatch } from './result-batch.ts'
import type { TextVector, Vector } from './vector.ts'

const METADATA_VERSION_5 = 4
const HEADER = { schema: 1, dictionaryBatch: 2, recordBatch: 3 } as const
/** Precedes the metadata: a marker that a message follows, and the length of the metadata. */
const PREFIX_BYTES = 8
const MESSAGE_MARK = 0xffffffff

/** The bytes of a message without its body. */
interface Message {
  readonly metadata: Uint8Array
  readonly body: ArrowBody | undefined
}

/**
 * Encodes the batches of one result as an Arrow IPC stream, without an Arrow library. The concatenated return values of
 * its methods are the stream.
 */
export interface ArrowEncoder {
  /**
   * Returns the schema if it is already known and was not returned yet. Otherwise returns no bytes, and the schema
   * comes with the first batch: the metadata has neither the scale of a decimal nor which strings are constant.
   */
  schema(): Uint8Array
  /**
   * Encodes a batch. The first one is preceded by the schema.
   * @throws DecodeError when a column's type differs from that in earlier batches.
   * @throws ValueRangeError when a decimal does not fit 128 bits at the scale of the first batch.
   */
  batch(batch: ResultBatch): Uint8Array
  /** Encodes a batch as a complete stream, including schema and end. The schema is that of the first batch. */
  stream(batch: ResultBatch): Uint8Array
  /** Returns the end of the stream, preceded by the schema when there was no batch. */
  end(): Uint8Array
}

/**
 * Numbers and strings are copied once, by column. Decimals become `Decimal128`. DATETIME and TIMESTAMP are in UTC, and
 * so is TIMESTAMP_TZ unless its metadata names a zone; the instants stay correct, but the offset of each row is lost.
 * INTERVAL_DAY_SECOND becomes a duration in microseconds. ARRAY, MAP and STRUCT become their JSON as `Utf8`. FLOAT
 * becomes a double, as on the wire. A string column that is constant in the first batch becomes a dictionary.
 */
export function createArrowEncoder(fields: readonly Field[]): ArrowEncoder {
  return new StreamEncoder(fields)
}

class StreamEncoder implements ArrowEncoder {
  private types: readonly ArrowType[] | undefined
  /** The dictionary that the reader has for each column, for string columns that are constant. */
  private readonly constants = new Map<number, Uint8Array>()
  private readonly names: readonly string[]

  constructor(private readonly fields: readonly Field[]) {
    this.names = columnNames(fields)
  }

  schema(): Uint8Array {
    const known = this.fields.every((field) => KNOWN_FROM_METADATA.has(arrowType(field, undefined).kind))
    return this.types === undefined && known ? join([this.begin(undefined)]) : new Uint8Array(0)
  }

  batch(batch: ResultBatch): Uint8Array {
    const schema = this.types === undefined ? [this.begin(batch.vectors)] : []
    return join([...schema, ...this.messages(batch)])
  }

  stream(batch: ResultBatch): Uint8Array {
    const schema = this.types === undefined ? this.begin(batch.vectors) : this.schemaMessage(this.types)
    this.constants.clear()
    return join([schema, ...this.messages(batch)], PREFIX_BYTES)
  }

  end(): Uint8Array {
    const schema = this.types === undefined ? [this.begin(undefined)] : []
    return join(schema, PREFIX_BYTES)
  }

  /** The dictionaries that changed, followed by the batch. */
  private messages(batch: ResultBatch): Message[] {
    const dictionaries: Message[] = []
    const body = new ArrowBody()
    for (const [index, vector] of batch.vectors.entries()) {
      const type = this.types![index]!
      if (isDictionary(type) && isText(vector)) dictionaries.push(...this.dictionary(vector, index))
      addColumn(body, type, vector)
    }
    const metadata = message(HEADER.recordBatch, recordBatch(batch.rowCount, body), body.byteLength)
    return [...dictionaries, { metadata, body }]
  }

  private begin(vectors: readonly Vector[] | undefined): Message {
    const types = this.fields.map((field, index) => arrowType(field, vectors?.[index]))
    this.types = types
    return this.schemaMessage(types)
  }

  private schemaMessage(types: readonly ArrowType[]): Message {
    const fields = types.map((type, index) => arrowField(this.names[index]!, type, index))
    const schema: Node = { table: [{ int16: 0 }, { refers: { list: fields } }] }
    return { metadata: message(HEADER.schema, schema, 0), body: undefined }
  }

  /** @returns no message when the reader already has the dictionary. */
  private dictionary(vector: TextVector, index: number): Message[] {
    const constant = vector.constant ? vector.bytes.subarray(vector.starts[0]!, vector.starts[1]! - 4) : undefined
    const last = this.constants.get(index)
    if (constant !== undefined && last !== undefined && Buffer.compare(constant, last) === 0) return []
    if (constant === undefined) this.constants.delete(index)
    else this.constants.set(index, Uint8Array.from(constant))
    const body = new ArrowBody()
    addDictionary(body, vector)
    const count = vector.constant ? 1 : vector.rowCount
    const header: Node = { table: [{ int64: index }, { refers: recordBatch(count, body) }] }
    return [{ metadata: message(HEADER.dictionaryBatch, header, body.byteLength), body }]
  }
}

/** Types fully described by the metadata. */
const KNOWN_FROM_METADATA: ReadonlySet<ArrowType['kind']> = new Set([
  'int64',
  'int32',
  'float64',
  'boolean',
  'binary',
  'date',
  'timestamp',
  'duration',
])

function isDictionary(type: ArrowType): boolean {
  return type.kind === 'text' && type.dictionary
}

function isText(vector: Vector): vector is TextVector {
  return vector.kind === 'text' || vector.kind === 'nested'
}

function recordBatch(rowCount: number, body: ArrowBody): Node {
  return { table: [{ int64: rowCount }, { refers: { pairs: body.nodes } }, { refers: { pairs: body.buffers } }] }
}

function message(header: number, content: Node, bodyLength: number): Uint8Array {
  const slots: Slot[] = [{ int16: METADATA_VERSION_5 }, { int8: header }, { refers: content }, { int64: bodyLength }]
  return writeFlatBuffer({ table: slots })
}

/** Joins messages in a new buffer, followed by an end of stream when `endBytes` leaves room for it. */
function join(messages: readonly Message[], endBytes = 0): Uint8Array {
  const length = messages.reduce(
    (total, { metadata, body }) => total + PREFIX_BYTES + metadata.length + (body?.byteLength ?? 0),
    endBytes,
  )
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { metadata, body } of messages) {
    view.setUint32(at, MESSAGE_MARK, true)
    view.setUint32(at + 4, metadata.length, true)
    bytes.set(metadata, at + PREFIX_BYTES)
    at += PREFIX_BYTES + metadata.length
    body?.copyTo(bytes, at)
    at += body?.byteLength ?? 0
  }
  // An end of stream is a message without metadata.
  if (endBytes > 0) view.setUint32(at, MESSAGE_MARK, true)
  return bytes
}
