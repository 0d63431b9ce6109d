import type { QueryStream } from 'e6data-connector'
import type { Delivered } from './deliver.ts'
import type { ProgressFacts } from './progress.ts'
import type { Sink } from './sink.ts'

/** Writes a result as an Arrow IPC stream, batch by batch. */
export async function deliverArrow(
  stream: QueryStream<unknown>,
  sink: Sink,
  onProgress: (facts: ProgressFacts) => void,
): Promise<Delivered> {
  let bytes = 0
  for await (const part of stream.arrowIpc()) {
    bytes += part.byteLength
    onProgress({ rows: 0, bytes, totalRows: stream.rowCount, strategy: stream.strategy })
    await sink.write(part)
  }
  return { rows: stream.rowCount ?? 0, bytes }
}
