import { lookup } from 'node:dns/promises'
import { request } from 'node:http'
import { isIP, connect as openSocket, type Socket } from 'node:net'
import { connect as openTls } from 'node:tls'
import { systemClock } from '../time/clock.ts'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { type HttpProxy, proxyFor } from './proxy-environment.ts'

/** How long one address of a name may be alone in being tried, in milliseconds. */
const NEXT_ADDRESS_MS = 250

const HTTP2 = 'h2'

/** Opens a socket to the cluster's proxy, over which HTTP/2 can be spoken. Rejects once `signal` fires. */
export async function dial(options: ResolvedChannelOptions, signal: AbortSignal): Promise<Socket> {
  const { host, port, secure } = options
  const proxy = proxyFor(host, port, process.env)
  const socket = proxy === undefined ? await openAny(host, port, signal) : await openTunnel(proxy, host, port, signal)
  socket.setNoDelay(true)
  return secure ? secured(socket, options, signal) : socket
}

/** Tries the addresses of a name, the next one whenever the last has failed or has taken a while. The first that connects is used. */
async function openAny(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const addresses = isIP(host) ? [host] : interleaved(await lookup(host, { all: true, verbatim: true }))
  signal.throwIfAborted()
  const losers = new AbortController()
  const failures: unknown[] = []
  try {
    return await new Promise<Socket>((resolve, reject) => {
      const tried = addresses[Symbol.iterator]()
      const tryNext = () => {
        const { done, value: address } = tried.next()
        if (done) return
        const cancelNext = systemClock.schedule(NEXT_ADDRESS_MS, tryNext, 'background')
        openOne(address, port, AbortSignal.any([signal, losers.signal])).then(resolve, (error: unknown) => {
          failures.push(error)
          cancelNext()
          if (failures.length === addresses.length || signal.aborted) reject(failures[0])
          else tryNext()
        })
      }
      tryNext()
    })
  } finally {
    losers.abort()
  }
}

/** The addresses of a name, by turns of one family and the other, so that a family without a route costs one attempt. */
function interleaved(found: readonly { address: string; family: number }[]): string[] {
  const first = found.filter(({ family }) => family === found[0]?.family)
  const second = found.filter(({ family }) => family !== found[0]?.family)
  const turns = Array.from({ length: Math.max(first.length, second.length) }, (_, turn) => [first[turn], second[turn]])
  return turns.flat().flatMap((it) => it?.address ?? [])
}

function openOne(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = openSocket({ host, port })
  return ready(socket, 'connect', signal)
}

/** TLS over a socket; to an address it is spoken without a server name, and the certificate is checked against the address. */
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
  await ready(secure, 'secureConnect', signal)
  if (secure.alpnProtocol === HTTP2) return secure
  secure.destroy()
  throw Object.assign(new Error('the server does not offer HTTP/2'), { code: 'ERR_ALPN' })
}

/** Asks an HTTP proxy for a tunnel. */
async function openTunnel(
  { host: proxyHost, port: proxyPort, credentials }: HttpProxy,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const authorization = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
  const headers = { host: target, ...(authorization ? { 'proxy-authorization': authorization } : {}) }
  const asked = request({
    host: proxyHost,
    port: proxyPort,
    method: 'CONNECT',
    path: target,
    headers,
    signal,
    agent: false,
  })
  return new Promise((resolve, reject) => {
    const refused = (reason: string) => reject(Object.assign(new Error(reason), { code: 'ERR_PROXY' }))
    asked.on('connect', ({ statusCode }, socket: Socket, firstBytes) => {
      if (statusCode === 200) {
        // A server may have spoken first, and its bytes may have come with the proxy's answer.
        if (firstBytes.length > 0) socket.unshift(firstBytes)
        resolve(socket)
      } else {
        socket.destroy()
        refused(`the proxy answered CONNECT with HTTP ${statusCode}`)
      }
    })
    asked.on('response', ({ statusCode }) => {
      asked.destroy()
      refused(`the proxy answered CONNECT with HTTP ${statusCode}`)
    })
    asked.on('error', (error) => refused(`the proxy can't be reached: ${error.message}`))
    asked.end()
  })
}

/** Resolves when a socket has come as far as `event`; one that does not is destroyed. */
function ready<Connecting extends Socket>(socket: Connecting, event: string, signal: AbortSignal): Promise<Connecting> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      socket.off(event, settle)
      socket.off('error', settle)
      socket.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
      if (error === undefined) return resolve(socket)
      socket.on('error', ignoreLater)
      socket.destroy()
      reject(error)
    }
    const onClose = () => settle(Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' }))
    const onAbort = () => settle(signal.reason)
    socket.once(event, settle)
    socket.once('error', settle)
    socket.once('close', onClose)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
}

/** What a socket that was given up says afterwards concerns no call. */
function ignoreLater(): void {
  // Without a listener the process would end.
}
