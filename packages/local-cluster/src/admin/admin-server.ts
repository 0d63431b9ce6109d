import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOOPBACK, listenOnLoopback } from '../listening/loopback.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { AdminError } from './admin-error.ts'
import type { AdminPages } from './admin-pages.ts'
import { ADMIN_ROUTES, type AdminRoute } from './admin-routes.ts'
import { streamEvents } from './event-stream.ts'
import { refuseForeign } from './foreign-requests.ts'
import { readJson, sendError, sendJson } from './json-exchange.ts'
import { decodedPart, requestUrl } from './request-path.ts'

const LOOPBACK_NAMES: readonly string[] = [LOOPBACK, 'localhost']

/**
 * The admin API, on the loopback interface, and the console's page. The API has no login. Only programs on this machine
 * reach it, and no web page can act through a browser, since requests from a foreign origin or with a foreign host name
 * are refused, and no request that a form could make changes anything. The console, which runs statements, asks for its
 * token.
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
      refuseForeign(
        request,
        LOOPBACK_NAMES.map((name) => `${name}:${this.#port}`),
      )
      const url = requestUrl(request)
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
    if (part.startsWith(':')) params[part.slice(1)] = decodedPart(text)
    else if (part !== text) return undefined
  }
  return params
}
