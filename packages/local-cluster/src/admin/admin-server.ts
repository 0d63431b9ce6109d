import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOOPBACK, listenOnLoopback } from '../listening/loopback.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { AdminError } from './admin-error.ts'
import type { AdminPages } from './admin-pages.ts'
import { ADMIN_ROUTES, type AdminRoute } from './admin-routes.ts'
import { streamEvents } from './event-stream.ts'

const LARGEST_BODY_BYTES = 4 * 1024 * 1024
const LOOPBACK_NAMES: readonly string[] = [LOOPBACK, 'localhost']

/**
 * The admin API, on the loopback interface. It has no login; what protects it is that only programs of this machine
 * reach it, and that no web page can act through a browser: requests from a foreign origin, or with a foreign host
 * name, are refused, and nothing is changed by a request that a form could make.
 */
export class AdminServer {
  readonly #server: Server
  #closing: Promise<void> | undefined

  private constructor(
    private readonly cluster: LocalCluster,
    private readonly pages: AdminPages,
  ) {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** @throws AddressInUseError when the port is taken. */
  static async listen(cluster: LocalCluster, port: number, pages: AdminPages): Promise<AdminServer> {
    const admin = new AdminServer(cluster, pages)
    await listenOnLoopback(admin.#server, port)
    return admin
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.#port}`
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
      this.#refuseForeign(request)
      const url = new URL(request.url ?? '/', this.url)
      if (url.pathname === '/api/events' && request.method === 'GET') {
        streamEvents(this.cluster, url.searchParams, request, response)
      } else if (url.pathname.startsWith('/api/')) {
        await this.#handle(request, response, url)
      } else if (!(await this.pages(request, response, url))) {
        throw new AdminError(404, 'not_found', 'there is no such page')
      }
    } catch (error) {
      sendError(response, error)
    }
  }

  /** Web pages of other origins reach this port too: their browser says so, or names a host that is not this one. */
  #refuseForeign({ headers }: IncomingMessage): void {
    const allowed = LOOPBACK_NAMES.map((name) => `${name}:${this.#port}`)
    const { host = '', origin } = headers
    if (!allowed.includes(host))
      throw new AdminError(403, 'foreign_host', 'the request names a host that is not this one')
    if (origin !== undefined && !allowed.includes(origin.replace(/^http:\/\//, ''))) {
      throw new AdminError(403, 'foreign_origin', 'the request comes from a page of another origin')
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { route, params } = findRoute(request.method ?? '', url.pathname)
    // Only a POST can be made by a form; browsers ask before they send anything else to another origin.
    const body = route.method === 'POST' ? await readJson(request) : {}
    const answer = await route.handle({ cluster: this.cluster, params, query: url.searchParams, body })
    response.on('close', () => route.afterwards?.(this.cluster))
    sendJson(response, 200, answer)
  }
}

function findRoute(method: string, path: string): { route: AdminRoute; params: Record<string, string> } {
  const here = ADMIN_ROUTES.flatMap((route) => {
    const params = matchPath(route.path, path)
    return params === undefined ? [] : [{ route, params }]
  })
  const match = here.find(({ route }) => route.method === method)
  if (match !== undefined) return match
  if (here.length === 0) throw new AdminError(404, 'not_found', `there is no ${path}`)
  const methods = here.map(({ route }) => route.method).join(', ')
  throw new AdminError(405, 'wrong_method', `${path} takes ${methods}`)
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const text = given[index]!
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(text)
    else if (part !== text) return undefined
  }
  return params
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let byteLength = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteLength += chunk.byteLength
    if (byteLength > LARGEST_BODY_BYTES) throw new AdminError(413, 'too_large', 'the body is too large')
    chunks.push(chunk)
  }
  // A form in a web page can send a body, but not one of this type.
  const isJson = request.headers['content-type']?.split(';')[0]?.trim() === 'application/json'
  if (!isJson) throw new AdminError(415, 'not_json', 'send content-type: application/json')
  if (byteLength === 0) return {}
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new AdminError(400, 'bad_json', 'the body is not JSON')
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(value)}\n`)
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (error instanceof AdminError) {
    sendJson(response, error.status, { error: { code: error.code, message: error.message } })
    return
  }
  // The cluster's own errors, such as a deployment step out of turn: the request was understood and can't be done now.
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed'
  sendJson(response, 409, { error: { code, message } })
}
