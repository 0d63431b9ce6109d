import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { csvFormat, type DelimitedOptions } from '../result/delimited-format.ts'
import type { Field } from '../result/field.ts'
import { type JsonOptions, ndjsonFormat } from '../result/json-format.ts'
import type { ParquetEncoder } from '../result/parquet-writer.ts'
import type { ResultBatch } from '../result/result-batch.ts'
import { type TextFormat, textColumns, textOfBatch } from '../result/text-format.ts'

/** The kind of stream an export returns. */
export interface ExportStreamOptions {
  /** A Node `Readable` of bytes, or a web `ReadableStream` of bytes. @default 'node' */
  readonly stream?: 'node' | 'web'
}

export interface CsvExportOptions extends ExportStreamOptions, DelimitedOptions {}

export interface NdjsonExportOptions extends ExportStreamOptions, JsonOptions {}

/** The stream type for the given options. */
export type ExportStream<Options extends ExportStreamOptions> = Options extends { readonly stream: 'web' }
  ? ReadableStream<Uint8Array>
  : Readable

/** A result that is read batch by batch; its columns are known once reading has started. */
export interface BatchSequence {
  readonly fields: readonly Field[] | undefined
  batches(): AsyncGenerator<ResultBatch, void, undefined>
}

export function csvStream<Options extends CsvExportOptions>(result: BatchSequence, options: Options) {
  return byteStream(textParts(result, csvFormat(options)), options)
}

export function ndjsonStream<Options extends NdjsonExportOptions>(result: BatchSequence, options: Options) {
  return byteStream(textParts(result, ndjsonFormat(options)), options)
}

export function parquetStream<Options extends ExportStreamOptions>(result: BatchSequence, options: Options) {
  return byteStream(parquetParts(result), options)
}

/**
 * A stream of bytes that requests the next part when there is room for it. Destroying it ends the query on the server.
 */
function byteStream<Options extends ExportStreamOptions>(
  parts: AsyncGenerator<string | Uint8Array, void, undefined>,
  options: Options,
): ExportStream<Options> {
  const readable = Readable.from(parts, { objectMode: false })
  return (options.stream === 'web' ? Readable.toWeb(readable) : readable) as ExportStream<Options>
}

async function* textParts(result: BatchSequence, format: TextFormat): AsyncGenerator<string, void, undefined> {
  let isBegun = false
  for await (const batch of result.batches()) {
    if (!isBegun) yield* notEmpty(format.head(textColumns(batch.fields)))
    isBegun = true
    yield* textOfBatch(batch, format)
    batch.release()
  }
  if (!isBegun) yield* notEmpty(format.head(textColumns(result.fields ?? [])))
  yield* notEmpty(format.tail())
}

function notEmpty(text: string): string[] {
  return text === '' ? [] : [text]
}

async function* parquetParts(result: BatchSequence): AsyncGenerator<Uint8Array, void, undefined> {
  // Loaded on first use, and a separate chunk in bundles.
  const { createParquetEncoder } = await import('../result/parquet-writer.ts')
  let encoder: ParquetEncoder | undefined
  for await (const batch of result.batches()) {
    encoder ??= await createParquetEncoder(batch.fields)
    const rowGroup = encoder.batch(batch)
    batch.release()
    if (rowGroup) yield rowGroup
  }
  encoder ??= await createParquetEncoder(result.fields ?? [])
  yield encoder.end()
}
