import { request } from 'node:http'
import { isIP, type Socket } from 'node:net'
import type { HttpProxy } from './proxy-environment.ts'
import { ignoreError } from './socket-events.ts'

/**
 * Opens a tunnel through an HTTP proxy with `CONNECT`.
 * @throws an error with the code `ERR_PROXY`, or the signal's reason
 */
export function openTunnel(
  { host: proxyHost, port: proxyPort, credentials }: HttpProxy,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const authorization = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
  const headers = { host: target, ...(authorization ? { 'proxy-authorization': authorization } : {}) }
  const connecting = request({
    host: proxyHost,
    port: proxyPort,
    method: 'CONNECT',
    path: target,
    headers,
    signal,
    agent: false,
  })
  return new Promise((resolve, reject) => {
    const refuse = (reason: string) => reject(Object.assign(new Error(reason), { code: 'ERR_PROXY' }))
    connecting.on('connect', ({ statusCode = 0 }, socket: Socket, firstBytes) => {
      socket.on('error', ignoreError)
      if (statusCode >= 200 && statusCode < 300) {
        // The server may have sent bytes first, which arrived together with the proxy's answer.
        if (firstBytes.length > 0) socket.unshift(firstBytes)
        resolve(socket)
      } else {
        socket.destroy()
        refuse(`the proxy answered CONNECT with HTTP ${statusCode}`)
      }
    })
    connecting.on('response', ({ statusCode }) => {
      connecting.destroy()
      refuse(`the proxy answered CONNECT with HTTP ${statusCode}`)
    })
    connecting.on('error', (error) => {
      if (signal.aborted) reject(signal.reason)
      else refuse(`the proxy cannot be reached: ${error.message}`)
    })
    connecting.end()
  })
}
