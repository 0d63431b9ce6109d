import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import { type AddressInfo, isIP, type Socket } from 'node:net'
import type { ClusterProxy } from './cluster-proxy.ts'
import type { Wire } from './send-reply.ts'

export interface ListenOptions {
  /** The proxies behind this address. @default one that serves both strategies */
  readonly proxies?: readonly ClusterProxy[]
  /** Whether each request meets any of them, or each connection. @default 'request' */
  readonly balance?: 'request' | 'connection'
  readonly settings?: Settings
  readonly tls?: { readonly cert: string; readonly key: string }
  /** A loopback address. @default '127.0.0.1' */
  readonly host?: string
}

/** A complete request. */
export interface Request extends Wire {
  readonly proxy: ClusterProxy
  readonly connection: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** An address that serves HTTP/2. */
export interface Listener {
  readonly host: string
  readonly port: number
  /** Connections that are open now. */
  connections(): number
  /** Ends all connections at once, without GOAWAY. */
  dropConnections(): void
  close(): Promise<void>
}

interface ListenerParts {
  readonly proxies: readonly ClusterProxy[]
  readonly choose: (count: number) => number
  readonly nextConnection: () => number
  readonly onRequest: (request: Request) => void
}

/** An HTTP/2 server on a free port of loopback. */
export async function listen(options: ListenOptions, parts: ListenerParts): Promise<Listener> {
  const { host = '127.0.0.1', settings = {}, tls } = options
  if (isIP(host) === 0) throw new Error(`host must be an IP address of loopback (${host})`)
  const server = tls ? createSecureServer({ settings, ...tls }) : createServer({ settings })
  const sockets = new Map<number, Socket>()
  server.prependListener(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    const { remotePort = 0 } = socket
    sockets.set(remotePort, socket)
    socket.on('error', ignore).on('close', () => sockets.delete(remotePort))
  })
  server.on('session', (session) => {
    const connection = parts.nextConnection()
    const socket = sockets.get(session.socket.remotePort ?? 0)
    const ownProxy = parts.proxies[parts.choose(parts.proxies.length)]!
    session.on('error', ignore)
    session.on('stream', async (stream, headers) => {
      const body = await bodyOf(stream)
      if (body === undefined || socket === undefined) return
      const perRequest = (options.balance ?? 'request') === 'request'
      const proxy = perRequest ? parts.proxies[parts.choose(parts.proxies.length)]! : ownProxy
      parts.onRequest({ stream, session, socket, proxy, connection, headers, body })
    })
  })
  server.on('sessionError', ignore)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  const dropConnections = () => {
    for (const socket of sockets.values()) socket.destroy()
  }
  return {
    host,
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    dropConnections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        dropConnections()
      }),
  }
}

/** The whole body; `undefined` when the client gave up. */
async function bodyOf(stream: ServerHttp2Stream): Promise<Buffer | undefined> {
  stream.on('error', ignore)
  const parts: Buffer[] = []
  try {
    for await (const part of stream) parts.push(part as Buffer)
  } catch {
    return undefined
  }
  return Buffer.concat(parts)
}

/** Ignores errors: connections are broken on purpose here. */
function ignore(): undefined {
  return undefined
}
