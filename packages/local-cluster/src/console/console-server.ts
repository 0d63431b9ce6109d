import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import { AdminError } from '../admin/admin-error.ts'
import { refuseForeign } from '../admin/foreign-requests.ts'
import { sendError } from '../admin/json-exchange.ts'
import type { Console } from './console.ts'

export interface ConsoleAddress {
  host: string
  port: number
  /** What requests must bring; left out where only this machine can send any. */
  token: string | undefined
}

/** Names by which a browser of this machine reaches a loopback address. */
const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]']

/** Serves a console by itself, where there is no admin API to serve it. */
export class ConsoleServer {
  readonly #server: Server
  #closing: Promise<void> | undefined

  private constructor(
    private readonly console: Console,
    private readonly address: ConsoleAddress,
  ) {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** Rejects when the address is not free or not this machine's. */
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

  /** The address to open; with the token behind the `#`, where no server and no log sees it. */
  get url(): string {
    const { host, token } = this.address
    const name = isIPv6(host) ? `[${host}]` : host
    return `http://${name}:${this.#port}/${token === undefined ? '' : `#token=${encodeURIComponent(token)}`}`
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
      const { token } = this.address
      // A token keeps strangers away whatever name they know this server by.
      refuseForeign(request, token === undefined ? LOOPBACK_NAMES.map((name) => `${name}:${this.#port}`) : undefined)
      const url = new URL(request.url ?? '/', 'http://console')
      if (url.pathname.startsWith('/console/')) this.#requireToken(request)
      if (await this.console.answer(request, response, url)) return
      throw new AdminError(404, 'not_found', 'there is no such page')
    } catch (error) {
      sendError(response, error)
    }
  }

  #requireToken({ headers }: IncomingMessage): void {
    const { token } = this.address
    if (token === undefined || isSame(headers.authorization ?? '', `Bearer ${token}`)) return
    throw new AdminError(401, 'token_needed', "send the console's token: authorization: Bearer TOKEN")
  }
}

/** Takes as long for a near miss as for a far one. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
