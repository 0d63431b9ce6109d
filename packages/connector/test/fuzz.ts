import { readFileSync } from 'node:fs'
import {
  ChunkDecoder,
  createArrowEncoder,
  DecodeError,
  decodeResultMetadata,
  type Field,
  isNull,
  type ResultBatch,
  type TypeOptions,
  ValueRangeError,
  type Vector,
} from 'e6data-connector/wire'
import { mutate } from './fuzz-mutations.ts'
import { Random } from './random.ts'

export interface FuzzReport {
  seed: number
  runs: number
  /** Inputs that were still decoded, and inputs refused with a `DecodeError`. */
  decoded: number
  refused: number
  /** The longest time for a single input, in milliseconds. */
  slowestMs: number
  /** The most memory that decoding used per byte of input, without the fixed cost of a batch. */
  mostBytesPerByte: number
  peakRssMB: number
  failures: FuzzFailure[]
}

export interface FuzzFailure {
  run: number
  what: string
  fields: readonly Field[]
  hex: string
}

interface Sample {
  fields: readonly Field[]
  chunk: Buffer
  meta: Buffer
}

/** The maximum memory of decoded columns per received byte. */
const MOST_BYTES_PER_BYTE = 4
/** The fixed memory per column. */
const BYTES_PER_COLUMN = 64
/** One in this many refusals is measured, which takes as long as ten refusals. */
const WEIGHED_ONE_IN = 8
/** The fixed memory of any decoding. */
const BYTES_TO_START = 16_384
const MOST_ROWS_MADE = 2000
const MOST_FAILURES = 10
const PROGRESS_EVERY = 10_000

const OPTIONS: readonly TypeOptions[] = [
  {},
  {
    int64: 'string',
    decimal: 'number',
    date: 'micros',
    timestamp: 'date',
    nested: 'parsed',
    binary: 'base64',
    float: 'tagged',
  },
  { int64: 'number', date: 'date', timestamp: 'micros', binary: 'hex' },
]

function samples(): Sample[] {
  const golden = readVectors('result-vectors.json') as Record<
    'valid' | 'malformed',
    { meta?: string; chunk: string; columns: unknown[] }[]
  >
  const intervals = Object.values(
    readVectors('interval-day-second.json') as Record<'plain' | 'constant', IntervalVector>,
  )
  const valid = golden.valid.map(({ meta = '', chunk }) => {
    const bytes = Buffer.from(meta, 'hex')
    return { fields: decodeResultMetadata(bytes).fields, chunk: Buffer.from(chunk, 'hex'), meta: bytes }
  })
  const malformed = golden.malformed.map(({ chunk, columns }) => ({
    fields: columns.map((type, index): Field => ({ name: `c${index}`, type: String(type), zone: '', format: '' })),
    chunk: Buffer.from(chunk, 'hex'),
    meta: valid[0]!.meta,
  }))
  const written = intervals.map(({ meta, batch }): Sample => {
    const bytes = Buffer.from(meta, 'base64')
    return { fields: decodeResultMetadata(bytes).fields, chunk: Buffer.from(batch, 'base64'), meta: bytes }
  })
  return [...valid, ...written, ...malformed]
}

interface IntervalVector {
  meta: string
  batch: string
}

function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'))
}

/**
 * Feeds mutated golden vectors to the decoders. Decoding may only throw `DecodeError`; a request for JavaScript types
 * that cannot represent a value may also throw `ValueRangeError`. The same seed makes the same inputs.
 */
export function fuzz(seed: number, runs: number, onProgress: (run: number) => void = () => undefined): FuzzReport {
  const inputs = samples()
  const chunks = inputs.map(({ chunk }) => chunk)
  const metas = inputs.map(({ meta }) => meta)
  const random = new Random(seed)
  const report: FuzzReport = {
    seed,
    runs: 0,
    decoded: 0,
    refused: 0,
    slowestMs: 0,
    mostBytesPerByte: 0,
    peakRssMB: 0,
    failures: [],
  }
  for (let run = 0; run < runs && report.failures.length < MOST_FAILURES; run++) {
    const input = random.pick(inputs)
    const started = performance.now()
    let bytes: Buffer
    let what: string | undefined
    let { fields } = input
    if (random.below(8) === 0) {
      bytes = mutate(input.meta, random, metas)
      what = tryMetadata(bytes, report)
    } else {
      bytes = mutate(input.chunk, random, chunks)
      if (random.below(8) === 0) fields = otherFields(fields, random, inputs)
      what = tryChunk(bytes, fields, random, report)
    }
    report.slowestMs = Math.max(report.slowestMs, performance.now() - started)
    report.runs += 1
    if (what !== undefined) report.failures.push({ run, what, fields, hex: bytes.toString('hex') })
    if (run % PROGRESS_EVERY === 0) {
      report.peakRssMB = Math.max(report.peakRssMB, Math.round(process.memoryUsage.rss() / 2 ** 20))
      onProgress(run)
    }
  }
  return report
}

function tryMetadata(bytes: Buffer, report: FuzzReport): string | undefined {
  try {
    decodeResultMetadata(bytes)
    report.decoded += 1
    return undefined
  } catch (error) {
    return refusal(error, report)
  }
}

