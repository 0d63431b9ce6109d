import { encodeChunk } from '../../src/result/encode-chunk.ts'
import type { Field } from '../../src/result/field.ts'
import { encodeResultMetadata } from '../../src/result/result-metadata.ts'
import type { Strategy } from '../../src/types/strategy.ts'

/** The origin of a row. */
export interface RowOrigin {
  readonly operation: number
  /** The query's id: a statement may be run several times, and only rows of one run belong together. */
  readonly run: string
  readonly colour: Strategy
}

/** A row as the connector returns it. */
export interface ResultRow {
  readonly operation: bigint
  readonly run: string
  readonly colour: string
  readonly position: number
}

const FIELDS: readonly Field[] = [
  { name: 'operation', type: 'LONG', zone: '', format: '' },
  { name: 'run', type: 'STRING', zone: '', format: '' },
  { name: 'colour', type: 'STRING', zone: '', format: '' },
  { name: 'position', type: 'INTEGER', zone: '', format: '' },
]

/** Result metadata, by number of rows. */
export class MetadataCache {
  readonly #encoded = new Map<number, Uint8Array>()

  of(rowCount: number): Uint8Array {
    const known = this.#encoded.get(rowCount)
    if (known) return known
    const encoded = encodeResultMetadata({ rowCount: BigInt(rowCount), fields: [...FIELDS] })
    this.#encoded.set(rowCount, encoded)
    return encoded
  }
}

/** Encodes a batch of rows that are distinguishable from all others. */
export function encodeRows({ operation, run, colour }: RowOrigin, from: number, count: number): Uint8Array {
  const positions = Int32Array.from({ length: count }, (_, index) => from + index)
  return encodeChunk(
    [
      { type: 'LONG', data: { kind: 'int64', values: BigInt64Array.of(BigInt(operation)) }, constant: true },
      { type: 'STRING', data: { kind: 'strings', values: [run] }, constant: true },
      { type: 'STRING', data: { kind: 'strings', values: [colour] }, constant: true },
      { type: 'INTEGER', data: { kind: 'int32', values: positions } },
    ],
    count,
  )
}

export const NO_ROWS = encodeChunk([], 0)

/** Returns the rows of each batch, split as evenly as possible. */
export function batchBounds(rows: number, batches: number, index: number): { from: number; count: number } {
  const from = Math.floor((rows * index) / batches)
  return { from, count: Math.floor((rows * (index + 1)) / batches) - from }
}
