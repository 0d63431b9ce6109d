import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChunkDecoder, createArrowEncoder, decodeResultMetadata, isNull, type ResultBatch } from 'e6data-connector/wire'
import { countRows, makeColumns } from './batch-readings.ts'

/** What is measured. Each runs in a process of its own, so that none finds the heap as another one left it. */
export const CONTENDERS = [
  'memcpy',
  'columns',
  'objects',
  'keptObjects',
  'jsonParse',
  'apacheThrift',
  'arrowIpc',
  'apacheArrow',
] as const
export type Contender = (typeof CONTENDERS)[number]

interface Expected {
  rows: number
  nullsPerColumn: number[]
  sumLong: string
  sumInteger: string
}

/**
 * Loads what a contender needs and nothing else, since the collector walks over everything that is loaded.
 * @param vectors the folder of the batch that is measured.
 * @returns a run of it over the batch, once.
 */
export async function prepare(contender: Contender, vectors: string): Promise<() => void> {
  const file = (name: string) => readFileSync(join(vectors, name))
  const expected = JSON.parse(file('bench-expected.json').toString()) as Expected
  const checkCount = (count: number) => {
    if (count !== expected.rows) throw new Error(`${count} rows came of ${expected.rows}`)
  }
  const chunk = file('bench-chunk.bin')
  const { fields } = decodeResultMetadata(file('bench-meta.bin'))
  const decoder = new ChunkDecoder(fields)
  const batch = decoder.decode(chunk)
  checkSums(batch, expected)
  switch (contender) {
    case 'memcpy': {
      const target = Buffer.alloc(chunk.length)
      return () => target.set(chunk)
    }
    case 'columns':
      return () => checkCount(makeColumns(decoder.decode(chunk)))
    case 'objects':
      return () => checkCount(countRows(decoder.decode(chunk)))
    case 'keptObjects':
      return () => checkCount(decoder.decode(chunk).toRows().length)
    case 'jsonParse': {
      // The same rows, as a server that answers in JSON would send them.
      const text = JSON.stringify(batch.toJsonRows())
      return () => checkCount((JSON.parse(text) as unknown[]).length)
    }
    case 'arrowIpc':
      return () => void createArrowEncoder(fields).batch(batch)
    case 'apacheThrift': {
      const { parseWithApacheThrift } = await import('./apache-thrift-peer.ts')
      return () => checkCount(parseWithApacheThrift(chunk).size)
    }
    case 'apacheArrow': {
      const { encodeWithApacheArrow } = await import('./apache-arrow-peer.ts')
      return () => void encodeWithApacheArrow(batch)
    }
  }
}

function checkSums(batch: ResultBatch, { rows, nullsPerColumn, sumLong, sumInteger }: Expected): void {
  const nulls = batch.vectors.map((vector) => {
    let count = 0
    for (let row = 0; row < batch.rowCount; row++) if (isNull(vector, row)) count += 1
    return count
  })
  let longs = 0n
  let integers = 0
  for (const [long, integer] of batch.rows({ rowShape: 'array' })) {
    longs += (long as bigint | null) ?? 0n
    integers += (integer as number | null) ?? 0
  }
  const found = JSON.stringify([batch.rowCount, nulls, String(longs), String(integers)])
  const wanted = JSON.stringify([rows, nullsPerColumn, sumLong, sumInteger])
  if (found !== wanted) throw new Error(`decoded ${found}, expected ${wanted}`)
}
