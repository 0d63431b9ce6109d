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
import { breakConnection } from './break-connection.ts'
import { handleCall, type RouterParts } from './call-handling.ts'

/** A certificate and its key, in PEM form. */
export interface TlsOptions {
  cert: string | Buffer
  key: string | Buffer
  /** Authorities of client certificates. When set, clients must present a certificate. */
  ca?: string | Buffer
}

/** Flow-control window of clients, in bytes. */
const SETTINGS = { initialWindowSize: 8 * 1024 * 1024 } as const

/** The cluster's port for clients: HTTP/2, without or with TLS. */
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
      // A broken connection concerns only its client.
      session.on('error', () => session.destroy())
    })
    this.#server.on('stream', (stream, headers) => void handleCall(parts, stream, headers))
  }

  /** @throws AddressInUseError when the port is in use. */
  async listen(port: number): Promise<{ host: string; port: number }> {
    await listenOnLoopback(this.#server, port)
    return { host: LOOPBACK, port: (this.#server.address() as AddressInfo).port }
  }

  /** Uses another certificate for new connections. Requires a router with TLS. */
  useCertificate(tls: TlsOptions): void {
    if (!('setSecureContext' in this.#server))
      throw new Error('the cluster was started without TLS: set the option tls')
    this.#server.setSecureContext(secureOptions(tls))
  }

  /** Closes all connections, as a network failure would. */
  dropConnections(): void {
    for (const session of this.#sessions) breakConnection(session)
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