function tryChunk(bytes: Buffer, fields: readonly Field[], random: Random, report: FuzzReport): string | undefined {
  const decoder = new ChunkDecoder(fields)
  let rowCount: number
  let batch: ResultBatch
  // At an odd offset in a larger message, as it arrives.
  const message = Buffer.concat([Buffer.alloc(random.below(8)), bytes])
  const weighed = random.below(WEIGHED_ONE_IN) === 0
  const before = weighed ? process.memoryUsage().arrayBuffers : 0
  try {
    const received = message.subarray(message.length - bytes.length)
    rowCount = decoder.rowCountOf(received)
    batch = decoder.decode(received)
  } catch (error) {
    const grown = weighed ? process.memoryUsage().arrayBuffers - before : 0
    // A refused input may not use more memory either.
    if (grown > MOST_BYTES_PER_BYTE * bytes.length + BYTES_TO_START)
      return `refusing ${bytes.length} bytes took ${grown}`
    return refusal(error, report)
  }
  report.decoded += 1
  const contradiction = contradictionOf(batch)
  if (contradiction !== undefined) return contradiction
  if (batch.rowCount !== rowCount) return `${batch.rowCount} rows where the head says ${rowCount}`
  const taken = batch.vectors.reduce((total, vector) => total + memoryOf(vector), 0) - BYTES_PER_COLUMN * fields.length
  const perByte = taken / Math.max(bytes.length, 1)
  report.mostBytesPerByte = Math.max(report.mostBytesPerByte, perByte)
  if (perByte > MOST_BYTES_PER_BYTE) return `decoding took ${taken} bytes for ${bytes.length}`
  try {
    use(batch, random)
    return undefined
  } catch (error) {
    return error instanceof DecodeError || error instanceof ValueRangeError ? undefined : String(error)
  }
}

/** The metadata of another result: in another order, or with one column more or less. */
function otherFields(fields: readonly Field[], random: Random, inputs: readonly Sample[]): readonly Field[] {
  switch (random.below(4)) {
    case 0:
      return random.pick(inputs).fields
    case 1:
      return [...fields].reverse()
    case 2:
      return [...fields, ...random.pick(inputs).fields.slice(0, 1)]
    default:
      return fields.slice(1)
  }
}

/** The decoded kind of a column of each type, unless all of it is null. */
const KINDS: Readonly<Record<string, Vector['kind']>> = {
  LONG: 'int64',
  INTEGER: 'int32',
  INT: 'int32',
  SHORT: 'int32',
  BYTE: 'int32',
  DOUBLE: 'float64',
  FLOAT: 'float64',
  BOOLEAN: 'boolean',
  STRING: 'text',
  CHAR: 'text',
  BINARY: 'binary',
  DATE: 'date',
  DATETIME: 'timestamp',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_TZ: 'timestamp',
  INTERVAL_DAY_SECOND: 'interval',
  DECIMAL128: 'decimal',
  ARRAY: 'nested',
  MAP: 'nested',
  STRUCT: 'nested',
  NULL: 'null',
}

/** Returns a contradiction between a decoded batch and its metadata. */
function contradictionOf({ fields, vectors, rowCount }: ResultBatch): string | undefined {
  if (vectors.length !== fields.length) return `${vectors.length} vectors for ${fields.length} columns`
  for (const [index, { kind, rowCount: size }] of vectors.entries()) {
    const { type } = fields[index]!
    if (kind !== 'null' && type in KINDS && kind !== KINDS[type]) return `a vector of ${kind} in a column of ${type}`
    if (size !== rowCount) return `a vector of ${size} rows in a batch of ${rowCount}`
  }
  return undefined
}

function refusal(error: unknown, report: FuzzReport): string | undefined {
  if (!(error instanceof DecodeError)) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  report.refused += 1
  return undefined
}

/** Uses the whole interface of a batch, for a limited number of rows. */
function use(batch: ResultBatch, random: Random): void {
  const from = random.below(batch.rowCount + 1)
  const types = random.pick(OPTIONS)
  const rowShape = random.pick(['object', 'array'] as const)
  const rows = batch.toRows({ rowShape, types, from, to: from + MOST_ROWS_MADE })
  if (rows.length !== Math.min(MOST_ROWS_MADE, batch.rowCount - from))
    throw new Error(`${rows.length} rows from ${from}`)
  for (const vector of batch.vectors) if (batch.rowCount > 0) isNull(vector, batch.rowCount - 1)
  if (batch.rowCount > MOST_ROWS_MADE) return
  batch.toJsonRows()
  for (let column = 0; column < batch.vectors.length; column++) {
    const { length } = batch.column(column)
    if (length !== batch.rowCount) throw new Error(`a column of ${length} values for ${batch.rowCount} rows`)
  }
  createArrowEncoder(batch.fields).batch(batch)
}

/** The memory owned by a vector; views of the received bytes use none. */
function memoryOf(vector: Vector): number {
  switch (vector.kind) {
    case 'int64':
    case 'int32':
    case 'float64':
      return vector.values.buffer.byteLength
    case 'date':
    case 'interval':
      return vector.micros.buffer.byteLength
    case 'timestamp':
      return vector.micros.buffer.byteLength + (vector.zoneIds?.buffer.byteLength ?? 0)
    case 'text':
    case 'nested':
    case 'binary':
      return vector.starts.buffer.byteLength
    case 'decimal':
      return vector.starts?.buffer.byteLength ?? 0
    default:
      return 0
  }
}
