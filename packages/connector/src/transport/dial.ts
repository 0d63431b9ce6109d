import { lookup } from 'node:dns/promises'
import { isIP, connect as openSocket, type Socket } from 'node:net'
import { connect as openTls } from 'node:tls'
import type { Clock } from '../time/clock.ts'
import { firstToOpen, interleaved } from './address-race.ts'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { openTunnel } from './http-tunnel.ts'
import { environmentProxy } from './proxy-environment.ts'
import { socketReady } from './socket-events.ts'

const HTTP2 = 'h2'

/**
 * Opens a socket to the cluster's proxy for HTTP/2.
 * @throws the error of the name service, the socket, TLS or an HTTP proxy, or the signal's reason
 */
export async function dial(options: ResolvedChannelOptions, clock: Clock, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted()
  const { host, port, secure } = options
  const proxy = environmentProxy(host, port)
  const socket = proxy ? await openTunnel(proxy, host, port, signal) : await openHost(host, port, clock, signal)
  socket.setNoDelay(true)
  return secure ? secured(socket, options, signal) : socket
}

async function openHost(host: string, port: number, clock: Clock, signal: AbortSignal): Promise<Socket> {
  const addresses = isIP(host) ? [host] : await resolved(host, signal)
  const open = (address: string, end: AbortSignal) => socketReady(openSocket({ host: address, port }), 'connect', end)
  return firstToOpen(addresses, open, clock, signal)
}

/** Resolves the addresses of a name. The system's lookup cannot be stopped; a late result is dropped. */
function resolved(host: string, signal: AbortSignal): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    lookup(host, { all: true, verbatim: true })
      .then((found) => resolve(interleaved(found)), reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/**
 * Starts TLS on a socket. For an IP address, no server name is sent, and the certificate is checked against the
 * address.
 */
async function secured(socket: Socket, { host, tls }: ResolvedChannelOptions, signal: AbortSignal): Promise<Socket> {
  const name = tls.serverName ?? host
  const bytes = (part: Uint8Array | undefined) => part && Buffer.from(part)
  const secure = openTls({
    socket,
    host: name,
    ...(isIP(name) ? {} : { servername: name }),
    ALPNProtocols: [HTTP2],
    ca: bytes(tls.ca),
    cert: bytes(tls.cert),
    key: bytes(tls.key),
  })
  try {
    await socketReady(secure, 'secureConnect', signal)
    if (secure.alpnProtocol === HTTP2) return secure
    throw Object.assign(new Error('the server does not offer HTTP/2'), { code: 'ERR_ALPN' })
  } catch (error) {
    secure.destroy()
    socket.destroy()
    throw error
  }
}
