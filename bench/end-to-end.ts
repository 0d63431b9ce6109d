import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCannedServer } from './canned-process.ts'
import { holdContest } from './contest.ts'
import { BATCHES, END_TO_END_CONTENDERS, type EndToEndContender, ROWS_A_BATCH } from './end-to-end-contenders.ts'
import { median } from './median.ts'

/** What arrives in a program's hands over loopback, beside what the transport and decoding allow alone. */
export interface EndToEndFigures {
  /** A bare gRPC transfer of the same bytes, nothing decoded. */
  readonly transportMBps: number
  /** Typed columns, by `stream().batches()`. */
  readonly columnsMBps: number
  /** Rows as objects, one by one, by `stream().batches()` and `batch.rows()`. */
  readonly objectsRowsPerSecond: number
  /** The same with `transportThread`: a thread beside the program's holds the connection. */
  readonly threadedObjectsRowsPerSecond: number
  /** Rows by `for await (const row of stream())`. */
  readonly streamedObjectsRowsPerSecond: number
  /** All rows of a batch in one array, by `stream().batches()` and `batch.toRows()`. */
  readonly keptObjectsRowsPerSecond: number
  /** The same with `transportThread`. */
  readonly threadedKeptObjectsRowsPerSecond: number
  /** Rows one by one from bytes that are there already. */
  readonly decodeOnlyRowsPerSecond: number
  /** All rows of a batch in one array, from bytes that are there already. */
  readonly keptDecodeOnlyRowsPerSecond: number
  /** The most memory that the process which reads columns held. */
  readonly peakRssMB: number
}

const VECTORS = fileURLToPath(new URL('../packages/connector/vectors', import.meta.url))

/** Measures for about 100 s on two quiet cores. */
export async function measureEndToEnd(): Promise<EndToEndFigures> {
  await using server = await startCannedServer()
  const turns = await holdContest({
    contenders: END_TO_END_CONTENDERS,
    program: './end-to-end-contender.ts',
    args: [VECTORS, String(server.port)],
    // The connector as it was built: what its users load.
    external: ['e6data-connector', '@grpc/grpc-js', '@bufbuild/*'],
    sets: 2,
    warmUpRounds: 1,
    rounds: 4,
    turnSeconds: 0.75,
  })
  const turnsOf = (contender: EndToEndContender) => turns.get(contender) ?? []
  const seconds = (contender: EndToEndContender) => median(turnsOf(contender).map((turn) => turn.seconds))
  const megabytes = (statSync(join(VECTORS, 'bench-chunk.bin')).size * BATCHES) / 1e6
  const rate = (contender: EndToEndContender) => (ROWS_A_BATCH * BATCHES) / seconds(contender)
  return {
    transportMBps: megabytes / seconds('transport'),
    columnsMBps: megabytes / seconds('columns'),
    objectsRowsPerSecond: rate('rows'),
    threadedObjectsRowsPerSecond: rate('threadedRows'),
    streamedObjectsRowsPerSecond: rate('streamedRows'),
    keptObjectsRowsPerSecond: rate('keptRows'),
    threadedKeptObjectsRowsPerSecond: rate('threadedKeptRows'),
    decodeOnlyRowsPerSecond: rate('decodedRows'),
    keptDecodeOnlyRowsPerSecond: rate('decodedKeptRows'),
    peakRssMB: Math.max(...turnsOf('columns').map(({ rssBytes }) => rssBytes)) / 1e6,
  }
}

/** `npx tsx bench/end-to-end.ts`, of packages that are built: prints the figures. */
async function main(): Promise<void> {
  for (const [name, value] of Object.entries(await measureEndToEnd())) {
    console.log(`${name.padEnd(32)}${Math.round(value).toLocaleString('en-US').padStart(12)}`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
