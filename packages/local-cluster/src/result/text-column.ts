import type { DuckDBDataChunk } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { EncodableColumn } from 'e6data-connector/wire'
import type { ColumnBuilder } from './column-builder.ts'
import { NullSet } from './null-set.ts'
import { repeatsItself } from './repeating-bytes.ts'

/** Size of DuckDB's string header: a 32-bit length, then the string if it fits, else a pointer at byte 8. */
const HEADER_BYTES = 16
const INLINE_AT = 4
const POINTER_AT = 8
const LONGEST_INLINE = 12

const FIRST_BUFFER_BYTES = 64 * 1024

/** The strings of a chunk in DuckDB's memory. */
interface StringVector {
  memory: Uint8Array
  lengths: Uint32Array
  pointers: BigUint64Array
}

/** String and binary values, copied into one buffer without JavaScript strings. */
export class TextColumn implements ColumnBuilder {
  #bytes = new Uint8Array(FIRST_BUFFER_BYTES)
  #used = 0
  readonly #offsets: Uint32Array
  readonly #nulls: NullSet
  #rows = 0

  constructor(
    private readonly type: 'STRING' | 'BINARY',
    private readonly columnIndex: number,
    capacity: number,
  ) {
    this.#offsets = new Uint32Array(capacity + 1)
    this.#nulls = new NullSet(capacity)
  }

  get byteLength(): number {
    return this.#used + this.#rows * 4
  }

  append(chunk: DuckDBDataChunk, from: number, to: number): void {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, this.columnIndex)
    const first = this.#rows
    this.#nulls.append(vector, from, to, first)
    const memory = duckdb.vector_get_data(vector, to * HEADER_BYTES)
    const lengths = new Uint32Array(memory.buffer, memory.byteOffset, to * 4)
    const pointers = new BigUint64Array(memory.buffer, memory.byteOffset, to * 2)
    let row = from
    while (row < to) {
      const length = this.#nulls.isNull(first + row - from) ? 0 : lengths[row * 4]!
      if (length <= LONGEST_INLINE) {
        this.#appendInline(memory, row * HEADER_BYTES + INLINE_AT, length)
        row += 1
      } else {
        row = this.#appendRun({ memory, lengths, pointers }, row, to, first - from)
      }
    }
  }

  #appendInline(memory: Uint8Array, at: number, length: number): void {
    this.#reserve(length)
    const bytes = this.#bytes
    const used = this.#used
    for (let index = 0; index < length; index++) bytes[used + index] = memory[at + index]!
    this.#endRow(length)
  }

  /**
   * Copies long strings that are contiguous in memory, as in most of DuckDB's results, in one native call. One call per
   * string is nine times slower.
   */
  #appendRun({ memory, lengths, pointers }: StringVector, start: number, to: number, batchOffset: number): number {
    const begin = pointers[start * 2 + 1]!
    let runBytes = lengths[start * 4]!
    let end = start + 1
    while (end < to && !this.#nulls.isNull(batchOffset + end)) {
      const next = lengths[end * 4]!
      if (next <= LONGEST_INLINE || pointers[end * 2 + 1] !== begin + BigInt(runBytes)) break
      runBytes += next
      end += 1
    }
    this.#reserve(runBytes)
    const pointerAt = memory.byteOffset + start * HEADER_BYTES + POINTER_AT
    const run = duckdb.get_data_from_pointer(memory.buffer as ArrayBuffer, pointerAt, runBytes)
    this.#bytes.set(run, this.#used)
    for (let row = start; row < end; row++) this.#endRow(lengths[row * 4]!)
    return end
  }

  #endRow(length: number): void {
    this.#used += length
    this.#rows += 1
    this.#offsets[this.#rows] = this.#used
  }

  #reserve(more: number): void {
    if (this.#used + more <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + more))
    grown.set(this.#bytes.subarray(0, this.#used))
    this.#bytes = grown
  }

  take(): EncodableColumn {
    const rows = this.#rows
    const bytes = this.#bytes.subarray(0, this.#used)
    const offsets = this.#offsets.subarray(0, rows + 1)
    const { flags, count } = this.#nulls.take(rows)
    this.#used = 0
    this.#rows = 0
    if (count === rows) return { type: this.type, data: { kind: 'null' }, constant: true }
    const data = { kind: 'text', offsets, bytes } as const
    if (flags !== undefined) return { type: this.type, data, nulls: flags }
    return { type: this.type, data, constant: rows > 1 && allEqual(offsets, bytes) }
  }
}

/** Contiguous strings of one length are equal when their bytes repeat. */
function allEqual(offsets: Uint32Array, bytes: Uint8Array): boolean {
  const length = offsets[1]!
  if (bytes.length !== length * (offsets.length - 1)) return false
  for (let row = 1; row < offsets.length; row++) if (offsets[row] !== row * length) return false
  return length === 0 || repeatsItself(bytes, length)
}
