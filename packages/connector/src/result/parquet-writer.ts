import type { ByteWriter, ColumnSource, ParquetWriter, SchemaElement } from 'hyparquet-writer'
import { UsageError, ValueRangeError } from '../errors.ts'
import { isTypeName, type TypeName } from '../types/type-table.ts'
import { columnNames } from './column-names.ts'
import type { Field } from './field.ts'
import type { ResultBatch } from './result-batch.ts'
import type { Vector } from './vector.ts'

/**
 * A row group ends after this many rows, or when this many result bytes were received for it. One group is held in
 * memory.
 */
const ROWS_PER_GROUP = 65_536
const BYTES_PER_GROUP = 16 * 2 ** 20
const MICROS_PER_DAY = 86_400_000_000n
const DECIMAL_BYTES = 16
const DECIMAL_PRECISION = 38

/** The value types used to read rows. */
const PARQUET_TYPES = {
  int64: 'bigint',
  decimal: 'string',
  date: 'micros',
  timestamp: 'micros',
  interval: 'micros',
  nested: 'text',
  binary: 'bytes',
} as const

type ColumnShape = Omit<SchemaElement, 'name' | 'repetition_type'>

const INT64: ColumnShape = { type: 'INT64' }
const TEXT: ColumnShape = { type: 'BYTE_ARRAY', converted_type: 'UTF8' }
const timestamp = (isAdjustedToUTC: boolean): ColumnShape => ({
  type: 'INT64',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: 'MICROS' },
})

/**
 * The Parquet type of each type. INTERVAL_DAY_SECOND is stored as microseconds, because Parquet's intervals only have
 * milliseconds. ARRAY, MAP and STRUCT are stored as their JSON, because their inner types are unknown.
 */
const SHAPES: Readonly<Record<Exclude<TypeName, 'DECIMAL128'>, ColumnShape>> = {
  LONG: INT64,
  INTEGER: { type: 'INT32' },
  INT: { type: 'INT32' },
  SHORT: { type: 'INT32', converted_type: 'INT_16' },
  BYTE: { type: 'INT32', converted_type: 'INT_8' },
  DOUBLE: { type: 'DOUBLE' },
  FLOAT: { type: 'FLOAT' },
  BOOLEAN: { type: 'BOOLEAN' },
  STRING: TEXT,
  CHAR: TEXT,
  ARRAY: TEXT,
  MAP: TEXT,
  STRUCT: TEXT,
  NULL: TEXT,
  BINARY: { type: 'BYTE_ARRAY' },
  DATE: { type: 'INT32', converted_type: 'DATE' },
  DATETIME: timestamp(false),
  TIMESTAMP: timestamp(false),
  TIMESTAMP_TZ: timestamp(true),
  INTERVAL_DAY_SECOND: INT64,
}

/**
 * Encodes the batches of one result as a Parquet file, a row group at a time, with the optional package
 * `hyparquet-writer`. The concatenated return values of its methods are the file.
 */
export interface ParquetEncoder {
  /**
   * Adds a batch. Returns the bytes of a row group when one is full.
   * @throws ValueRangeError when the scale of a decimal column changes within the result
   */
  batch(batch: ResultBatch): Uint8Array | undefined
  /** Returns the remaining rows and the end of the file. */
  end(): Uint8Array
}

/**
 * @param fields the columns of the result, at least one
 * @throws UsageError when `hyparquet-writer` is not installed, or there is no column
 */
export async function createParquetEncoder(fields: readonly Field[]): Promise<ParquetEncoder> {
  if (fields.length === 0) throw new UsageError('Parquet cannot store a result without columns')
  return new FileEncoder(await loadWriter(), fields)
}

type WriterPackage = typeof import('hyparquet-writer')

async function loadWriter(): Promise<WriterPackage> {
  try {
    return await import('hyparquet-writer')
  } catch (cause) {
    throw new UsageError('Parquet needs the package hyparquet-writer: npm install hyparquet-writer', { cause })
  }
}

