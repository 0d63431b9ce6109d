import { readFileSync } from 'node:fs'
import { ChunkDecoder, createArrowEncoder, decodeResultMetadata, isNull, type ResultBatch } from 'e6data-connector/wire'
import { encodeWithApacheArrow } from './apache-arrow-peer.ts'
import { parseWithApacheThrift } from './apache-thrift-peer.ts'

/** What is measured. Each runs in a process of its own, so that none finds the heap as another one left it. */
export const CONTENDERS = [
  'memcpy',
  'columns',
  'objects',
  'keptObjects',
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

const file = (name: string) => readFileSync(new URL(`../packages/connector/vectors/${name}`, import.meta.url))

/** Rows of the measured batch. */
export const ROWS = (JSON.parse(file('bench-expected.json').toString()) as Expected).rows

/** @returns a run of a contender over the batch, once. */
export function prepare(contender: Contender): () => void {
  const chunk = file('bench-chunk.bin')
  const { fields } = decodeResultMetadata(file('bench-meta.bin'))
  const decoder = new ChunkDecoder(fields)
  const batch = decoder.decode(chunk)
  checkSums(batch, JSON.parse(file('bench-expected.json').toString()) as Expected)
  const target = Buffer.alloc(chunk.length)
  const runs: Record<Contender, () => void> = {
    memcpy: () => target.set(chunk),
    columns: () => makeColumns(decoder.decode(chunk)),
    objects: () => checkCount(countRows(decoder.decode(chunk))),
    keptObjects: () => checkCount(decoder.decode(chunk).toRows().length),
    apacheThrift: () => checkCount(parseWithApacheThrift(chunk).size),
    arrowIpc: () => void createArrowEncoder(fields).batch(batch),
    apacheArrow: () => void encodeWithApacheArrow(batch),
  }
  return runs[contender]
}

/** Arrays of numbers are made when first asked for; all else is in place once a batch is decoded. */
function makeColumns({ vectors }: ResultBatch): void {
  for (const vector of vectors) {
    if (vector.kind === 'date' || vector.kind === 'timestamp') void vector.micros
    else if (vector.kind === 'int64' || vector.kind === 'int32' || vector.kind === 'float64') void vector.values
  }
}

function countRows(batch: ResultBatch): number {
  let count = 0
  for (const row of batch.rows()) if (row !== undefined) count += 1
  return count
}

function checkCount(count: number): void {
  if (count !== ROWS) throw new Error(`${count} rows came of ${ROWS}`)
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
