import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { queryEngine } from 'e6data-connector/wire'
import { frame, unframe } from './grpc-frame.ts'

/** Sends one request, made beforehand, and returns the bytes of the answer. */
export type BareCall = (name: string, request: Buffer) => Promise<Buffer>

/** The headers that the connector sends as well, so that every contender's calls are the same on the wire. */
const ROUTING = { plannerip: '127.0.0.1', 'cluster-name': 'bench', strategy: 'blue' } as const

const WINDOW_BYTES = 8 << 20
const AUTHORITY = '127.0.0.1'

/** Calls on `node:http2` and nothing else: nothing watches the time, nothing cancels or reconnects. */
export async function bareHttp2(port: number): Promise<BareCall> {
  const session = connect(`http://${AUTHORITY}:${port}`, { settings: { initialWindowSize: WINDOW_BYTES } })
  await new Promise((resolve, reject) => session.once('connect', resolve).once('error', reject))
  session.setLocalWindowSize(WINDOW_BYTES)
  return (name, request) => exchange(session, name, request)
}

function exchange(session: ClientHttp2Session, name: string, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/QueryEngineService/${name}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'bench',
      'grpc-accept-encoding': 'gzip,identity',
      'grpc-timeout': '600S',
      ...ROUTING,
    })
    const parts: Buffer[] = []
    let status: string | undefined
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('trailers', (trailers: IncomingHttpHeaders) => {
      status = trailers['grpc-status'] as string | undefined
    })
    stream.on('error', reject)
    stream.on('end', () => {
      if (status === '0') resolve(unframe(parts.length === 1 ? parts[0]! : Buffer.concat(parts)))
      else reject(new Error(`${name} ended with status ${status}`))
    })
    stream.end(frame(request))
  })
}

/** Calls on the client of `@grpc/grpc-js`, nothing encoded and nothing decoded. */
export async function bareGrpcJs(port: number): Promise<BareCall> {
  const client = new Client(`${AUTHORITY}:${port}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc-node.flow_control_window': WINDOW_BYTES,
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
  })
  const same = (bytes: Buffer) => bytes
  return (name, request) =>
    new Promise((resolve, reject) => {
      const metadata = new Metadata()
      for (const [name, value] of Object.entries(ROUTING)) metadata.set(name, value)
      client.makeUnaryRequest(`/QueryEngineService/${name}`, same, same, request, metadata, (error, answer) =>
        error ? reject(error) : resolve(answer!),
      )
    })
}

const { method } = queryEngine.QueryEngineService
const ID_BYTES = 'bench-0000000000'.length
const NO_ID = '#'.repeat(ID_BYTES)

/** Makes a request for any query: its id is put into bytes that are there already. */
function template<Input extends DescMessage>(input: Input, fields: MessageInitShape<Input>): (id: Buffer) => Buffer {
  const bytes = Buffer.from(toBinary(input, create(input, fields)))
  const at = bytes.indexOf(NO_ID)
  return (id) => {
    const copy = Buffer.from(bytes)
    copy.set(id, at)
    return copy
  }
}

const aboutQuery = { sessionId: 'bench', engineIP: '127.0.0.1', queryId: NO_ID }

/** The six calls of a query as the connector makes them, with requests made beforehand. Returns the bytes of its batches. */
export function bareQuery(call: BareCall, sql: string): () => Promise<number> {
  const { input } = method.prepareStatement
  const prepare = Buffer.from(toBinary(input, create(input, { sessionId: 'bench', queryString: sql })))
  const execute = template(method.executeStatement.input, aboutQuery)
  const metadata = template(method.getResultMetadata.input, aboutQuery)
  const fetch = template(method.getNextResultBatch.input, aboutQuery)
  const clear = template(method.clearOrCancelQuery.input, aboutQuery)
  return async () => {
    const prepared = await call('prepareStatement', prepare)
    const at = prepared.indexOf('bench-')
    const id = prepared.subarray(at, at + ID_BYTES)
    await call('executeStatement', execute(id))
    await call('getResultMetadata', metadata(id))
    let bytes = 0
    for (;;) {
      const { length } = await call('getNextResultBatch', fetch(id))
      // The last answer holds the session id alone.
      if (length < 16) break
      bytes += length
    }
    await call('clearOrCancelQuery', clear(id))
    return bytes
  }
}
