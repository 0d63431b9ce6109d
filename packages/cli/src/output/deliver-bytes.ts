import type { QueryStream } from 'e6data-connector'
import type { Delivered } from './deliver.ts'
import type { ProgressFacts } from './progress.ts'
import type { Sink } from './sink.ts'

/** The binary formats, which a stream writes part by part. */
const PARTS = {
  arrow: (stream: QueryStream<unknown>): AsyncIterable<Uint8Array> => stream.arrowIpc(),
  parquet: (stream: QueryStream<unknown>): AsyncIterable<Uint8Array> => stream.toParquet(),
} as const

export type ByteFormatName = keyof typeof PARTS

/** Writes a result as an Arrow IPC stream or a Parquet file, part by part. */
export async function deliverBytes(
  stream: QueryStream<unknown>,
  format: ByteFormatName,
  sink: Sink,
  onProgress: (facts: ProgressFacts) => void,
): Promise<Delivered> {
  let bytes = 0
  for await (const part of PARTS[format](stream)) {
    bytes += part.byteLength
    onProgress({ rows: 0, bytes, totalRows: stream.rowCount, strategy: stream.strategy })
    await sink.write(part)
  }
  return { rows: stream.rowCount ?? 0, bytes }
}
