/**
 * A server on bare `node:http2` that answers every call with bytes made beforehand: what an engine would send at its
 * fastest. Runs in a process of its own and reports its port by message.
 */
import { readFileSync } from 'node:fs'
import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { queryEngine } from 'e6data-connector/wire'
import { frame, unframe } from './grpc-frame.ts'

const vector = (name: string) => readFileSync(new URL(`../packages/connector/vectors/${name}`, import.meta.url))
const { method } = queryEngine.QueryEngineService

interface Result {
  readonly metadata: Uint8Array
  readonly batch: Uint8Array
}

/** 50 000 rows of 8 columns, 4.2 MB. */
const LARGE: Result = { metadata: vector('bench-meta.bin'), batch: vector('bench-chunk.bin') }
/** One row of one column. */
const ONE_ROW = oneRow()

/** The queries that are prepared and not cleared, each with its batches that are still to be fetched. */
const queries = new Map<string, { readonly result: Result; left: number }>()
let prepared = 0

const frames = new Map<object, Buffer>()

/** Encoded answers, cached so that the server does not slow the client down. */
function framed<Output extends DescMessage>(schema: Output, key: object, answer: MessageInitShape<Output>): Buffer {
  const known = frames.get(key)
  if (known) return known
  const bytes = frame(toBinary(schema, create(schema, answer)))
  frames.set(key, bytes)
  return bytes
}

const END = {}
const sessionId = 'bench'
/** An answer without fields, for any message. */
const EMPTY = frame(new Uint8Array())

type Answer = (request: Uint8Array) => Buffer

const ANSWERS: { readonly [Name in keyof typeof method]?: Answer } = {
  authenticate: () => framed(method.authenticate.output, ANSWERS, { sessionId }),
  prepareStatement: (request) => prepare(fromBinary(method.prepareStatement.input, request).queryString),
  prepareStatementV2: (request) => prepare(fromBinary(method.prepareStatementV2.input, request).queryString),
  executeStatement: () => EMPTY,
  executeStatementV2: () => EMPTY,
  getResultMetadata: (request) => {
    const { result } = running(fromBinary(method.getResultMetadata.input, request).queryId)
    return framed(method.getResultMetadata.output, result.metadata, { resultMetaData: result.metadata })
  },
  getNextResultBatch: (request) => nextBatch(fromBinary(method.getNextResultBatch.input, request).queryId),
  clearOrCancelQuery: (request) => {
    queries.delete(fromBinary(method.clearOrCancelQuery.input, request).queryId)
    return EMPTY
  },
  cancelQuery: () => EMPTY,
  healthCheck: () => EMPTY,
}

/** `SELECT 20` gives twenty large batches; a statement without a number gives one row. */
function prepare(sql: string): Buffer {
  prepared += 1
  const queryId = `bench-${String(prepared).padStart(10, '0')}`
  const batches = /\d+/.exec(sql)?.[0]
  queries.set(queryId, batches ? { result: LARGE, left: Number(batches) } : { result: ONE_ROW, left: 1 })
  const { output } = method.prepareStatement
  return frame(toBinary(output, create(output, { queryId, engineIP: '127.0.0.1', sessionId })))
}

function running(queryId: string) {
  const query = queries.get(queryId)
  if (!query) throw new Error(`no query ${queryId} runs`)
  return query
}

function nextBatch(queryId: string): Buffer {
  const query = running(queryId)
  const { batch } = query.result
  query.left -= 1
  const { output } = method.getNextResultBatch
  return query.left >= 0
    ? framed(output, batch, { resultBatch: batch, sessionId })
    : framed(output, END, { resultBatch: new Uint8Array(), sessionId })
}

function oneRow(): Result {
  const { valid } = JSON.parse(vector('result-vectors.json').toString()) as {
    valid: { name: string; meta: string; chunk: string }[]
  }
  const { meta, chunk } = valid.find(({ name }) => name === 'long-one')!
  return { metadata: Buffer.from(meta, 'hex'), batch: Buffer.from(chunk, 'hex') }
}

function respond(stream: ServerHttp2Stream, path: string, request: Buffer): void {
  const name = path.slice(path.lastIndexOf('/') + 1) as keyof typeof method
  const answer = ANSWERS[name]
  const head = { ':status': 200, 'content-type': 'application/grpc' }
  if (!answer) {
    stream.respond({ ...head, 'grpc-status': '12' }, { endStream: true })
    return
  }
  stream.respond(head, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(answer(unframe(request)))
}

const server = createServer({ settings: { maxConcurrentStreams: 1000 } })
server.on('stream', (stream, headers) => {
  const parts: Buffer[] = []
  stream.on('data', (part: Buffer) => parts.push(part))
  stream.on('end', () => respond(stream, String(headers[':path']), Buffer.concat(parts)))
  // A contender that ends resets its streams, which is not an error of this server.
  stream.on('error', () => stream.destroy())
})
server.on('sessionError', (error) => console.error(String(error)))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
