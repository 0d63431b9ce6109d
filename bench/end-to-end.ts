import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCannedServer } from './canned-process.ts'
import { holdContest } from './contest.ts'
import {
  BATCHES,
  END_TO_END_CONTENDERS,
  type EndToEndContender,
  KEEPING_CONTENDERS,
  ROWS_A_BATCH,
} from './end-to-end-contenders.ts'
import { median } from './median.ts'

/** What a program receives over loopback, compared with what transport and decoding reach alone. */
export interface EndToEndFigures {
  /** A bare gRPC transfer of the same bytes, nothing decoded. */
  readonly transportMBps: number
  /** Typed columns, by `stream().batches()`. */
  readonly columnsMBps: number
  /** Rows as objects, one by one, by `stream().batches()` and `batch.rows()`. */
  readonly objectsRowsPerSecond: number
  /** The same with `transportThread`: a second thread holds the connection. */
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
  /** Rows one by one from bytes that are there already, while another process transfers as many batches bare. */
  readonly decodeBesideTransferRowsPerSecond: number
  /** All rows of a batch in one array, likewise. */
  readonly keptDecodeBesideTransferRowsPerSecond: number
  /** The kept ones again, in programs with a nursery of 64 MB. */
  readonly roomyKeptObjectsRowsPerSecond: number
  readonly roomyThreadedKeptObjectsRowsPerSecond: number
  readonly roomyKeptDecodeOnlyRowsPerSecond: number
  readonly roomyKeptDecodeBesideTransferRowsPerSecond: number
  /**
   * Processor time of the program's own thread for each batch, in milliseconds: what is left of a contender where there
   * are cores enough for all who work. Empty where the system does not account for it.
   */
  readonly programThreadMs: Partial<Readonly<Record<EndToEndContender, number>>>
  /** The most memory that the process which reads columns held. */
  readonly peakRssMB: number
}

const VECTORS = fileURLToPath(new URL('../packages/connector/vectors', import.meta.url))
const MEGABYTES = (statSync(join(VECTORS, 'bench-chunk.bin')).size * BATCHES) / 1e6
/** The advice of docs/performance.md for programs that keep many rows. */
const LARGE_NURSERY = '--max-semi-space-size=64'

/** Measures for about three minutes on two quiet cores. */
export async function measureEndToEnd(): Promise<EndToEndFigures> {
  await using server = await startCannedServer()
  const common = {
    program: './end-to-end-contender.ts',
    args: [VECTORS, String(server.port)],
    // The built connector, as its users load it.
    external: ['e6data-connector', '@grpc/grpc-js', '@bufbuild/*'],
    sets: 2,
    warmUpRounds: 1,
    rounds: 4,
    turnSeconds: 0.75,
  }
  const turns = await holdContest({ ...common, contenders: END_TO_END_CONTENDERS })
  const roomy = await holdContest({ ...common, contenders: KEEPING_CONTENDERS, nodeOptions: [LARGE_NURSERY] })
  const turnsIn = (all: typeof turns, contender: EndToEndContender) => all.get(contender) ?? []
  const seconds = (all: typeof turns, contender: EndToEndContender) =>
    median(turnsIn(all, contender).map((turn) => turn.seconds))
  const rateIn = (all: typeof turns) => (contender: EndToEndContender) =>
    (ROWS_A_BATCH * BATCHES) / seconds(all, contender)
  const [rate, roomyRate] = [rateIn(turns), rateIn(roomy)]
  const programThreadMs = Object.fromEntries(
    END_TO_END_CONTENDERS.flatMap((contender) => {
      const accounted = turnsIn(turns, contender).flatMap(({ threadSeconds }) => threadSeconds ?? [])
      return accounted.length > 0 ? [[contender, (median(accounted) * 1000) / BATCHES]] : []
    }),
  )
  return {
    transportMBps: MEGABYTES / seconds(turns, 'transport'),
    columnsMBps: MEGABYTES / seconds(turns, 'columns'),
    objectsRowsPerSecond: rate('rows'),
    threadedObjectsRowsPerSecond: rate('threadedRows'),
    streamedObjectsRowsPerSecond: rate('streamedRows'),
    keptObjectsRowsPerSecond: rate('keptRows'),
    threadedKeptObjectsRowsPerSecond: rate('threadedKeptRows'),
    decodeOnlyRowsPerSecond: rate('decodedRows'),
    keptDecodeOnlyRowsPerSecond: rate('decodedKeptRows'),
    decodeBesideTransferRowsPerSecond: rate('decodedRowsBeside'),
    keptDecodeBesideTransferRowsPerSecond: rate('decodedKeptRowsBeside'),
    roomyKeptObjectsRowsPerSecond: roomyRate('keptRows'),
    roomyThreadedKeptObjectsRowsPerSecond: roomyRate('threadedKeptRows'),
    roomyKeptDecodeOnlyRowsPerSecond: roomyRate('decodedKeptRows'),
    roomyKeptDecodeBesideTransferRowsPerSecond: roomyRate('decodedKeptRowsBeside'),
    programThreadMs,
    peakRssMB: Math.max(...turnsIn(turns, 'columns').map(({ rssBytes }) => rssBytes)) / 1e6,
  }
}
