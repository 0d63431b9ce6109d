import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerOptions,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { LOOPBACK, listenOnLoopback } from '../listening/loopback.ts'
import { handleCall, type RouterParts } from './call-handling.ts'

/** A certificate and its key, in PEM form. */
export interface TlsOptions {
  cert: string | Buffer
  key: string | Buffer
  /** Authorities whose client certificates are taken. Given, a client has to show one. */
  ca?: string | Buffer
}

/** Room that clients may fill with a request before it is read. */
const SETTINGS = { initialWindowSize: 8 * 1024 * 1024 } as const

/** The one port of the cluster: takes calls over HTTP/2, in plain text or over TLS. */
export class Router {
  readonly #server: Http2Server | Http2SecureServer
  readonly #sessions = new Set<ServerHttp2Session>()
  #closing: Promise<void> | undefined

  constructor(parts: RouterParts, tls: TlsOptions | undefined) {
    const options: ServerOptions = { settings: SETTINGS, maxSessionMemory: 1024 }
    this.#server = tls === undefined ? createServer(options) : createSecureServer({ ...options, ...secureOptions(tls) })
    this.#server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session)
      session.on('close', () => this.#sessions.delete(session))
      // Connections come and go; a broken one concerns nobody but its client.
      session.on('error', () => session.destroy())
    })
    this.#server.on('stream', (stream, headers) => void handleCall(parts, stream, headers))
  }

  /** @throws AddressInUseError when the port is taken. */
  async listen(port: number): Promise<{ host: string; port: number }> {
    await listenOnLoopback(this.#server, port)
    return { host: LOOPBACK, port: (this.#server.address() as AddressInfo).port }
  }

  /** Shows another certificate to connections made from now on. Only for a router that speaks TLS. */
  useCertificate(tls: TlsOptions): void {
    if (!('setSecureContext' in this.#server)) throw new Error('the router was started without TLS')
    this.#server.setSecureContext(secureOptions(tls))
  }

  /** Cuts every connection, as a network failure would. */
  dropConnections(): void {
    for (const session of this.#sessions) session.destroy()
  }

  get connectionCount(): number {
    return this.#sessions.size
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.dropConnections()
    })
    return this.#closing
  }
}

function secureOptions({ cert, key, ca }: TlsOptions) {
  return ca === undefined ? { cert, key } : { cert, key, ca, requestCert: true, rejectUnauthorized: true }
}
