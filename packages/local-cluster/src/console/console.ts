import type { IncomingMessage, ServerResponse } from 'node:http'
import { AdminError } from '../admin/admin-error.ts'
import { readJson, sendJson } from '../admin/json-exchange.ts'
import { decodedPart } from '../admin/request-path.ts'
import { ConsoleHub } from './console-hub.ts'
import type { ConsoleSource } from './console-source.ts'
import { requireToken } from './console-token.ts'
import type { DemoLoad } from './demo-load.ts'
import { servePageFile } from './page-files.ts'
import { ReportError, readReport } from './program-report.ts'
import type { EditorQuery, QueryRunner } from './query-runner.ts'

export interface ConsoleParts {
  source: ConsoleSource
  /** Every request must carry it, except those for the page's own files. */
  token: string
  /** Runs the editor's queries; undefined without a cluster to run them on. */
  runner?: QueryRunner
  /** The demo load; undefined when the console only watches programs. */
  load?: DemoLoad
}

/** One request of the page. */
interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** The part of the path after the route's own. */
  rest: string
}

interface ConsoleRoute {
  method: 'GET' | 'POST' | 'DELETE'
  /** Ends with `/` when more follows. */
  path: string
  /** @returns the answer, or `undefined` when it has been sent */
  handle(exchange: Exchange): Promise<unknown>
}

const MOST_ROWS = 1000

/** The console's page and its routes, over any source. */
export class Console {
  readonly #hub: ConsoleHub
  readonly #routes: readonly ConsoleRoute[]

  constructor(private readonly parts: ConsoleParts) {
    this.#hub = new ConsoleHub(parts.source)
    this.#routes = [
      { method: 'GET', path: '/console/events', handle: async ({ response }) => this.#hub.welcome(response) },
      { method: 'POST', path: '/console/report', handle: (exchange) => this.#report(exchange) },
      { method: 'POST', path: '/console/query', handle: (exchange) => this.#query(exchange) },
      { method: 'DELETE', path: '/console/queries/', handle: (exchange) => this.#cancel(exchange) },
      { method: 'POST', path: '/console/load', handle: (exchange) => this.#load(exchange) },
    ]
  }

  /** Answers a request for one of the console's paths. @throws AdminError */
  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (isRead && (await servePageFile(url.pathname, response))) return true
    const route = this.#routes.find(({ path }) =>
      path.endsWith('/') ? url.pathname.startsWith(path) : url.pathname === path,
    )
    if (route === undefined) return false
    requireToken(request, this.parts.token)
    if (route.method !== request.method)
      throw new AdminError(405, 'wrong_method', `${route.path} takes ${route.method}`)
    const answer = await route.handle({
      request,
      response,
      rest: decodedPart(url.pathname.slice(route.path.length)),
    })
    if (answer !== undefined) sendJson(response, 200, answer)
    return true
  }

  async close(): Promise<void> {
    this.#hub.close()
    await Promise.all([this.parts.load?.stop(), this.parts.runner?.close()])
  }

  async #report({ request }: Exchange) {
    try {
      this.parts.source.take(readReport(await readJson(request)))
    } catch (error) {
      throw error instanceof ReportError ? new AdminError(400, 'bad_report', error.message) : error
    }
    return { done: true }
  }

  async #query({ request, response }: Exchange) {
    const { runner } = this.parts
    if (runner === undefined) throw new AdminError(409, 'no_cluster', 'this console has no cluster to run queries on')
    const query = readQuery(await readJson(request))
    // The page aborts the request to cancel the query.
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    return runner.run(query, gone.signal)
  }

  async #cancel({ rest }: Exchange) {
    if (await this.parts.source.cancelQuery(rest)) return { done: true }
    throw new AdminError(404, 'not_found', 'the query does not exist any more')
  }

  async #load({ request }: Exchange) {
    const { load } = this.parts
    if (load === undefined)
      throw new AdminError(409, 'no_load', 'this console has no demo load: it only watches programs')
    const { running } = objectOf(await readJson(request))
    if (typeof running !== 'boolean') throw new AdminError(400, 'bad_field', 'running must be true or false')
    await (running ? load.start() : load.stop())
    return { running }
  }
}

function readQuery(body: unknown): EditorQuery {
  const { sql, maxRows = 200, plan = false } = objectOf(body)
  if (typeof sql !== 'string' || sql.trim() === '')
    throw new AdminError(400, 'bad_field', 'sql must be a string that is not empty')
  const isCount = typeof maxRows === 'number' && Number.isSafeInteger(maxRows) && maxRows > 0 && maxRows <= MOST_ROWS
  if (!isCount) throw new AdminError(400, 'bad_field', `maxRows must be a whole number up to ${MOST_ROWS}`)
  if (typeof plan !== 'boolean') throw new AdminError(400, 'bad_field', 'plan must be true or false')
  return { sql, maxRows, plan }
}

function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null) return body as Record<string, unknown>
  throw new AdminError(400, 'bad_body', 'the body must be a JSON object')
}
