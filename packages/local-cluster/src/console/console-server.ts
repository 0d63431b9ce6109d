import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import { AdminError } from '../admin/admin-error.ts'
import { refuseForeign } from '../admin/foreign-requests.ts'
import { sendError } from '../admin/json-exchange.ts'
import { requestUrl } from '../admin/request-path.ts'
import type { Console } from './console.ts'

export interface ConsoleAddress {
  host: string
  port: number
  /** Whether the address is a loopback address. */
  isLoopback: boolean
}

/** Host names of the loopback interface. */
const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]']

/** Serves a console that has no admin API to serve it. */
export class ConsoleServer {
  readonly #server: Server
  #closing: Promise<void> | undefined

  private constructor(
    private readonly console: Console,
    private readonly address: ConsoleAddress,
  ) {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** Rejects when the address is in use or not on this machine. */
  static async listen(console: Console, address: ConsoleAddress): Promise<ConsoleServer> {
    const server = new ConsoleServer(console, address)
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject)
      server.#server.listen(address.port, address.host, () => {
        server.#server.off('error', reject)
        resolve()
      })
    })
    return server
  }

  /** The address without the token. */
  get url(): string {
    const { host } = this.address
    const name = isIPv6(host) ? `[${host}]` : host
    return `http://${name}:${this.#port}`
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
    return this.#closing
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const names = this.address.isLoopback ? LOOPBACK_NAMES.map((name) => `${name}:${this.#port}`) : undefined
      refuseForeign(request, names)
      if (await this.console.answer(request, response, requestUrl(request))) return
      throw new AdminError(404, 'not_found', 'there is no such page')
    } catch (error) {
      sendError(response, error)
    }
  }
}
