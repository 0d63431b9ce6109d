import { once } from 'node:events'
import { createServer as createHttp2Server, type Http2Server } from 'node:http2'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { type handleUnaryCall, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { failureOf } from '../../test/local.ts'
import { selfSignedCertificate } from '../../test/self-signed-certificate.ts'
import { AbortError, ClosedError, TimeoutError } from '../errors.ts'
import { QueryEngineService } from '../gen/query_engine_pb.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { systemClock } from '../time/clock.ts'
import { type CallOptions, Deadline } from '../time/deadline.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import { CallTransport } from './call-transport.ts'
import { openChannel } from './channel.ts'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { CallFailure } from './transport.ts'
import { TransportThread } from './transport-thread.ts'

const METHOD = QueryEngineService.method.getNextResultBatch
const PATH = `/${QueryEngineService.typeName}/${METHOD.name}`
const OURS = selfSignedCertificate('localhost')

type Handler = handleUnaryCall<Buffer, Buffer>

const thread = new TransportThread()

/** Keeps the thread alive, so it is not restarted for each test. */
const holder = thread.openChannel(optionsFor(1))
afterAll(() => holder.close())

const PLACES = [
  { place: 'the thread of the program', open: openChannel },
  { place: 'the transport thread', open: (options: ResolvedChannelOptions) => thread.openChannel(options) },
]

function optionsFor(port: number, more: Parameters<typeof resolveOptions>[0] & object = {}) {
  return resolveOptions({ host: '127.0.0.1', username: 'a', password: 'b', ...more, port }, {})
}

/** A server with one method, whose behavior each test sets. */
class OneMethodServer {
  handler: Handler = (_, answer) => answer(null, asAnswer(Buffer.alloc(0)))
  readonly #server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 })
  port = 0

  async start(credentials = ServerCredentials.createInsecure()): Promise<void> {
    const asIs = (bytes: Buffer) => bytes
    const codec = {
      ...{ requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs },
    }
    this.#server.addService(
      { call: { path: PATH, requestStream: false, responseStream: false, ...codec } },
      { call: (call: Parameters<Handler>[0], answer: Parameters<Handler>[1]) => this.handler(call, answer) },
    )
    this.port = await new Promise((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port)))
    })
  }

  stop(): void {
    this.#server.forceShutdown()
  }
}

const asAnswer = (bytes: Uint8Array) =>
  Buffer.from(toBinary(METHOD.output, create(METHOD.output, { resultBatch: bytes })))
const deadline = (limits: CallOptions = {}) => Deadline.of(systemClock, limits, 60_000, 'the call')

/** Bytes in which every position matters. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 255))
}

/** The known facts of a failed call, for comparison. */
async function faultOf(work: Promise<unknown>) {
  const error = await failureOf(work)
  expect(error).toBeInstanceOf(CallFailure)
  return (error as CallFailure).fault
}

