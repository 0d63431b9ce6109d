import type { QueryStream } from 'e6data-connector'
import { type ResultBatch, type TextFormat, textOfBatch } from 'e6data-connector/wire'
import { type Column, columnsOf } from './column.ts'
import type { ProgressFacts } from './progress.ts'
import type { Sink } from './sink.ts'

export interface DeliveryOptions {
  /** Called after each batch, before it is written. */
  readonly onProgress?: (facts: ProgressFacts) => void
  /** Called before the first output is written. */
  readonly onBegin?: () => void
}

/** The totals of a delivered result. */
export interface Delivered {
  readonly rows: number
  readonly bytes: number
}

/** Reads a result and writes it as text, no more than one batch of it in memory. */
export async function deliverText(
  stream: QueryStream<unknown>,
  format: TextFormat<Column>,
  sink: Sink,
  options: DeliveryOptions = {},
): Promise<Delivered> {
  const writer = new TextWriter(stream, format, sink, options)
  for await (const batch of stream.batches()) await writer.write(batch)
  return writer.end()
}

class TextWriter {
  #rows = 0
  #bytes = 0
  #begun = false

  constructor(
    private readonly stream: QueryStream<unknown>,
    private readonly format: TextFormat<Column>,
    private readonly sink: Sink,
    private readonly options: DeliveryOptions,
  ) {}

  async write(batch: ResultBatch): Promise<void> {
    this.#rows += batch.rowCount
    this.#bytes += batch.byteLength
    this.options.onProgress?.(this.#facts())
    await this.#begin(batch.names)
    for (const text of textOfBatch(batch, this.format)) await this.#put(text)
  }

  async end(): Promise<Delivered> {
    await this.#begin(undefined)
    await this.#put(this.format.tail())
    return { rows: this.#rows, bytes: this.#bytes }
  }

  async #begin(keys: readonly string[] | undefined): Promise<void> {
    if (this.#begun) return
    this.#begun = true
    this.options.onBegin?.()
    await this.#put(this.format.head(columnsOf(this.stream.fields ?? [], keys)))
  }

  async #put(text: string): Promise<void> {
    if (text !== '') await this.sink.write(text)
  }

  #facts(): ProgressFacts {
    const { rowCount, strategy } = this.stream
    return { rows: this.#rows, bytes: this.#bytes, totalRows: rowCount, strategy }
  }
}
