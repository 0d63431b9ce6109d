import type { OutgoingHttpHeaders } from 'node:http2'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { isHeaderName, isHeaderValue } from './headers.ts'
import type { LossCause, WireCall } from './unary-channel.ts'

/** From here on a time limit is sent in whole seconds, so that calls of one limit have one header, which HTTP/2 sends once. */
const WHOLE_SECONDS_MS = 10_000

/** Most digits of a `grpc-timeout`. Longer limits are kept by this side alone. */
const MOST_DIGITS = 8

/** The headers that all calls of a channel have. */
export function fixedHeaders(options: ResolvedChannelOptions): OutgoingHttpHeaders {
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

/** The headers of one call. */
export function callHeaders(fixed: OutgoingHttpHeaders, { path, header, timeoutMs }: WireCall): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...fixed, ':path': path }
  const timeout = grpcTimeout(timeoutMs)
  if (timeout !== undefined) headers['grpc-timeout'] = timeout
  for (const [name, value] of header) headers[name] = value
  return headers
}

/** What keeps a call from being sent at all. */
export function callFault(
  { request, header }: WireCall,
  limitBytes: number,
): { cause: LossCause; reason: string } | undefined {
  if (request.byteLength > limitBytes) {
    const reason = `the request has ${request.byteLength} bytes, which is more than the limit of ${limitBytes}`
    return { cause: 'message-too-large', reason }
  }
  for (const [name, value] of header) {
    // The value is not shown: it may be a token.
    if (!isHeaderName(name) || !isHeaderValue(value)) {
      return { cause: 'bad-request', reason: `the header ${JSON.stringify(name)} can't be sent` }
    }
  }
  return undefined
}

/** The `:authority` of every request: the name in the certificate where one is given, else host and port. */
export function authorityOf({ host, port, tls }: ResolvedChannelOptions): string {
  return tls.serverName ?? `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** A time limit as `grpc-timeout`; rounded up, so that this side ends the call first. */
function grpcTimeout(timeoutMs: number): string | undefined {
  const inSeconds = timeoutMs >= WHOLE_SECONDS_MS
  const amount = String(Math.max(Math.ceil(inSeconds ? timeoutMs / 1000 : timeoutMs), 1))
  return Number.isFinite(timeoutMs) && amount.length <= MOST_DIGITS ? `${amount}${inSeconds ? 'S' : 'm'}` : undefined
}
