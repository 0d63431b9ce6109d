import type { OutgoingHttpHeaders } from 'node:http2'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { type GrpcHeader, isHeaderName, isHeaderValue } from './headers.ts'
import type { LossCause, WireCall } from './unary-channel.ts'

/**
 * From this value on, a time limit is sent in whole seconds, so calls with the same limit share one header, which
 * HTTP/2 sends once.
 */
const WHOLE_SECONDS_MS = 10_000

/** The maximum number of digits in a `grpc-timeout`. Only this side enforces longer limits. */
const MOST_DIGITS = 8

/** A limit that HTTP/2 libraries and most servers share; a stream with more headers would count as refused. */
const MOST_HEADER_BYTES = 60_000

/** The overhead that HTTP/2 adds to the size of each header. Source: RFC 9113, SETTINGS_MAX_HEADER_LIST_SIZE. */
const HEADER_OVERHEAD_BYTES = 32

/** A request ready to be sent, and the size limit of its answer. */
export interface WireRequest {
  readonly headers: OutgoingHttpHeaders
  body: Uint8Array
  isCompressed: boolean
  readonly maxAnswerBytes: number
}

/** The fault that prevents a call from being sent. */
export interface RequestFault {
  readonly cause: LossCause
  readonly reason: string
}

/** The headers of calls with the same path and time limit. */
interface KnownHeaders {
  readonly timeout: string | undefined
  readonly headers: OutgoingHttpHeaders
}

/**
 * Makes the requests of a channel. Calls with the same header, path and time limit share their headers, which HTTP/2
 * copies.
 */
export class RequestMaker {
  readonly #fixed: OutgoingHttpHeaders
  readonly #maxRequestBytes: number
  readonly #maxAnswerBytes: number
  /** By header, and within that by path. */
  readonly #known = new WeakMap<GrpcHeader, Map<string, KnownHeaders>>()

  constructor(options: ResolvedChannelOptions) {
    this.#fixed = fixedHeaders(options)
    this.#maxRequestBytes = limitOf(options.maxSendMessageLength)
    this.#maxAnswerBytes = limitOf(options.maxReceiveMessageLength)
  }

  make({ request, header, path, timeoutMs, maxAnswerBytes }: WireCall): WireRequest | RequestFault {
    const size = request.byteLength
    if (size > this.#maxRequestBytes) {
      const reason = `the request has ${size} bytes, more than the limit of ${this.#maxRequestBytes}`
      return { cause: 'message-too-large', reason }
    }
    let byPath = this.#known.get(header)
    if (byPath === undefined) {
      const fault = headerFault(header)
      if (fault) return fault
      byPath = new Map()
      this.#known.set(header, byPath)
    }
    const timeout = grpcTimeout(timeoutMs)
    let known = byPath.get(path)
    if (known?.timeout !== timeout || known === undefined) {
      known = { timeout, headers: this.#headers(header, path, timeout) }
      byPath.set(path, known)
    }
    return {
      headers: known.headers,
      body: request,
      isCompressed: false,
      maxAnswerBytes: Math.min(this.#maxAnswerBytes, maxAnswerBytes ?? Number.POSITIVE_INFINITY),
    }
  }

  #headers(header: GrpcHeader, path: string, timeout: string | undefined): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = { ...this.#fixed, ':path': path }
    if (timeout !== undefined) headers['grpc-timeout'] = timeout
    for (const [name, value] of header) headers[name] = value
    return headers
  }
}

/** The headers common to all calls of a channel. */
function fixedHeaders(options: ResolvedChannelOptions): OutgoingHttpHeaders {
  return {
    ':method': 'POST',
    ':scheme': options.secure ? 'https' : 'http',
    ':authority': authorityOf(options),
    te: 'trailers',
    'content-type': 'application/grpc',
    'user-agent': options.userAgent,
    'grpc-accept-encoding': 'gzip,identity',
    ...(options.compression === 'none' ? {} : { 'grpc-encoding': options.compression }),
  }
}

function headerFault(header: GrpcHeader): RequestFault | undefined {
  let headerBytes = 0
  for (const [name, value] of header) {
    // The value is not shown, because it may be a token.
    if (!isHeaderName(name) || !isHeaderValue(value)) {
      return { cause: 'bad-request', reason: `the header ${JSON.stringify(name)} cannot be sent` }
    }
    headerBytes += name.length + value.length + HEADER_OVERHEAD_BYTES
  }
  if (headerBytes <= MOST_HEADER_BYTES) return undefined
  const reason = `the headers have ${headerBytes} bytes, but at most ${MOST_HEADER_BYTES} can be sent`
  return { cause: 'bad-request', reason }
}

/** The `:authority` of every request: the name in the certificate if set, otherwise host and port. */
export function authorityOf({ host, port, tls }: ResolvedChannelOptions): string {
  return tls.serverName ?? `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The time limit as `grpc-timeout`, rounded up so that this side ends the call first. */
function grpcTimeout(timeoutMs: number): string | undefined {
  const inSeconds = timeoutMs >= WHOLE_SECONDS_MS
  const amount = String(Math.max(Math.ceil(inSeconds ? timeoutMs / 1000 : timeoutMs), 1))
  return Number.isFinite(timeoutMs) && amount.length <= MOST_DIGITS ? `${amount}${inSeconds ? 'S' : 'm'}` : undefined
}

/** A limit of -1 means no limit. */
function limitOf(bytes: number): number {
  return bytes < 0 ? Number.POSITIVE_INFINITY : bytes
}
