import { once } from 'node:events'
import type { SecureServerOptions } from 'node:http2'
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import { resolveOptions } from '../src/options/resolve-options.ts'
import type { Clock } from '../src/time/clock.ts'
import { type Channel, openChannel } from '../src/transport/channel.ts'
import type { ResolvedChannelOptions } from '../src/transport/channel-options.ts'
import { TransportThread } from '../src/transport/transport-thread.ts'
import type { UnaryChannel, WireCall } from '../src/transport/unary-channel.ts'

type Script = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void

/** An HTTP/2 server without its own gRPC: a test scripts its behavior on the wire. Closes everything it has opened. */
export class ScriptedServer implements AsyncDisposable {
  readonly sessions: ServerHttp2Session[] = []
  readonly sockets = new Set<Socket>()
  script: Script = (stream) => answer(stream)
  streams = 0
  readonly #server: Server

  constructor({ settings = {}, tls }: { settings?: Settings; tls?: SecureServerOptions } = {}) {
    const server = tls ? createSecureServer({ ...tls, settings }) : createServer({ settings })
    server.on('session', (session) => {
      session.on('error', ignoreError)
      this.sessions.push(session)
    })
    server.on('connection', (socket: Socket) => this.#hold(socket))
    server.on('secureConnection', (socket: Socket) => this.#hold(socket))
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on('error', ignoreError)
      this.streams += 1
      this.script(stream, headers)
    })
    this.#server = server as unknown as Server
  }

  #hold(socket: Socket): void {
    socket.on('error', ignoreError)
    socket.on('close', () => this.sockets.delete(socket))
    this.sockets.add(socket)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async listen(host = '127.0.0.1', port = 0): Promise<this> {
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.sockets) socket.destroy()
    await once(this.#server, 'close')
  }
}

/** A message in a gRPC frame. */
export function framed(message: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5)
  head[0] = flag
  head.writeUInt32BE(message.byteLength, 1)
  return Buffer.concat([head, message])
}

/** Answers like gRPC: headers, one message, trailers. */
export function answer(
  stream: ServerHttp2Stream,
  {
    body = framed(Buffer.from('ok')),
    trailers = { 'grpc-status': '0' },
    headers = {},
  }: {
    body?: Uint8Array
    trailers?: Record<string, string | string[]>
    headers?: Record<string, string>
  } = {},
): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...headers }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(body)
}

export function channelOptions(
  port: number,
  more: Parameters<typeof resolveOptions>[0] & object = {},
): ResolvedChannelOptions {
  return resolveOptions({ host: '127.0.0.1', username: 'a', password: 'b', ...more, port }, {})
}

/** A channel that a test can declare with `using`. */
export function channelTo(
  port: number,
  more: Parameters<typeof channelOptions>[1] = {},
  clock?: Clock,
): Channel & Disposable {
  const channel = openChannel(channelOptions(port, more), clock)
  return Object.assign(channel, { [Symbol.dispose]: () => channel.close() })
}

/** Hosts the channels of tests in the transport thread; a channel without calls keeps the thread alive between them. */
const thread = new TransportThread()
thread.openChannel(channelOptions(1))

function threadChannelTo(port: number, more: Parameters<typeof channelOptions>[1] = {}): UnaryChannel & Disposable {
  const channel = thread.openChannel(channelOptions(port, more))
  return {
    send: (call) => channel.send(call),
    get usable() {
      return channel.usable
    },
    close: () => channel.close(),
    [Symbol.dispose]: () => channel.close(),
  }
}

type OpenChannel = (port: number, more?: Parameters<typeof channelOptions>[1]) => UnaryChannel & Disposable

/** The places of a channel, which its user cannot distinguish. */
export const PLACES: readonly { readonly place: string; readonly channelTo: OpenChannel }[] = [
  { place: "the program's thread", channelTo },
  { place: 'the transport thread', channelTo: threadChannelTo },
]

export function wireCall(more: Partial<WireCall> = {}): WireCall {
  return { path: '/service/method', request: Buffer.from('request'), header: [], timeoutMs: 20_000, ...more }
}

/** Checks the condition at each turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

function ignoreError(): void {
  // Errors are the subject of the tests.
}
