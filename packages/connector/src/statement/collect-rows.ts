import type { RowOptions } from '../result/result-batch.ts'
import type { Deadline } from '../time/deadline.ts'
import type { BatchReader } from './batch-reader.ts'
import { type RunningQuery, tooLarge } from './running-query.ts'

/** A result and its reader. */
export interface ReadResult {
  readonly query: RunningQuery
  readonly reader: BatchReader
}

/** The form of the rows, and the maximum number of result bytes to collect. */
export interface CollectOptions extends Required<Pick<RowOptions, 'rowShape' | 'types'>> {
  readonly maxResultBytes: number
}

/**
 * Collects the remaining rows of a result. The caller cancels the query when this fails.
 * @throws ResultTooLargeError when the rows exceed `maxResultBytes`
 */
export async function collectRows<Row>(
  { query, reader }: ReadResult,
  { maxResultBytes, rowShape, types }: CollectOptions,
  deadline: Deadline,
): Promise<Row[]> {
  let rows: Row[] = []
  let received = 0
  let reruns = reader.reruns
  for (;;) {
    const batch = await reader.next(deadline, 'collect', maxResultBytes)
    if (reader.reruns !== reruns) {
      // No row was handed over yet, so the rows collected from the interrupted run are void.
      rows = []
      received = 0
      reruns = reader.reruns
    }
    if (batch === undefined) break
    received += batch.byteLength
    if (received > maxResultBytes) throw refused(query, maxResultBytes)
    const more = batch.toRows({ rowShape, types }) as unknown as Row[]
    batch.release()
    if (rows.length === 0) rows = more
    else for (const row of more) rows.push(row)
  }
  query.handOver(rows.length)
  return rows
}

function refused(query: RunningQuery, maxResultBytes: number): unknown {
  const error = query.identified(tooLarge(maxResultBytes))
  query.failed(error)
  return error
}
