import type { OutgoingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { EngineAnswer } from './engine.ts'
import { encodeStatusMessage, frame, gzipFrame, packedFrame } from './grpc-framing.ts'
import type { Malformation, Moment, Reply } from './reply.ts'

const GRPC_HEADERS = { ':status': 200, 'content-type': 'application/grpc' } as const
const HIGHEST_STREAM = 2 ** 31 - 1

/** Where an answer goes. */
export interface Wire {
  readonly stream: ServerHttp2Stream
  readonly session: ServerHttp2Session
  readonly socket: Socket
}

/** An HTTP answer that comes to its end. Without a body it is headers alone. */
interface WholeAnswer {
  readonly headers: OutgoingHttpHeaders
  readonly body?: Buffer
  readonly trailers?: OutgoingHttpHeaders
}

/** Writes one answer. `answer` is asked for only by replies that hold what the engine says. */
export async function sendReply(wire: Wire, reply: Reply, answer: () => EngineAnswer): Promise<void> {
  const { stream, session, socket } = wire
  if (stream.destroyed || session.destroyed) return
  switch (reply.kind) {
    case 'engine':
    case 'bare-status':
    case 'status':
    case 'malformed':
    case 'bytes':
      write(stream, wholeAnswer(reply, answer))
      return
    case 'reset':
      resetStream(stream, reply.code, partOf(reply.at ?? 'before-headers', answer))
      return
    case 'goaway':
      session.goaway(reply.code, lastStreamId(stream.id ?? 0, reply.lastStream))
      if (reply.then === 'kill') {
        // The answer to a ping proves that GOAWAY has arrived; a peer that disconnects at once fails it, which is also
        // fine.
        if (!session.ping(() => socket.destroy())) socket.destroy()
      } else if (reply.lastStream !== 'lower') write(stream, engineAnswer(answer(), false))
      return
    case 'kill':
      await sendPart(stream, partOf(reply.at ?? 'before-headers', answer))
      if (reply.by === 'rst') socket.resetAndDestroy()
      else socket.destroy()
      return
    case 'hang':
      await sendPart(stream, partOf(reply.at ?? 'before-headers', answer))
      return
    default:
      reply satisfies never
  }
}

type WholeReply = Extract<Reply, { kind: 'engine' | 'bare-status' | 'status' | 'malformed' | 'bytes' }>

function wholeAnswer(reply: WholeReply, answer: () => EngineAnswer): WholeAnswer {
  switch (reply.kind) {
    case 'engine':
      return engineAnswer(answer(), reply.gzip ?? false)
    case 'bare-status': {
      const { status, body, contentType } = reply
      const headers = { ':status': status, ...(contentType && { 'content-type': contentType }) }
      return body === undefined ? { headers } : { headers, body: Buffer.from(body) }
    }
    case 'status':
      return statusAnswer(reply)
    case 'malformed':
      return malformedAnswer(reply.how, messageOf(answer()))
    case 'bytes': {
      const bytes = Buffer.from(reply.base64, 'base64')
      return reply.packed ? success(packedFrame(bytes), GZIP) : success(frame(bytes))
    }
    default:
      return reply satisfies never
  }
}

function write(stream: ServerHttp2Stream, { headers, body, trailers }: WholeAnswer): void {
  stream.respond(headers, { endStream: body === undefined, waitForTrailers: trailers !== undefined })
  if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  if (body) stream.end(body)
}

/** node:http2 takes a last stream id of 0 for "not given": on a connection's first call, `lower` is `own`. */
const lastStreamId = (own: number, which: 'lower' | 'own' | 'higher') =>
  ({ lower: Math.max(0, own - 2), own, higher: HIGHEST_STREAM })[which]

const GZIP = { 'grpc-encoding': 'gzip' } as const

const success = (body: Buffer, more: OutgoingHttpHeaders = {}): WholeAnswer => ({
  headers: { ...GRPC_HEADERS, ...more },
  body,
  trailers: { 'grpc-status': '0' },
})

function engineAnswer(answer: EngineAnswer, gzip: boolean): WholeAnswer {
  if ('code' in answer) return statusAnswer({ code: answer.code, message: answer.text })
  return gzip ? success(gzipFrame(answer.message), GZIP) : success(frame(answer.message))
}

type StatusFacts = Omit<Extract<Reply, { kind: 'status' }>, 'kind'>

function statusAnswer({ code, message, at = 'before-headers', httpStatus = 200 }: StatusFacts): WholeAnswer {
  const headers = { ...GRPC_HEADERS, ':status': httpStatus }
  const trailers = { 'grpc-status': String(code), 'grpc-message': encodeStatusMessage(message) }
  if (at === 'before-headers') return { headers: { ...headers, ...trailers } }
  const body = at === 'after-part' ? frame(Buffer.alloc(64)).subarray(0, 32) : Buffer.alloc(0)
  return { headers, body, trailers }
}

function malformedAnswer(how: Malformation, message: Buffer): WholeAnswer {
  switch (how) {
    case 'truncated-message':
      return success(frame(message, message.length + 16))
    case 'length-too-large':
      return success(frame(message, 0xffff_fff0))
    case 'no-trailers':
      return { headers: GRPC_HEADERS, body: frame(message) }
    case 'no-message':
      return success(Buffer.alloc(0))
    case 'two-messages':
      return success(Buffer.concat([frame(message), frame(message)]))
    case 'html-as-ok':
      return { headers: { ':status': 200, 'content-type': 'text/html' }, body: Buffer.from('<html>It works</html>') }
    case 'garbage-message':
      return success(frame(Buffer.from([0x0f, 0xff, 0xff])))
    default:
      return how satisfies never
  }
}

/** What of the engine's answer comes before something breaks; `undefined` when there are not even headers. */
function partOf(moment: Moment, answer: () => EngineAnswer): Buffer | undefined {
  if (moment === 'before-headers') return undefined
  if (moment === 'after-headers') return Buffer.alloc(0)
  const bytes = frame(messageOf(answer()))
  return bytes.subarray(0, Math.ceil(bytes.length / 2))
}

/** Once headers are out, `close()` of an open stream ends it regularly first; one that waits for trailers it resets. */
function resetStream(stream: ServerHttp2Stream, code: number, part: Buffer | undefined): void {
  if (part === undefined) {
    stream.close(code)
    return
  }
  stream.respond(GRPC_HEADERS, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.close(code))
  stream.end(part)
}

/** Sends a part of an answer, and returns when it has left. */
async function sendPart(stream: ServerHttp2Stream, part: Buffer | undefined): Promise<void> {
  if (part === undefined) return
  stream.respond(GRPC_HEADERS)
  if (part.length > 0) await new Promise((resolve) => stream.write(part, resolve))
}

/** A status has no message: any bytes serve as one. */
const messageOf = (answer: EngineAnswer): Buffer => ('message' in answer ? answer.message : Buffer.alloc(64))
