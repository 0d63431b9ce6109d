import type { IncomingMessage, ServerResponse } from 'node:http'
import { AdminError } from './admin-error.ts'

const LARGEST_BODY_BYTES = 4 * 1024 * 1024

/**
 * Reads a JSON body; an empty one is an empty object.
 * @throws AdminError for other content types and bodies that are too large
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
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

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(value)}\n`)
}

export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (error instanceof AdminError) {
    sendJson(response, error.status, { error: { code: error.code, message: error.message } })
    return
  }
  // The cluster's own errors, such as a step out of order: the request is valid, but not now.
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed'
  sendJson(response, 409, { error: { code, message } })
}
