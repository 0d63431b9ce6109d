import { readFileSync } from 'node:fs'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { Client, credentials } from '@grpc/grpc-js'
import { type Connection, connect } from 'e6data-connector'
import { decodeChunk, decodeResultMetadata, queryEngine } from 'e6data-connector/wire'
import { startCannedServer } from './canned-process.ts'
import { median } from './median.ts'

export interface EndToEndFigures {
  /** A bare gRPC transfer of the same bytes over loopback, nothing decoded. */
  transportMBps: number
  /** Typed columns, by `stream().batches()`. */
  columnsMBps: number
  /** Rows as objects, by `stream()`. */
  objectsRowsPerSecond: number
  /** What decoding and making rows of the same bytes allows, with no transport at all. */
  decodeOnlyRowsPerSecond: number
  peakRssMB: number
}

const BATCHES = 20
const ROUNDS = 7
const WARM_UP = 2

const vector = (name: string) => readFileSync(new URL(`../packages/connector/vectors/${name}`, import.meta.url))
const chunk = vector('bench-chunk.bin')
const { fields, rowCount } = decodeResultMetadata(vector('bench-meta.bin'))
const bytesARound = chunk.byteLength * BATCHES
const rowsARound = Number(rowCount) * BATCHES
const sql = `SELECT ${BATCHES}`

/** What arrives in a program's hands over loopback, beside what the transport alone allows. Takes about 20 s. */
export async function measureEndToEnd(): Promise<EndToEndFigures> {
  await using server = await startCannedServer()
  const { port } = server
  const bare = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc-node.flow_control_window': 8 << 20,
  })
  await using connection = await connect({
    host: '127.0.0.1',
    port,
    username: 'bench',
    password: 'bench',
    strategyStore: 'process',
  })
  const paths = {
    transport: () => transferBare(bare),
    columns: () => readColumns(connection),
    rows: () => readRows(connection),
    decode: async () => decodeAlone(),
  }
  const times = { transport: [] as number[], columns: [] as number[], rows: [] as number[], decode: [] as number[] }
  let peakRss = 0
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const [name, run] of Object.entries(paths)) {
      const startedAt = performance.now()
      await run()
      if (round >= WARM_UP) times[name as keyof typeof paths].push((performance.now() - startedAt) / 1000)
      peakRss = Math.max(peakRss, process.memoryUsage.rss())
    }
  }
  bare.close()
  const megabytes = bytesARound / 1e6
  return {
    transportMBps: megabytes / median(times.transport),
    columnsMBps: megabytes / median(times.columns),
    objectsRowsPerSecond: rowsARound / median(times.rows),
    decodeOnlyRowsPerSecond: rowsARound / median(times.decode),
    peakRssMB: peakRss / 1e6,
  }
}

const { method } = queryEngine.QueryEngineService

/** The same calls for the same bytes, each asked for when the last has come. */
async function transferBare(client: Client): Promise<void> {
  const ask = <Request extends object>(name: string, request: Request, encode: (request: Request) => Uint8Array) =>
    new Promise<Buffer>((resolve, reject) => {
      const serialize = (it: Request) => Buffer.from(encode(it))
      client.makeUnaryRequest(
        `/QueryEngineService/${name}`,
        serialize,
        (bytes) => bytes,
        request,
        (error, answer) => (error ? reject(error) : resolve(answer!)),
      )
    })
  const { input, output } = method.prepareStatement
  const prepared = await ask('prepareStatement', create(input, { queryString: sql }), (it) => toBinary(input, it))
  const { queryId } = fromBinary(output, prepared)
  const fetch = method.getNextResultBatch.input
  for (let batch = 0; batch < BATCHES; batch++) {
    await ask('getNextResultBatch', create(fetch, { queryId }), (it) => toBinary(fetch, it))
  }
}

async function readColumns(connection: Connection): Promise<void> {
  let rows = 0
  for await (const batch of connection.stream(sql).batches()) rows += batch.column('c0').length
  expectRows(rows)
}

async function readRows(connection: Connection): Promise<void> {
  let rows = 0
  for await (const batch of connection.stream(sql).batches()) rows += batch.toRows().length
  expectRows(rows)
}

function decodeAlone(): void {
  let rows = 0
  for (let batch = 0; batch < BATCHES; batch++) rows += decodeChunk(chunk, fields).toRows().length
  expectRows(rows)
}

function expectRows(rows: number): void {
  if (rows !== rowsARound) throw new Error(`${rows} rows came, not ${rowsARound}`)
}