describe.each(PLACES)('a call from $place', ({ open }) => {
  const server = new OneMethodServer()
  const transports: CallTransport[] = []
  beforeAll(() => server.start())
  afterEach(() => {
    for (const transport of transports.splice(0)) transport.close()
  })
  afterAll(() => server.stop())

  function transportTo(port: number, more: Parameters<typeof optionsFor>[1] = {}): CallTransport {
    const transport = new CallTransport(open(optionsFor(port, more)))
    transports.push(transport)
    return transport
  }

  const fetch = (transport: CallTransport, limits: CallOptions = {}, queryId = 'q') =>
    transport.call(
      engineMethods.getNextResultBatch,
      { queryId },
      { header: [['strategy', 'blue']], deadline: deadline(limits) },
    )

  it.each([0, 1, 100, 4091, 4096, 8187, 8192, 65_536, 8 << 20])(
    'returns an answer of %i bytes unchanged',
    async (length) => {
      const bytes = pattern(length)
      server.handler = (_, answer) => answer(null, asAnswer(bytes))
      const { resultBatch } = await fetch(transportTo(server.port))
      expect(bytes.equals(resultBatch)).toBe(true)
    },
  )

  it('returns many answers at once, each to its caller', async () => {
    server.handler = ({ request }, answer) => {
      const { queryId } = fromBinary(METHOD.input, request)
      setTimeout(() => answer(null, asAnswer(Buffer.from(queryId.repeat(500)))), Math.random() * 20)
    }
    const transport = transportTo(server.port)
    const ids = Array.from({ length: 100 }, (_, index) => `query ${index} `)
    const answers = await Promise.all(ids.map((id) => fetch(transport, {}, id)))
    expect(answers.map(({ resultBatch }) => Buffer.from(resultBatch).toString())).toEqual(
      ids.map((id) => id.repeat(500)),
    )
  })

  it('sends a request of 8 MB and its headers unchanged', async () => {
    const queryId = 'naïve 🎉 '.repeat(800_000)
    let strategy: unknown
    server.handler = ({ request, metadata }, answer) => {
      strategy = metadata.get('strategy')
      answer(null, asAnswer(Buffer.from(String(fromBinary(METHOD.input, request).queryId === queryId))))
    }
    const { resultBatch } = await fetch(transportTo(server.port), {}, queryId)
    expect(Buffer.from(resultBatch).toString()).toBe('true')
    expect(strategy).toEqual(['blue'])
  })

  it.each([
    [status.INTERNAL, 'Access denied', 'session-unknown', 'unknown'],
    [status.UNAUTHENTICATED, 'who are you?', 'credentials-refused', 'failed'],
    [status.UNKNOWN, 'Wrong strategy. Status: 456. Expected: blue, Got: green', 'strategy-mismatch', 'unknown'],
    [status.UNAVAILABLE, 'cluster is suspended, status: 503', 'cluster-suspended', 'unknown'],
    [status.UNIMPLEMENTED, 'no such method', 'not-supported', 'failed'],
    [status.INVALID_ARGUMENT, "naïve 🎉 'x'\nLINE 1", 'engine-error', 'failed'],
  ])('that ends with status %i and %j fails with the right fault', async (code, details, kind, outcome) => {
    const metadata = new Metadata()
    metadata.set('more', 'than the status')
    server.handler = (_, answer) => answer({ code, details, metadata })
    expect(await faultOf(fetch(transportTo(server.port)))).toMatchObject({ code, details, kind, outcome })
  })

  it('whose answer is no message of that kind has an unknown fate', async () => {
    server.handler = (_, answer) => answer(null, Buffer.from([0xff, 0xff, 0xff]))
    expect(await faultOf(fetch(transportTo(server.port)))).toMatchObject({ kind: 'bad-answer', outcome: 'unknown' })
  })

  it('whose messages exceed the limits reports that', async () => {
    server.handler = (_, answer) => answer(null, asAnswer(pattern(70_000)))
    const received = faultOf(fetch(transportTo(server.port, { maxReceiveMessageLength: 50_000 })))
    expect(await received).toMatchObject({ kind: 'message-too-large', outcome: 'unknown' })
    const sent = faultOf(fetch(transportTo(server.port, { maxSendMessageLength: 50_000 }), {}, 'x'.repeat(50_001)))
    expect(await sent).toMatchObject({ kind: 'message-too-large', outcome: 'not-sent' })
  })

  it('that is not answered in time ends, and is cancelled on the server', async () => {
    const cancelled = new Promise((resolve) => {
      server.handler = (call) => call.on('cancelled', resolve)
    })
    const error = await failureOf(fetch(transportTo(server.port), { timeoutMs: 300 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ outcome: 'unknown' })
    await cancelled
  })

  it('that is aborted ends at once, and is cancelled on the server', async () => {
    const abort = new AbortController()
    const cancelled = new Promise((resolve) => {
      server.handler = (call) => {
        call.on('cancelled', resolve)
        abort.abort(new Error('enough'))
      }
    })
    const error = await failureOf(fetch(transportTo(server.port), { signal: abort.signal }))
    expect(error).toBeInstanceOf(AbortError)
    expect(error).toMatchObject({ outcome: 'unknown', cause: { message: 'enough' } })
    await cancelled
  })

  it('that was abandoned before it started is not sent', async () => {
    let calls = 0
    server.handler = (_, answer) => {
      calls++
      answer(null, asAnswer(pattern(1)))
    }
    const transport = transportTo(server.port)
    expect(await failureOf(fetch(transport, { signal: AbortSignal.abort() }))).toMatchObject({ outcome: 'not-sent' })
    await fetch(transport)
    expect(calls).toBe(1)
  })

  it('in progress fails when the connection is closed, and no other is accepted', async () => {
    const cancelled = new Promise((resolve) => {
      server.handler = (call) => {
        call.on('cancelled', resolve)
        transport.close()
      }
    })
    const transport = transportTo(server.port)
    const error = await failureOf(Promise.any([fetch(transport), fetch(transport)]))
    const [first, second] = (error as AggregateError).errors
    for (const it of [first, second]) {
      expect(it).toBeInstanceOf(ClosedError)
      expect(it).toMatchObject({ outcome: 'unknown' })
    }
    await cancelled
    expect(transport.usable).toBe(false)
    expect(await failureOf(fetch(transport))).toMatchObject({ code: 'E6_CLOSED', outcome: 'not-sent' })
  })

  it('does not disturb those of other connections when its own is closed', async () => {
    const answers: Parameters<Handler>[1][] = []
    const bothArrived = new Promise<void>((resolve) => {
      server.handler = (_, answer) => {
        if (answers.push(answer) === 2) resolve()
      }
    })
    const [one, other] = [transportTo(server.port), transportTo(server.port)]
    const [closed, answered] = [failureOf(fetch(one)), fetch(other)]
    await bothArrived
    one.close()
    expect(await closed).toBeInstanceOf(ClosedError)
    for (const answer of answers) answer(null, asAnswer(pattern(9)))
    expect(pattern(9).equals((await answered).resultBatch)).toBe(true)
  })

  it('shows its caller in its error', async () => {
    server.handler = (_, answer) => answer({ code: status.INTERNAL, details: 'no' })
    async function theCaller() {
      return await fetch(transportTo(server.port))
    }
    expect(await failureOf(theCaller())).toMatchObject({ stack: expect.stringContaining('theCaller') })
  })
})

describe.each(PLACES)('a server that is not a cluster, from $place', ({ open }) => {
  let transport: CallTransport
  let proxy: Http2Server
  let proxyStatus = 200
  const sockets = new Set<Socket>()
  beforeEach(async () => {
    proxy = createHttp2Server((_, response) => response.writeHead(proxyStatus).end())
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
  })
  afterEach(() => {
    transport.close()
    proxy.close()
    for (const socket of sockets) socket.destroy()
  })
  const fetch = (limits: CallOptions = {}) =>
    transport.call(engineMethods.getNextResultBatch, { queryId: 'q' }, { header: [], deadline: deadline(limits) })
  const openTo = (port: number, more: Parameters<typeof optionsFor>[1] = {}) => {
    transport = new CallTransport(open(optionsFor(port, more)))
  }

  it.each([
    [401, 'credentials-refused', 'unknown'],
    [404, 'proxy-error', 'unknown'],
    [429, 'rate-limited', 'unknown'],
    [456, 'strategy-mismatch', 'not-sent'],
    [502, 'proxy-error', 'unknown'],
    [503, 'cluster-suspended', 'unknown'],
  ])('a bare HTTP status %i of a proxy is understood', async (httpStatus, kind, outcome) => {
    proxyStatus = httpStatus
    openTo((proxy.address() as AddressInfo).port)
    expect(await faultOf(fetch())).toMatchObject({ kind, from: 'proxy', outcome })
  })

  it('without a listener the call is not sent, and the connection counts as broken until there is one', async () => {
    const empty = createServer().listen(0, '127.0.0.1')
    await once(empty, 'listening')
    const { port } = empty.address() as AddressInfo
    empty.close()
    await once(empty, 'close')
    openTo(port)
    expect(transport.usable).toBe(true)
    expect(await faultOf(fetch())).toMatchObject({ kind: 'not-connected', outcome: 'not-sent' })
    expect(transport.usable).toBe(false)
    const server = createHttp2Server((_, response) => response.writeHead(404).end()).listen(port, '127.0.0.1')
    while (!transport.usable) await fetch().catch((error: unknown) => expect(error).toBeInstanceOf(CallFailure))
    server.close()
  })

  it('with a silent server the call is not sent', async () => {
    const mute = createServer((socket) => sockets.add(socket.on('error', () => socket.destroy())))
    mute.listen(0, '127.0.0.1')
    await once(mute, 'listening')
    openTo((mute.address() as AddressInfo).port)
    const error = await failureOf(fetch({ timeoutMs: 300 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ outcome: 'not-sent' })
    mute.close()
  })

  it('TLS trusts only the given authority', async () => {
    const secured = new OneMethodServer()
    await secured.start(
      ServerCredentials.createSsl(null, [
        { cert_chain: Buffer.from(OURS.certificate), private_key: Buffer.from(OURS.key) },
      ]),
    )
    const secure = { host: 'localhost', secure: true }
    openTo(secured.port, { ...secure, tls: { ca: Buffer.from(OURS.certificate) } })
    expect((await fetch()).resultBatch).toHaveLength(0)
    transport.close()
    openTo(secured.port, {
      ...secure,
      host: '127.0.0.1',
      tls: { ca: Buffer.from(OURS.certificate), serverName: 'localhost' },
    })
    expect((await fetch()).resultBatch).toHaveLength(0)
    transport.close()
    openTo(secured.port, secure)
    expect(await faultOf(fetch())).toMatchObject({ details: expect.stringMatching(/certificate/) })
    secured.stop()
  })
})
