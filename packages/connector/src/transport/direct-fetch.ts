import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { Readable } from 'node:stream'
import { isLoopback } from './proxy-environment.ts'

const REQUEST_OF: Readonly<Record<string, typeof requestPlain>> = { 'http:': requestPlain, 'https:': requestSecure }
type ResponseBody = ConstructorParameters<typeof Response>[0]

const STATUS_WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * The global `fetch`, except that it never uses a proxy for this machine: with `NODE_USE_ENV_PROXY` or
 * `--use-env-proxy` the global one sends even loopback addresses to the proxy. It follows no redirect there.
 */
export function directFetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const { protocol, hostname } = new URL(url)
  const send = isLoopback(hostname.replace(/^\[|\]$/g, '')) ? REQUEST_OF[protocol] : undefined
  return send === undefined ? fetch(url, init) : ask(send, url, init)
}

async function ask(send: typeof requestPlain, url: string | URL, { signal, ...init }: RequestInit): Promise<Response> {
  const request = new Request(url, init)
  const body = Buffer.from(await request.arrayBuffer())
  const { method } = request
  // Not the agent of the process, which uses the proxy.
  const options = { method, headers: Object.fromEntries(request.headers), agent: false, ...(signal ? { signal } : {}) }
  return new Promise((resolve, reject) => {
    const sent = send(url, options, (answer) => resolve(responseOf(answer)))
    sent.on('error', (cause) => reject(signal?.aborted ? signal.reason : new TypeError('fetch failed', { cause })))
    sent.end(body)
  })
}

function responseOf(answer: IncomingMessage): Response {
  const status = answer.statusCode!
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(answer.headersDistinct))
    for (const value of values) headers.append(name, value)
  if (!STATUS_WITHOUT_BODY.has(status)) return new Response(Readable.toWeb(answer) as ResponseBody, { status, headers })
  answer.resume()
  return new Response(null, { status, headers })
}
