import type { DuckDBDataChunk } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { EncodableColumn } from 'e6data-connector/wire'
import { RpcError } from '../grpc/rpc-error.ts'
import type { ColumnBuilder } from './column-builder.ts'
import { NullSet } from './null-set.ts'

const TYPE = 'INTERVAL_DAY_SECOND'
/** DuckDB keeps months and days as 32 bits each, and microseconds as 64. */
const INTERVAL_BYTES = 16
const MICROS_PER_DAY = 86_400_000_000n

/** Intervals of days and shorter units. Months have no fixed length and are refused. */
export class IntervalColumn implements ColumnBuilder {
  readonly #micros: BigInt64Array
  readonly #nulls: NullSet
  #rows = 0

  constructor(
    private readonly columnIndex: number,
    capacity: number,
  ) {
    this.#micros = new BigInt64Array(capacity)
    this.#nulls = new NullSet(capacity)
  }

  get byteLength(): number {
    return this.#rows * this.#micros.BYTES_PER_ELEMENT
  }

  /** @throws RpcError for an interval that has months, or more microseconds than 64 bits hold */
  append(chunk: DuckDBDataChunk, from: number, to: number): void {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, this.columnIndex)
    const memory = duckdb.vector_get_data(vector, to * INTERVAL_BYTES)
    const intervals = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
    this.#nulls.append(vector, from, to, this.#rows)
    for (let row = from; row < to; row++, this.#rows++) {
      this.#micros[this.#rows] = this.#nulls.isNull(this.#rows) ? 0n : microsAt(intervals, row * INTERVAL_BYTES)
    }
  }

  take(): EncodableColumn {
    const rows = this.#rows
    const { flags, count } = this.#nulls.take(rows)
    this.#rows = 0
    if (count === rows) return { type: TYPE, data: { kind: 'null' }, constant: true }
    const micros = this.#micros.subarray(0, rows)
    const data = { kind: 'interval', micros } as const
    if (flags !== undefined) return { type: TYPE, data, nulls: flags }
    return { type: TYPE, data, constant: rows > 1 && micros.every((value) => value === micros[0]) }
  }
}

function microsAt(intervals: DataView, at: number): bigint {
  if (intervals.getInt32(at, true) !== 0) {
    throw new RpcError('internal', `Conversion Error: an INTERVAL with months is not an ${TYPE}; cast it to VARCHAR`)
  }
  const micros = BigInt(intervals.getInt32(at + 4, true)) * MICROS_PER_DAY + intervals.getBigInt64(at + 8, true)
  if (micros === BigInt.asIntN(64, micros)) return micros
  throw new RpcError('internal', `Conversion Error: an INTERVAL of more than 292 000 years is not an ${TYPE}`)
}
