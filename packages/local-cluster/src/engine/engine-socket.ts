import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2'
import { join } from 'node:path'
import { serveUnaryCall, type UnaryHandler } from '../grpc/unary-server.ts'

/** The address of an engine's socket: a file in the cluster's private folder, a named pipe on Windows. */
export function engineAddress(folder: string, name: string): string {
  return process.platform === 'win32'
    ? `\\\\.\\pipe\\${name}-${process.pid}-${folder.slice(-6)}`
    : join(folder, `${name}.sock`)
}

/** The socket that an engine serves. Only the router connects to it. */
export class EngineSocket {
  readonly #server: Http2Server
  readonly #sessions = new Set<ServerHttp2Session>()

  private constructor(handler: UnaryHandler) {
    this.#server = createServer({ settings: { initialWindowSize: 16 * 1024 * 1024 }, maxSessionMemory: 1024 })
    this.#server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session)
      session.on('close', () => this.#sessions.delete(session))
      // The router went away: its calls end with the session.
      session.on('error', () => session.destroy())
    })
    this.#server.on('stream', (stream, headers) => void serveUnaryCall(stream, headers, handler))
  }

  static listen(address: string, handler: UnaryHandler): Promise<EngineSocket> {
    const socket = new EngineSocket(handler)
    return new Promise((resolve, reject) => {
      socket.#server.once('error', reject)
      socket.#server.listen(address, () => {
        socket.#server.off('error', reject)
        resolve(socket)
      })
    })
  }

  /** Closes at once and resets running calls. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const session of this.#sessions) session.destroy()
    })
  }
}
