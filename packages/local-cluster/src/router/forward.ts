import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { RequestBody } from './request-body.ts'

/** What came of passing a call on. */
export type ForwardOutcome =
  | { kind: 'answered'; headers: IncomingHttpHeaders; trailers: IncomingHttpHeaders; head: Buffer; bytes: number }
  /** The engine could not be reached, or went away before it answered anything. */
  | { kind: 'engine gone' }
  /** The engine went away in the middle of its answer: the client's stream was reset. */
  | { kind: 'cut off' }
  | { kind: 'client gone' }

/** Answers up to this size are kept for the call log. */
const KEPT_ANSWER_BYTES = 4096

/** Passes a call to an engine and its answer back, as it comes: nothing is gathered beyond a small head for the log. */
export function forward(
  client: ServerHttp2Stream,
  engine: ClientHttp2Stream,
  body: RequestBody,
): Promise<ForwardOutcome> {
  sendRequest(client, engine, body)
  return new Promise((resolve) => {
    let headers: IncomingHttpHeaders | undefined
    let trailers: IncomingHttpHeaders = {}
    let whole = false
    let bytes = 0
    const head: Buffer[] = []
    engine.on('response', (received, flags) => {
      if (client.destroyed) return
      headers = received
      if (flags & constants.NGHTTP2_FLAG_END_STREAM) {
        whole = true
        client.respond(received, { endStream: true })
        return
      }
      client.respond(received, { waitForTrailers: true })
      client.on('wantTrailers', () => client.sendTrailers(trailers))
      engine.pipe(client)
    })
    engine.on('data', (chunk: Buffer) => {
      if (bytes < KEPT_ANSWER_BYTES) head.push(chunk)
      bytes += chunk.byteLength
    })
    engine.on('trailers', (received) => {
      trailers = received
    })
    engine.on('end', () => {
      whole = headers !== undefined && engine.rstCode === constants.NGHTTP2_NO_ERROR && !engine.aborted
    })
    // The loss of the engine shows as 'close' too, which follows every error.
    engine.on('error', () => engine.destroy())
    engine.on('close', () => {
      if (headers === undefined) return resolve(client.destroyed ? { kind: 'client gone' } : { kind: 'engine gone' })
      if (whole) return resolve({ kind: 'answered', headers, trailers, head: Buffer.concat(head), bytes })
      if (client.destroyed) return resolve({ kind: 'client gone' })
      client.close(constants.NGHTTP2_INTERNAL_ERROR)
      resolve({ kind: 'cut off' })
    })
    client.on('close', () => {
      if (!engine.closed) engine.close(constants.NGHTTP2_CANCEL)
    })
  })
}

function sendRequest(client: ServerHttp2Stream, engine: ClientHttp2Stream, body: RequestBody): void {
  for (const chunk of body.chunks) engine.write(chunk)
  if (body.complete) engine.end()
  else client.pipe(engine)
}

/** An engine's whole answer, gathered for faults that change it. */
export interface GatheredAnswer {
  headers: IncomingHttpHeaders
  trailers: IncomingHttpHeaders
  body: Buffer
}

/** Passes a call to an engine and gathers its answer instead of passing it back. `undefined` when the engine is gone. */
export function gather(
  client: ServerHttp2Stream,
  engine: ClientHttp2Stream,
  body: RequestBody,
): Promise<GatheredAnswer | undefined> {
  sendRequest(client, engine, body)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let headers: IncomingHttpHeaders | undefined
    let trailers: IncomingHttpHeaders = {}
    engine.on('response', (received) => {
      headers = received
    })
    engine.on('data', (chunk: Buffer) => chunks.push(chunk))
    engine.on('trailers', (received) => {
      trailers = received
    })
    engine.on('error', () => engine.destroy())
    engine.on('close', () => {
      resolve(headers === undefined ? undefined : { headers, trailers, body: Buffer.concat(chunks) })
    })
  })
}
