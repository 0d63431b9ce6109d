import { DecodeError } from '../errors.ts'
import { type Family, typeFacts, VECTOR_TYPES } from '../types/type-table.ts'
import { emptyVector } from './empty-vector.ts'
import type { Field } from './field.ts'
import { ResultBatch } from './result-batch.ts'
import { ResultSchema } from './result-schema.ts'
import { ThriftReader } from './thrift-reader.ts'
import type { Vector } from './vector.ts'
import { VECTOR_READERS } from './vector-readers.ts'
import { type ScannedVector, scanChunk, scanSize } from './vector-scan.ts'
import { WorkMemory } from './work-memory.ts'

/**
 * The maximum number of rows in a batch whose columns are all constant. Such a batch can claim any number of rows in a
 * few bytes, and a hostile peer could fill the memory of callers that ask for the rows.
 */
const MOST_ROWS_OF_CONSTANTS = 1 << 22

/** Decodes the batches of one result. What it learns from one batch (zones, strings, row shapes) speeds up the next. */
export class ChunkDecoder {
  private readonly schema: ResultSchema
  private readonly reader = new ThriftReader()

  /** @param memory may be shared by any number of decoders */
  constructor(
    readonly fields: readonly Field[],
    memory = new WorkMemory(),
  ) {
    this.schema = new ResultSchema(fields, memory)
  }

  /**
   * Returns the number of rows in a batch, from its head only; 0 for no bytes. The remainder is not validated.
   * @throws DecodeError when the head is cut short or has no row count.
   */
  rowCountOf(bytes: Uint8Array): number {
    if (bytes.byteLength === 0) return 0
    return this.reading(bytes, (reader) => validSize(scanSize(reader)))
  }

  /**
   * Decodes the bytes of `GetNextResultBatchResponse.resultBatch`. The batch refers to `bytes`, which must not change
   * while the batch is in use. `onRelease` is called once, when the batch is released. No bytes, which mark the end of a
   * result, decode to a batch without rows.
   * @throws DecodeError when the bytes are cut short, hostile, or of a type this connector cannot read.
   */
  decode(bytes: Uint8Array, onRelease?: () => void): ResultBatch {
    if (bytes.byteLength === 0) return this.withoutRows(0)
    return this.reading(bytes, (reader) => this.read(reader, bytes.byteLength, onRelease))
  }

  private reading<Read>(bytes: Uint8Array, read: (reader: ThriftReader) => Read): Read {
    const { reader } = this
    reader.open(bytes)
    try {
      return read(reader)
    } finally {
      reader.open()
    }
  }

  private read(reader: ThriftReader, byteLength: number, onRelease?: () => void): ResultBatch {
    const chunk = scanChunk(reader, this.fields.length)
    if (validSize(chunk.size) === 0) return this.withoutRows(byteLength)
    if (chunk.vectorCount !== this.fields.length) {
      throw new DecodeError(
        `the result batch has ${chunk.vectorCount} columns, but its metadata has ${this.fields.length}`,
      )
    }
    const vectors = this.fields.map((field, index) => this.readVector(reader, field, chunk.vectors[index]!, chunk.size))
    refuseUnevenSizes(chunk.vectors)
    if (chunk.size > MOST_ROWS_OF_CONSTANTS && vectors.every(({ constant }) => constant)) {
      throw new DecodeError(`the result batch claims ${chunk.size} rows in ${byteLength} bytes`)
    }
    return new ResultBatch(this.schema, vectors, chunk.size, byteLength, onRelease)
  }

  private readVector(reader: ThriftReader, field: Field, scanned: ScannedVector, rowCount: number): Vector {
    const type = VECTOR_TYPES[scanned.vectorType]
    if (type === undefined || type.family === 'unsupported') {
      const name = type === undefined ? `number ${scanned.vectorType}` : type.name
      throw new DecodeError(
        `column "${field.name}" (${field.type}) is of type ${name}, which the connector cannot read`,
      )
    }
    if (!agrees(type.family, field.type)) {
      throw new DecodeError(`column "${field.name}" is ${field.type} in the metadata but ${type.name} in a batch`)
    }
    if (scanned.size >= 0 && scanned.size < rowCount) {
      throw new DecodeError(`column "${field.name}" has ${scanned.size} values for ${rowCount} rows`)
    }
    return VECTOR_READERS[type.family]({
      reader,
      field,
      scanned,
      rowCount,
      typeName: type.name,
      zones: this.schema.zones,
    })
  }

  private withoutRows(byteLength: number): ResultBatch {
    const vectors = this.fields.map(({ name, type }) => emptyVector(typeFacts(type)?.family ?? 'null', name, type))
    return new ResultBatch(this.schema, vectors, 0, byteLength)
  }
}

/** Vectors may be longer than the batch, since only the batch's size counts; but all must have the same length. */
function refuseUnevenSizes(vectors: readonly ScannedVector[]): void {
  const sizes = new Set(vectors.map(({ size }) => size).filter((size) => size >= 0))
  if (sizes.size > 1) throw new DecodeError(`the result batch has columns of ${[...sizes].join(' and ')} values`)
}

/** A column with only nulls may have type NULL in any batch. For a type unknown to the connector, the batch decides. */
function agrees(family: Family, typeName: string): boolean {
  const declared = typeFacts(typeName)
  return family === 'null' || declared === undefined || declared.family === family
}

function validSize(size: number): number {
  if (size < 0) throw new DecodeError(`the result batch has no valid number of rows (${size})`)
  return size
}

/**
 * Decodes one batch on its own. For many batches of one result, {@link ChunkDecoder} is the better choice.
 * @throws DecodeError when the bytes are cut short, hostile, or of a type this connector cannot read.
 */
export function decodeChunk(bytes: Uint8Array, fields: readonly Field[]): ResultBatch {
  return new ChunkDecoder(fields).decode(bytes)
}
