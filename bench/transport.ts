import { installedPackages, minifiedBytes } from '../scripts/footprint.ts'
import { startCannedServer } from './canned-process.ts'
import type { Turn } from './contender-process.ts'
import { holdContest } from './contest.ts'
import { measureImports } from './import-cost.ts'
import { median } from './median.ts'
import {
  queriesOf,
  RECEIVED_BATCHES,
  TRANSPORT_CONTENDERS,
  type TransportContender,
  type WorkloadName,
} from './transport-contenders.ts'

type OfEach<Figure> = Readonly<Record<TransportContender, Figure>>

/** What reaching the cluster costs the client, with what the layers below allow in the same run. */
export interface TransportFigures {
  /** Processor time of a query of one row, which is six calls, with 16 queries at once, in milliseconds. */
  readonly cpuMsPerQuery: number
  /** The same six calls on `node:http2` and nothing else. */
  readonly http2CpuMsPerQuery: number
  /** The same six calls on the client of `@grpc/grpc-js`. */
  readonly grpcJsCpuMsPerQuery: number
  /** Processor time of a query with one at a time, in milliseconds. */
  readonly oneAtATimeCpuMs: OfEach<number>
  /** Processor time of a batch of 4.2 MB, in milliseconds; the connector makes every column of it. */
  readonly receiveCpuMs: OfEach<number>
  /** Time of a batch of 4.2 MB, in milliseconds. */
  readonly receiveMs: OfEach<number>
  /** Processor time of the first import, in milliseconds. */
  readonly importCpuMs: number
  readonly importCjsCpuMs: number
  readonly clickhouseImportCpuMs: number
  readonly pgImportCpuMs: number
  readonly http2ImportCpuMs: number
  /** Packages that an install brings, the connector among them. */
  readonly packages: number
  /** A program with `connect` and `query`, bundled and minified. */
  readonly minifiedKB: number
}

/** Measures for about two minutes on two quiet cores. */
export async function measureTransport(): Promise<TransportFigures> {
  const [sixteen, single, receive] = await measureWorkloads()
  const imports = await measureImports()
  const cpuMs = (turns: Turns, runs: number) => ofEach(turns, ({ cpuSeconds }) => (cpuSeconds * 1000) / runs)
  const perQuery = cpuMs(sixteen, queriesOf('sixteen'))
  return {
    cpuMsPerQuery: perQuery.connector,
    http2CpuMsPerQuery: perQuery.http2,
    grpcJsCpuMsPerQuery: perQuery.grpcJs,
    oneAtATimeCpuMs: cpuMs(single, queriesOf('single')),
    receiveCpuMs: cpuMs(receive, RECEIVED_BATCHES),
    receiveMs: ofEach(receive, ({ seconds }) => (seconds * 1000) / RECEIVED_BATCHES),
    importCpuMs: imports.connector,
    importCjsCpuMs: imports.connectorCjs,
    clickhouseImportCpuMs: imports.clickhouse,
    pgImportCpuMs: imports.pg,
    http2ImportCpuMs: imports.http2,
    packages: (await installedPackages()).length,
    minifiedKB: (await minifiedBytes()) / 1000,
  }
}

type Turns = ReadonlyMap<TransportContender, readonly Turn[]>

async function measureWorkloads(): Promise<[sixteen: Turns, single: Turns, receive: Turns]> {
  await using server = await startCannedServer()
  const contest = (workload: WorkloadName) =>
    holdContest({
      contenders: TRANSPORT_CONTENDERS,
      program: './transport-contender.ts',
      args: [workload, String(server.port)],
      // The connector as it was built: what its users load.
      external: ['e6data-connector', '@grpc/grpc-js', '@bufbuild/*'],
      sets: 1,
      warmUpRounds: 3,
      rounds: 15,
      turnSeconds: 0.4,
    })
  return [await contest('sixteen'), await contest('single'), await contest('receive')]
}

function ofEach(turns: Turns, figure: (turn: Turn) => number): OfEach<number> {
  const medianOf = (contender: TransportContender) => median((turns.get(contender) ?? []).map(figure))
  return { http2: medianOf('http2'), grpcJs: medianOf('grpcJs'), connector: medianOf('connector') }
}
