import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { RequestBody } from './request-body.ts'

/** The outcome of forwarding a call. */
export type ForwardOutcome =
  | { kind: 'answered'; headers: IncomingHttpHeaders; trailers: IncomingHttpHeaders; head: Buffer; bytes: number }
  /** The engine was unreachable, or disconnected before it answered. */
  | { kind: 'engine gone' }
  /** The engine disconnected during its answer: the client's stream was reset. */
  | { kind: 'cut off' }
  | { kind: 'client gone' }

/** Maximum size of an answer that is read for the call log, in bytes. */
const KEPT_ANSWER_BYTES = 4096

/** Forwards a call to an engine and streams the answer back, keeping only a small head for the log. */
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
    // The loss of the engine also emits 'close', which follows every error.
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

/** An engine's complete answer, for faults that change it. */
export interface GatheredAnswer {
  headers: IncomingHttpHeaders
  trailers: IncomingHttpHeaders
  body: Buffer
}

/** Forwards a call to an engine and returns its complete answer; `undefined` when the engine is gone. */
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
