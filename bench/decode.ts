import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ChunkDecoder, createArrowEncoder, decodeResultMetadata, isNull, type ResultBatch } from 'e6data-connector/wire'
import { encodeWithApacheArrow } from './apache-arrow-peer.ts'
import { parseWithApacheThrift } from './apache-thrift-peer.ts'
import { decodeChart } from './decode-chart.ts'
import { median } from './median.ts'

/** Rows a second, all over the same 50 000 rows of 8 columns in one run; see `docs/performance.md`. */
export interface DecodeFigures {
  /** Received bytes to typed columns. */
  readonly columnsRowsPerSecond: number
  /** Received bytes to rows as objects, every value made, taken one by one as a stream hands them out. */
  readonly objectsRowsPerSecond: number
  /** The same with all rows of the batch in one array: the collector then copies them while they are made. */
  readonly keptObjectsRowsPerSecond: number
  /** One copy of the received bytes. */
  readonly memcpyRowsPerSecond: number
  /** Received bytes to the objects of the Apache `thrift` package. */
  readonly apacheThriftRowsPerSecond: number
  /** Typed columns to an Arrow stream, without an Arrow library. */
  readonly arrowIpcRowsPerSecond: number
  /** Typed columns to an Arrow stream with `apache-arrow`. */
  readonly apacheArrowRowsPerSecond: number
}

const RUNS_PER_TURN = 4

const file = (name: string) => readFileSync(new URL(`../packages/connector/vectors/${name}`, import.meta.url))

interface Expected {
  rows: number
  nullsPerColumn: number[]
  sumLong: string
  sumInteger: string
}

export async function measureDecode(): Promise<DecodeFigures> {
  const chunk = file('bench-chunk.bin')
  const expected = JSON.parse(file('bench-expected.json').toString()) as Expected
  const { fields } = decodeResultMetadata(file('bench-meta.bin'))
  const decoder = new ChunkDecoder(fields)
  const target = Buffer.alloc(chunk.length)
  const batch = decoder.decode(chunk)
  checkSums(batch, expected)
  const seconds = {
    ...interleaved(
      {
        memcpy: () => target.set(chunk),
        columns: () => makeColumns(decoder.decode(chunk)),
      },
      { rounds: 201 },
    ),
    ...interleaved({ arrowIpc: () => void createArrowEncoder(fields).batch(batch) }, { rounds: 41 }),
    ...interleaved(
      {
        objects: () => checkCount(countRows(decoder.decode(chunk)), expected),
        keptObjects: () => checkCount(decoder.decode(chunk).toRows().length, expected),
        apacheThrift: () => checkCount(parseWithApacheThrift(chunk).size, expected),
      },
      { rounds: 21, collect: garbageCollector() },
    ),
    ...interleaved(
      { apacheArrow: () => void encodeWithApacheArrow(batch) },
      { rounds: 3, collect: garbageCollector() },
    ),
  }
  const rate = (name: keyof typeof seconds) => expected.rows / seconds[name]
  return {
    columnsRowsPerSecond: rate('columns'),
    objectsRowsPerSecond: rate('objects'),
    keptObjectsRowsPerSecond: rate('keptObjects'),
    memcpyRowsPerSecond: rate('memcpy'),
    apacheThriftRowsPerSecond: rate('apacheThrift'),
    arrowIpcRowsPerSecond: rate('arrowIpc'),
    apacheArrowRowsPerSecond: rate('apacheArrow'),
  }
}

interface Turns {
  rounds: number
  /** Collects garbage before each turn; left out where there is next to none. */
  collect?: () => void
}

/**
 * Gives each of them a turn in each round, so that a disturbance of the machine meets all alike. Before a turn the garbage of
 * the one before is collected: else it would be paid for by whoever comes next. A turn is several runs, so that each pays
 * for its own.
 * @returns the median of each one's turns, in seconds for one run.
 */
function interleaved<Name extends string>(
  contenders: Record<Name, () => void>,
  { rounds, collect }: Turns,
): Record<Name, number> {
  const names = Object.keys(contenders) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>
  const warmUp = Math.ceil(rounds / 4)
  for (let round = 0; round < warmUp + rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length]!
      const run = contenders[name]
      collect?.()
      const started = performance.now()
      for (let repeat = 0; repeat < RUNS_PER_TURN; repeat++) run()
      if (round >= warmUp) times[name].push((performance.now() - started) / 1000 / RUNS_PER_TURN)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
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

function checkCount(count: number, { rows }: Expected): void {
  if (count !== rows) throw new Error(`${count} rows came of ${rows}`)
}

function checkSums(batch: ResultBatch, { rows, nullsPerColumn, sumLong, sumInteger }: Expected): void {
  const nulls = batch.vectors.map((vector) => {
    let count = 0
    for (let row = 0; row < batch.rowCount; row++) if (isNull(vector, row)) count += 1
    return count
  })
  const made = batch.toRows({ rowShape: 'array' })
  const total = (column: number) =>
    made.reduce((sum, row) => sum + BigInt((row[column] as bigint | number | null) ?? 0), 0n)
  const found = JSON.stringify([made.length, nulls, String(total(0)), String(total(1))])
  const wanted = JSON.stringify([rows, nullsPerColumn, sumLong, sumInteger])
  if (found !== wanted) throw new Error(`decoded ${found}, expected ${wanted}`)
}

/** `npx tsx bench/decode.ts [--chart FILE]`: prints the figures, and draws them. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { chart: { type: 'string' } } })
  const figures = await measureDecode()
  for (const [name, value] of Object.entries(figures))
    console.log(`${name.padEnd(28)}${Math.round(value).toLocaleString('en-US').padStart(14)}`)
  if (values.chart !== undefined) writeFileSync(values.chart, decodeChart(figures))
}

if (process.argv[1] === import.meta.filename) await main()