class FileEncoder implements ParquetEncoder {
  readonly #package: WriterPackage
  readonly #fields: readonly Field[]
  readonly #names: readonly string[]
  readonly #bytes: ByteWriter
  #file: ParquetWriter | undefined
  /** The scale of each decimal column, once a batch has set it. */
  readonly #scales: (number | undefined)[]
  #columns: unknown[][]
  #receivedBytes = 0

  constructor(writer: WriterPackage, fields: readonly Field[]) {
    this.#package = writer
    this.#fields = fields
    this.#names = uniqueNames(columnNames(fields))
    this.#bytes = new writer.ByteWriter()
    this.#scales = fields.map(() => undefined)
    this.#columns = fields.map(() => [])
  }

  batch(batch: ResultBatch): Uint8Array | undefined {
    for (const [index, vector] of batch.vectors.entries()) this.#takeScale(index, vector)
    for (const row of batch.rows({ rowShape: 'array', types: PARQUET_TYPES })) {
      for (const [index, column] of this.#columns.entries()) column.push(this.#converted(index, row[index] ?? null))
    }
    this.#receivedBytes += batch.byteLength
    const isFull = this.#columns[0]!.length >= ROWS_PER_GROUP || this.#receivedBytes >= BYTES_PER_GROUP
    return isFull ? this.#rowGroup() : undefined
  }

  end(): Uint8Array {
    if (this.#columns[0]!.length > 0 || this.#file === undefined) this.#writeRowGroup()
    this.#file?.finish()
    return this.#take()
  }

  #rowGroup(): Uint8Array {
    this.#writeRowGroup()
    return this.#take()
  }

  #writeRowGroup(): void {
    this.#file ??= new this.#package.ParquetWriter({ writer: this.#bytes, schema: this.#schema() })
    const columnData = this.#columns.map((data, index): ColumnSource => ({ name: this.#names[index]!, data }))
    const rowGroupSize = Math.max(1, this.#columns[0]!.length)
    this.#file.write({ columnData, rowGroupSize })
    this.#columns = this.#fields.map(() => [])
    this.#receivedBytes = 0
  }

  /** Returns a copy of the bytes written since the last call. */
  #take(): Uint8Array {
    const taken = this.#bytes.getBytes().slice()
    this.#bytes.index = 0
    return taken
  }

  #schema(): SchemaElement[] {
    const columns = this.#fields.map(({ type }, index): SchemaElement => {
      const shape = type === 'DECIMAL128' ? decimalShape(this.#scales[index] ?? 0) : shapeOf(type)
      return { name: this.#names[index]!, repetition_type: 'OPTIONAL', ...shape }
    })
    return [{ name: 'result', num_children: columns.length }, ...columns]
  }

  #takeScale(index: number, vector: Vector): void {
    if (vector.kind !== 'decimal') return
    const known = this.#scales[index]
    // A file that was started before the first decimal has declared a scale of 0.
    const scale = known ?? (this.#file === undefined ? vector.scale : 0)
    if (scale !== vector.scale || scale < 0) {
      throw new ValueRangeError(
        `column "${vector.name}" has decimals of several scales, which no Parquet type supports`,
      )
    }
    this.#scales[index] = scale
  }

  #converted(index: number, value: unknown): unknown {
    if (value === null) return null
    switch (this.#fields[index]!.type) {
      case 'DECIMAL128':
        return BigInt((value as string).replace('.', ''))
      case 'DATE':
        return Number(floorDivide(value as bigint, MICROS_PER_DAY))
      default:
        return value
    }
  }
}

function shapeOf(type: string): ColumnShape {
  return isTypeName(type) && type !== 'DECIMAL128' ? SHAPES[type] : TEXT
}

function decimalShape(scale: number): ColumnShape {
  return {
    type: 'FIXED_LEN_BYTE_ARRAY',
    type_length: DECIMAL_BYTES,
    converted_type: 'DECIMAL',
    precision: DECIMAL_PRECISION,
    scale,
  }
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return value % divisor < 0n ? quotient - 1n : quotient
}

/** Most Parquet readers ignore case in names. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let number = 2; taken.has(unique.toLowerCase()); number += 1) unique = `${name}_${number}`
    taken.add(unique.toLowerCase())
    return unique
  })
}
