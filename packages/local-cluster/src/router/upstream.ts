import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2'
import { connect as connectSocket } from 'node:net'

/** Flow-control window of an engine, in bytes per call. */
const STREAM_WINDOW_BYTES = 16 * 1024 * 1024
const CONNECTION_WINDOW_BYTES = 256 * 1024 * 1024

/** The router's connection to one engine, opened on demand and reopened after a loss. */
export class Upstream {
  #session: ClientHttp2Session | undefined

  constructor(
    /** The path of the engine's socket. */
    readonly address: string,
  ) {}

  /** Starts a call to the engine. The stream's events show whether the engine is reachable. */
  request(headers: IncomingHttpHeaders): ClientHttp2Stream {
    return this.#connected().request(headers)
  }

  close(): void {
    this.#session?.destroy()
    this.#session = undefined
  }

  #connected(): ClientHttp2Session {
    if (this.#session !== undefined && !this.#session.closed && !this.#session.destroyed) return this.#session
    const session = connect('http://engine', {
      createConnection: () => connectSocket(this.address),
      settings: { initialWindowSize: STREAM_WINDOW_BYTES },
      maxSessionMemory: 1024,
    })
    session.on('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES))
    // The session's streams report the loss. Without this listener it would end the process.
    session.on('error', () => session.destroy())
    this.#session = session
    return session
  }
}
