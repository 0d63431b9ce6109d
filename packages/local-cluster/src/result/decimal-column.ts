import type { DuckDBDataChunk } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { EncodableColumn } from 'e6data-connector/wire'
import type { ColumnBuilder } from './column-builder.ts'
import { NullSet } from './null-set.ts'

/** DuckDB's storage of unscaled values: the width grows with the declared digits. */
export type DecimalStorage = 'int16' | 'int32' | 'int64' | 'uint64' | 'int128'

interface StorageLayout {
  width: number
  read(memory: Uint8Array, rows: number): (row: number) => bigint
}

const STORAGE: Readonly<Record<DecimalStorage, StorageLayout>> = {
  int16: { width: 2, read: (memory, rows) => narrow(new Int16Array(memory.buffer, memory.byteOffset, rows)) },
  int32: { width: 4, read: (memory, rows) => narrow(new Int32Array(memory.buffer, memory.byteOffset, rows)) },
  int64: { width: 8, read: (memory, rows) => wide(new BigInt64Array(memory.buffer, memory.byteOffset, rows)) },
  uint64: { width: 8, read: (memory, rows) => wide(new BigUint64Array(memory.buffer, memory.byteOffset, rows)) },
  int128: {
    width: 16,
    read(memory, rows) {
      const low = new BigUint64Array(memory.buffer, memory.byteOffset, rows * 2)
      const high = new BigInt64Array(memory.buffer, memory.byteOffset, rows * 2)
      return (row) => (high[row * 2 + 1]! << 64n) | low[row * 2]!
    },
  },
}

function narrow(values: Int16Array | Int32Array): (row: number) => bigint {
  return (row) => BigInt(values[row]!)
}

function wide(values: BigInt64Array | BigUint64Array): (row: number) => bigint {
  return (row) => values[row]!
}

/** Decimals, and integers wider than 64 bits as decimals of scale 0. */
export class DecimalColumn implements ColumnBuilder {
  #unscaled: (bigint | null)[] = []
  #nulls: NullSet

  constructor(
    private readonly storage: DecimalStorage,
    private readonly scale: number,
    private readonly columnIndex: number,
    capacity: number,
  ) {
    this.#nulls = new NullSet(capacity)
  }

  get byteLength(): number {
    return this.#unscaled.length * 20
  }

  append(chunk: DuckDBDataChunk, from: number, to: number): void {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, this.columnIndex)
    const { width, read } = STORAGE[this.storage]
    const first = this.#unscaled.length
    this.#nulls.append(vector, from, to, first)
    const valueAt = read(duckdb.vector_get_data(vector, to * width), to)
    for (let row = from; row < to; row++) {
      this.#unscaled.push(this.#nulls.isNull(first + row - from) ? null : valueAt(row))
    }
  }

  take(): EncodableColumn {
    const unscaled = this.#unscaled
    const { count } = this.#nulls.take(unscaled.length)
    this.#unscaled = []
    if (count === unscaled.length) return { type: 'DECIMAL128', data: { kind: 'null' }, constant: true }
    const constant = unscaled.length > 1 && unscaled.every((value) => value === unscaled[0])
    return { type: 'DECIMAL128', data: { kind: 'decimal128', unscaled, scale: this.scale }, constant }
  }
}
