import { connect } from 'e6data-connector'
import { type BareCall, bareGrpcJs, bareHttp2, bareQuery } from './bare-clients.ts'
import { makeColumns } from './batch-readings.ts'

/** Who is measured, each in a process of its own. */
export const TRANSPORT_CONTENDERS = ['http2', 'grpcJs', 'connector'] as const
export type TransportContender = (typeof TRANSPORT_CONTENDERS)[number]

interface Workload {
  readonly sql: string
  /** How many go on at once. */
  readonly atOnce: number
  /** How many each of those runs, one after the other. */
  readonly inSequence: number
}

/** What a run of each is. */
export const WORKLOADS = {
  /** Queries of one row, 16 at once. */
  sixteen: { sql: 'SELECT one', atOnce: 16, inSequence: 4 },
  /** Queries of one row, one at a time. */
  single: { sql: 'SELECT one', atOnce: 1, inSequence: 16 },
  /** One query of 84 MB; the connector makes every column. */
  receive: { sql: 'SELECT 20', atOnce: 1, inSequence: 1 },
} as const satisfies Readonly<Record<string, Workload>>

export type WorkloadName = keyof typeof WORKLOADS

/** Batches of 4.2 MB in a run of `receive`. */
export const RECEIVED_BATCHES = 20

export const queriesOf = (name: WorkloadName) => WORKLOADS[name].atOnce * WORKLOADS[name].inSequence

const BARE = { http2: bareHttp2, grpcJs: bareGrpcJs } as const satisfies Readonly<
  Record<string, (port: number) => Promise<BareCall>>
>

export async function prepare(
  contender: TransportContender,
  workload: WorkloadName,
  port: number,
): Promise<() => Promise<void>> {
  const { sql, atOnce, inSequence } = WORKLOADS[workload]
  const query =
    contender === 'connector' ? await connectorQuery(workload, port) : bareQuery(await BARE[contender](port), sql)
  const work = async () => {
    for (let count = 0; count < inSequence; count++) await query()
  }
  return async () => {
    await Promise.all(Array.from({ length: atOnce }, work))
  }
}

async function connectorQuery(workload: WorkloadName, port: number): Promise<() => Promise<unknown>> {
  const connection = await connect({
    host: '127.0.0.1',
    port,
    username: 'bench',
    password: 'bench',
    clusterName: 'bench',
    strategyStore: 'process',
  })
  const { sql } = WORKLOADS[workload]
  if (workload !== 'receive') return () => connection.query(sql)
  return async () => {
    for await (using batch of connection.stream(sql).batches()) makeColumns(batch)
  }
}
