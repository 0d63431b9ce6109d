import { type ColumnValues, chunk } from './thrift-chunk.ts'

/** The columns of every result. They identify each row, so that any loss, repetition or mixture is detected. */
export const ORACLE_FIELDS = [
  { name: 'tag', type: 'STRING' },
  { name: 'n', type: 'LONG' },
  { name: 'deployment', type: 'STRING' },
  { name: 'run', type: 'LONG' },
] as const

/**
 * One row as a client reads it. `n` counts from 0; `run` is another number for each time that a statement is prepared.
 */
export interface OracleRow {
  readonly tag: string
  readonly n: bigint
  readonly deployment: string
  readonly run: bigint
}

/** Rows `first` to `first + count - 1` of a run. */
export function oracleChunk(
  run: { tag: string; deployment: string; run: number },
  first: number,
  count: number,
): Buffer {
  const rows = Array.from({ length: count }, (_, index) => first + index)
  const columns: ColumnValues[] = [
    { type: 'STRING', values: rows.map(() => run.tag) },
    { type: 'LONG', values: rows.map(BigInt) },
    { type: 'STRING', values: rows.map(() => run.deployment) },
    { type: 'LONG', values: rows.map(() => BigInt(run.run)) },
  ]
  return chunk(count, count === 0 ? [] : columns)
}

/** Returns the fault of a result; `undefined` when it is complete, in order, and of one run. */
export function check(rows: readonly OracleRow[], expected: { rows: number; tag?: string }): string | undefined {
  if (rows.length !== expected.rows) return `${rows.length} rows of ${expected.rows}`
  for (const [index, row] of rows.entries()) {
    if (row.n !== BigInt(index)) return `row ${index} is number ${row.n}`
    if (expected.tag !== undefined && row.tag !== expected.tag) return `row ${index} is of ${row.tag}`
    if (row.deployment !== rows[0]!.deployment) return `row ${index} is of ${row.deployment}, others are not`
    if (row.run !== rows[0]!.run) return `row ${index} is of run ${row.run}, others are not`
  }
  return undefined
}
