import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { Client, credentials } from '@grpc/grpc-js'
import { type Connection, type ConnectOptions, connect } from 'e6data-connector'
import { ChunkDecoder, decodeResultMetadata, queryEngine, type ResultBatch } from 'e6data-connector/wire'
import { countKept, countRows, makeColumns } from './batch-readings.ts'
import { nextAnswer, startProcess } from './measuring-process.ts'

/** Batches of the result that each run reads. */
export const BATCHES = 20
export const ROWS_A_BATCH = 50_000

/** What a run works on. */
interface Material {
  /** The folder of the batch. */
  readonly vectors: string
  /** The batch that the server sends again and again, as bytes. */
  readonly chunk: Buffer
  readonly metadata: Buffer
  /** Of the server of canned results, on the loopback interface. */
  readonly port: number
}

/** Makes a run of a contender, which counts the rows it is given. */
type Contender = (material: Material) => Promise<() => number | Promise<number>>

const SQL = `SELECT ${BATCHES}`

/** What is measured, each in a process of its own. */
export const CONTENDERS = {
  /** The same calls for the same bytes, each asked for when the last has come, and nothing decoded. */
  transport: async ({ port }) => {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc-node.flow_control_window': 8 << 20,
    })
    return () => transferBare(client)
  },
  /** Typed columns, every one made. */
  columns: reading(readColumns),
  /** Rows as objects, one by one, in a loop within each batch. */
  rows: reading(readRows),
  /** The same with `transportThread`: a second thread holds the connection. */
  threadedRows: reading(readRows, { transportThread: true }),
  /** The rows by one loop over the stream. */
  streamedRows: reading(readStream),
  /** The rows of a batch all at once, in an array. */
  keptRows: reading(keepRows),
  /** The same through the thread. */
  threadedKeptRows: reading(keepRows, { transportThread: true }),
  /** What decoding and making the same rows takes with no transport at all. */
  decodedRows: decoding(countRows),
  decodedKeptRows: decoding(countKept),
  /** The same while another process transfers as many batches bare: what the machine allows with both going on. */
  decodedRowsBeside: besideTransfer(decoding(countRows)),
  decodedKeptRowsBeside: besideTransfer(decoding(countKept)),
} as const satisfies Readonly<Record<string, Contender>>

export type EndToEndContender = keyof typeof CONTENDERS
export const END_TO_END_CONTENDERS = Object.keys(CONTENDERS) as EndToEndContender[]
/** Those whose rows stay alive for long enough that the size of the nursery matters. */
export const KEEPING_CONTENDERS = [
  'keptRows',
  'threadedKeptRows',
  'decodedKeptRows',
  'decodedKeptRowsBeside',
] as const satisfies readonly EndToEndContender[]

/**
 * @param vectors the folder of the batch that is measured
 * @returns a run of a contender, which fails when not all rows come
 */
export async function prepare(name: EndToEndContender, vectors: string, port: number): Promise<() => Promise<void>> {
  const vector = (file: string) => readFileSync(join(vectors, file))
  const [chunk, metadata] = [vector('bench-chunk.bin'), vector('bench-meta.bin')]
  const run = await CONTENDERS[name]({ vectors, chunk, metadata, port })
  return async () => {
    const rows = await run()
    if (rows !== BATCHES * ROWS_A_BATCH) throw new Error(`${rows} rows came of ${BATCHES * ROWS_A_BATCH}`)
  }
}

async function readColumns(connection: Connection): Promise<number> {
  let rows = 0
  for await (using batch of connection.stream(SQL).batches()) rows += makeColumns(batch)
  return rows
}

async function readRows(connection: Connection): Promise<number> {
  let rows = 0
  for await (using batch of connection.stream(SQL).batches()) rows += countRows(batch)
  return rows
}

async function readStream(connection: Connection): Promise<number> {
  let rows = 0
  for await (const row of connection.stream(SQL)) if (row !== undefined) rows += 1
  return rows
}

async function keepRows(connection: Connection): Promise<number> {
  let rows = 0
  for await (using batch of connection.stream(SQL).batches()) rows += countKept(batch)
  return rows
}

/** @param options what the connection is opened with, in addition to its address. */
function reading(read: (connection: Connection) => Promise<number>, options: ConnectOptions = {}): Contender {
  return async ({ port }) => {
    const connection = await connect({
      host: '127.0.0.1',
      port,
      username: 'bench',
      password: 'bench',
      strategyStore: 'process',
      ...options,
    })
    return () => read(connection)
  }
}

function decoding(count: (batch: ResultBatch) => number): Contender {
  return async ({ chunk, metadata }) => {
    const { fields } = decodeResultMetadata(metadata)
    // A result's batches are never the same bytes twice, which the processor would have at hand.
    const chunks = Array.from({ length: BATCHES }, () => Buffer.from(chunk))
    return () => {
      const decoder = new ChunkDecoder(fields)
      let rows = 0
      for (const bytes of chunks) rows += count(decoder.decode(bytes))
      return rows
    }
  }
}

/** Lets another process make the calls of the bare transfer while a contender runs; over when both are. */
function besideTransfer(contender: Contender): Contender {
  return async (material) => {
    const run = await contender(material)
    // This process was started with the names of the contender, the folder and the port behind the program's own.
    const transfer = await startProcess(process.argv[1]!, ['transport', material.vectors, String(material.port)])
    return async () => {
      const transferred = nextAnswer(transfer)
      // No runs that count: the one that goes before them is the transfer.
      await new Promise((resolve) => transfer.send(0, resolve))
      const rows = await run()
      await transferred
      return rows
    }
  }
}

const { method } = queryEngine.QueryEngineService

async function transferBare(client: Client): Promise<number> {
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
  const prepared = await ask('prepareStatement', create(input, { queryString: SQL }), (it) => toBinary(input, it))
  const { queryId } = fromBinary(output, prepared)
  const fetch = method.getNextResultBatch.input
  for (let batch = 0; batch < BATCHES; batch++) {
    await ask('getNextResultBatch', create(fetch, { queryId }), (it) => toBinary(fetch, it))
  }
  return BATCHES * ROWS_A_BATCH
}
