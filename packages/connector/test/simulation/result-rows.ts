import { encodeChunk } from '../../src/result/encode-chunk.ts'
import type { Field } from '../../src/result/field.ts'
import { encodeResultMetadata } from '../../src/result/result-metadata.ts'
import type { Strategy } from '../../src/types/strategy.ts'

/** Who made a row, and which of its rows it is. */
export interface RowOrigin {
  readonly operation: number
  /** The query's id: one statement may be run several times, and only rows of one run belong together. */
  readonly run: string
  readonly strategy: Strategy
}

/** A row as the connector hands it over. */
export interface ResultRow {
  readonly operation: bigint
  readonly run: string
  readonly strategy: string
  readonly position: number
}

const FIELDS: readonly Field[] = [
  { name: 'operation', type: 'LONG', zone: '', format: '' },
  { name: 'run', type: 'STRING', zone: '', format: '' },
  { name: 'strategy', type: 'STRING', zone: '', format: '' },
  { name: 'position', type: 'INTEGER', zone: '', format: '' },
]

/** What results look like, by their number of rows. */
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

/** A batch of rows that can be told from all others. */
export function encodeRows({ operation, run, strategy }: RowOrigin, from: number, count: number): Uint8Array {
  const positions = Int32Array.from({ length: count }, (_, index) => from + index)
  return encodeChunk(
    [
      { type: 'LONG', data: { kind: 'int64', values: BigInt64Array.of(BigInt(operation)) }, constant: true },
      { type: 'STRING', data: { kind: 'strings', values: [run] }, constant: true },
      { type: 'STRING', data: { kind: 'strings', values: [strategy] }, constant: true },
      { type: 'INTEGER', data: { kind: 'int32', values: positions } },
    ],
    count,
  )
}

export const NO_ROWS = encodeChunk([], 0)

/** Which rows come with which batch: as even as can be. */
export function batchBounds(rows: number, batches: number, index: number): { from: number; count: number } {
  const from = Math.floor((rows * index) / batches)
  return { from, count: Math.floor((rows * (index + 1)) / batches) - from }
}
