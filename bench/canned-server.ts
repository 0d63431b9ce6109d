/**
 * A gRPC server that answers every query with the same batch, so often: what an engine would send at its fastest. A
 * process of its own; tells its port by message.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { queryEngine } from 'e6data-connector/wire'
import { serveUnaryCall, type UnaryHandler } from '../packages/local-cluster/src/grpc/unary-server.ts'

const vector = (name: string) => readFileSync(new URL(`../packages/connector/vectors/${name}`, import.meta.url))
const { method } = queryEngine.QueryEngineService

const batch = vector('bench-chunk.bin')
const metadata = vector('bench-meta.bin')
/** How many batches each query still has to give. */
const left = new Map<string, number>()
let queries = 0

type Answers = { [Name in keyof typeof method]?: (request: never) => object }

/** The number of batches stands in the statement: `SELECT 20` gives twenty. */
const ANSWERS: Answers = {
  authenticate: () => ({ sessionId: 'bench' }),
  prepareStatement: ({ queryString }: { queryString: string }) => prepare(queryString),
  prepareStatementV2: ({ queryString }: { queryString: string }) => prepare(queryString),
  executeStatement: () => ({}),
  executeStatementV2: () => ({}),
  getResultMetadata: () => ({ resultMetaData: metadata }),
  getNextResultBatch: ({ queryId }: { queryId: string }) => nextBatch(queryId),
  clearOrCancelQuery: () => ({}),
  clear: () => ({}),
  cancelQuery: () => ({}),
  status: () => ({ status: true, rowCount: 0n }),
}

function prepare(sql: string) {
  queries += 1
  const queryId = `bench-${queries}`
  left.set(queryId, Number(/\d+/.exec(sql)?.[0] ?? 1))
  return { queryId, engineIP: '127.0.0.1', sessionId: 'bench' }
}

function nextBatch(queryId: string) {
  const batches = left.get(queryId) ?? 0
  left.set(queryId, batches - 1)
  return { resultBatch: batches > 0 ? batch : new Uint8Array(), sessionId: 'bench' }
}

/** Answers are encoded once where they are the same every time, so that the server does not hold the client up. */
const encoded = new WeakMap<object, Buffer>()
const FULL_BATCH = { resultBatch: batch, sessionId: 'bench' }

function encode<Output extends DescMessage>(schema: Output, answer: object): Buffer {
  const key = Reflect.get(answer, 'resultBatch') === batch ? FULL_BATCH : answer
  let bytes = encoded.get(key)
  if (!bytes) {
    bytes = Buffer.from(toBinary(schema, create(schema, answer as MessageInitShape<Output>)))
    encoded.set(key, bytes)
  }
  return bytes
}

const handle: UnaryHandler = async (message, call) => {
  const name = call.method as keyof typeof ANSWERS
  const { input, output } = method[name]
  return [encode(output, ANSWERS[name]!(fromBinary<DescMessage>(input, message) as never))]
}

// No gRPC library: it would take more of the machine than the client that is measured, which real engines don't share.
const server = createServer()
server.on('stream', (stream, headers) => void serveUnaryCall(stream, headers, handle))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
