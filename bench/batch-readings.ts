import type { ResultBatch } from 'e6data-connector/wire'

/**
 * Makes every column of a batch: arrays of numbers are made when first asked for, all else is in place once it is
 * decoded.
 */
export function makeColumns({ vectors, rowCount }: ResultBatch): number {
  for (const vector of vectors) {
    if (vector.kind === 'date' || vector.kind === 'timestamp') void vector.micros
    else if (vector.kind === 'int64' || vector.kind === 'int32' || vector.kind === 'float64') void vector.values
  }
  return rowCount
}

/** Makes the rows of a batch one by one, and keeps none of them. */
export function countRows(batch: ResultBatch): number {
  let count = 0
  for (const row of batch.rows()) if (row !== undefined) count += 1
  return count
}

/** Makes the rows of a batch all at once, in an array. */
export function countKept(batch: ResultBatch): number {
  return batch.toRows().length
}
