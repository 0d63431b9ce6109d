import {
  type DuckDBDataChunk,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBVarCharVector,
} from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { EncodableColumn } from 'e6data-connector/wire'
import type { ColumnBuilder } from './column-builder.ts'
import { isValid, validityOf } from './validity.ts'

/**
 * Whether a type represents a timestamp that keeps its zone: a STRUCT of exactly `instant` (timestamp with time zone)
 * and `zone` (string). DuckDB's timestamps with time zone do not keep the zone they were written with.
 */
export function isZonedTimestamp(type: DuckDBType): boolean {
  if (!(type instanceof DuckDBStructType) || type.entryCount !== 2) return false
  const [instant, zone] = type.entryTypes
  return (
    type.entryNames[0] === 'instant' &&
    type.entryNames[1] === 'zone' &&
    instant?.typeId === DuckDBTypeId.TIMESTAMP_TZ &&
    zone?.typeId === DuckDBTypeId.VARCHAR
  )
}

/** Timestamps with a zone each. A row without an instant is null; one without a zone is in UTC. */
export class ZonedColumn implements ColumnBuilder {
  readonly #micros: BigInt64Array
  #zones: string[] = []
  readonly #nulls: Uint8Array
  #nullCount = 0

  constructor(
    private readonly columnIndex: number,
    capacity: number,
  ) {
    this.#micros = new BigInt64Array(capacity)
    this.#nulls = new Uint8Array(capacity)
  }

  get byteLength(): number {
    return this.#zones.length * 16
  }

  append(chunk: DuckDBDataChunk, from: number, to: number): void {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, this.columnIndex)
    const instants = duckdb.struct_vector_get_child(vector, 0)
    const memory = duckdb.vector_get_data(instants, to * 8)
    const micros = new BigInt64Array(memory.buffer, memory.byteOffset, to)
    const zones = DuckDBVarCharVector.fromRawVector(duckdb.struct_vector_get_child(vector, 1), to)
    const rowValidity = validityOf(vector, to)
    const instantValidity = validityOf(instants, to)
    for (let row = from; row < to; row++) {
      const at = this.#zones.length
      const present = isValid(rowValidity, row) && isValid(instantValidity, row)
      this.#micros[at] = present ? micros[row]! : 0n
      this.#nulls[at] = present ? 0 : 1
      if (!present) this.#nullCount += 1
      this.#zones.push((present ? zones.getItem(row) : null) ?? 'Z')
    }
  }

  take(): EncodableColumn {
    const rows = this.#zones.length
    const data = { kind: 'timestamp', micros: this.#micros.subarray(0, rows), zones: this.#zones } as const
    const nulls = this.#nulls.subarray(0, rows)
    const nullCount = this.#nullCount
    this.#zones = []
    this.#nullCount = 0
    if (nullCount === rows) return { type: 'TIMESTAMP_TZ', data: { kind: 'null' }, constant: true }
    return nullCount === 0 ? { type: 'TIMESTAMP_TZ', data } : { type: 'TIMESTAMP_TZ', data, nulls }
  }
}
