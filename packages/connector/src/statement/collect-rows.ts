import type { RowOptions } from '../result/result-batch.ts'
import type { Deadline } from '../time/deadline.ts'
import type { BatchReader } from './batch-reader.ts'
import { type RunningQuery, tooLarge } from './running-query.ts'

/** A result that is being read, and by whom. */
export interface ReadResult {
  readonly query: RunningQuery
  readonly reader: BatchReader
}

/** The form of the rows, and how many bytes of result may be collected. */
export interface CollectOptions extends Required<Pick<RowOptions, 'rowShape' | 'types'>> {
  readonly maxResultBytes: number
}

/**
 * Collects the rows that are left of a result. The caller cancels the query when this fails.
 * @throws ResultTooLargeError when they are more than `maxResultBytes`
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
      // Nothing was handed over yet: what was collected of the run that was cut off is void.
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
