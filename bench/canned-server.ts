/**
 * A gRPC server that answers every query with the same batch, so often: what an engine would send at its fastest. A
 * process of its own; tells its port by message.
 */
import { readFileSync } from 'node:fs'
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { type handleUnaryCall, Server, ServerCredentials, type UntypedHandleCall } from '@grpc/grpc-js'
import { queryEngine } from 'e6data-connector/wire'

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

const server = new Server({
  'grpc.max_send_message_length': -1,
  'grpc.max_receive_message_length': -1,
  'grpc-node.flow_control_window': 8 << 20,
})
const implementation: Record<string, UntypedHandleCall> = {}
const definition: Record<string, object> = {}
for (const [name, answer] of Object.entries(ANSWERS)) {
  const { input, output } = method[name as keyof typeof method]
  definition[name] = {
    path: `/QueryEngineService/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => fromBinary(input as DescMessage, bytes),
    responseSerialize: (value: object) => encode(output as DescMessage, value),
    responseDeserialize: (bytes: Buffer) => bytes,
  }
  const handle: handleUnaryCall<never, object> = (call, done) => done(null, answer(call.request))
  implementation[name] = handle as UntypedHandleCall
}
server.addService(definition as never, implementation)
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error
  process.send?.(port)
})
process.on('disconnect', () => process.exit())
