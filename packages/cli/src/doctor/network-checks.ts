import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, isIP } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import {
  CHECK_TIMEOUT_MS,
  type Check,
  type DoctorContext,
  errorMessage,
  type Finding,
  failed,
  passed,
  since,
} from './check.ts'

/** Remaining validity of a certificate that causes a warning, in milliseconds. */
const SOON_MS = 14 * 86_400_000

const MS_PER_DAY = 86_400_000

async function checkName({ resolved: { host } }: DoctorContext): Promise<Finding> {
  if (isIP(host) !== 0) return passed(`${host} is an address already`)
  try {
    const addresses = await lookup(host, { all: true })
    return passed(`${host} is ${addresses.map(({ address }) => address).join(', ')}`)
  } catch (error) {
    return failed(errorMessage(error), 'check the spelling of the host, the DNS server, and whether a VPN is needed')
  }
}

const PORT_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: check --port, and whether the cluster is up',
  ETIMEDOUT: 'no answer: a firewall or a missing VPN may be in the way',
  EHOSTUNREACH: 'the host is unreachable: check the network and the VPN',
  ENETUNREACH: 'the network is unreachable: check the network and the VPN',
}

async function checkPort({ resolved: { host, port } }: DoctorContext): Promise<Finding> {
  const startedAt = performance.now()
  const socket = connectTcp({ host, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) })
    return passed(`${host}:${port} is open, ${since(startedAt)}`)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    const isTimeout = code === 'ABORT_ERR'
    const facts = isTimeout ? `no answer within ${CHECK_TIMEOUT_MS / 1000} s` : errorMessage(error)
    return failed(facts, PORT_ADVICE[isTimeout ? 'ETIMEDOUT' : code] ?? 'check --host and --port')
  } finally {
    socket.destroy()
  }
}

function tlsOptions({ resolved: { host, tls } }: DoctorContext): ConnectionOptions {
  const serverName = tls.serverName ?? (isIP(host) === 0 ? host : undefined)
  return {
    ...(tls.ca ? { ca: Buffer.from(tls.ca) } : {}),
    ...(tls.cert && tls.key ? { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) } : {}),
    ...(serverName ? { servername: serverName } : {}),
  }
}

async function checkTls(context: DoctorContext): Promise<Finding> {
  const { secure, host, port } = context.resolved
  if (!secure) return plaintextFinding(host)
  const startedAt = performance.now()
  const socket = connectTls({ host, port, ALPNProtocols: ['h2'], ...tlsOptions(context) })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) })
    return certificateFinding(socket, since(startedAt))
  } catch (error) {
    return tlsFailure(error)
  } finally {
    socket.destroy()
  }
}

function plaintextFinding(host: string): Finding {
  if (/^(localhost|127\.|::1$)/.test(host)) return { state: 'skipped', facts: 'not used' }
  const advice = 'user name and token travel unencrypted: use --secure unless the network is yours alone'
  return { state: 'warned', facts: 'not used', advice }
}

function certificateFinding(socket: TLSSocket, took: string): Finding {
  const { subject, issuer, valid_to: validTo } = socket.getPeerCertificate()
  const days = Math.floor((Date.parse(validTo) - Date.now()) / MS_PER_DAY)
  const facts = `${socket.getProtocol()}, certificate of ${subject?.CN ?? 'nobody'} by ${issuer?.CN ?? 'nobody'}, ${days} days left, ${took}`
  if (socket.alpnProtocol !== 'h2') {
    return failed(
      `${facts}; HTTP/2 is not offered`,
      'the server does not offer gRPC: check --port, or a proxy in between',
    )
  }
  if (days * MS_PER_DAY > SOON_MS) return passed(facts)
  return { state: 'warned', facts, advice: 'the certificate expires soon: tell the operators of the cluster' }
}

const TLS_ADVICE: readonly (readonly [codes: RegExp, advice: string])[] = [
  [
    /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED/,
    'the authority of the certificate is not trusted: give it with --tls-ca',
  ],
  [/ALTNAME/, 'the certificate is for another name: check --host, or give the name with --tls-server-name'],
  [/HAS_EXPIRED|NOT_YET_VALID/, 'check the date of this machine; if it is right, the certificate must be renewed'],
  [
    /WRONG_VERSION|EPROTO|PACKET_LENGTH|SSL/,
    'the server does not speak TLS on this port: check --port, or use --plaintext',
  ],
  [/ECONNRESET|ABORT_ERR/, 'the server disconnected: it may require a client certificate, or not use TLS on this port'],
]

function tlsFailure(error: unknown): Finding {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const advice = TLS_ADVICE.find(([codes]) => codes.test(code))?.[1] ?? 'check --secure and --port'
  return failed(
    code === 'ABORT_ERR' ? 'the handshake timed out' : `${errorMessage(error)}${code ? ` (${code})` : ''}`,
    advice,
  )
}

async function checkHttp2(context: DoctorContext): Promise<Finding> {
  const { secure, host, port } = context.resolved
  const authority = `${secure ? 'https' : 'http'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const session = connectHttp2(authority, secure ? tlsOptions(context) : {})
  try {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS)
    await once(session, 'remoteSettings', { signal })
    return passed(`ping ${(await ping(session, signal)).toFixed(1)} ms`)
  } catch (error) {
    const isTimeout = (error as NodeJS.ErrnoException).code === 'ABORT_ERR'
    const facts = isTimeout ? 'the server does not answer in HTTP/2' : errorMessage(error)
    return failed(
      facts,
      secure
        ? 'a proxy in between may not support HTTP/2'
        : 'the server may require TLS: try --secure; or check --port',
    )
  } finally {
    session.destroy()
  }
}

function ping(session: ClientHttp2Session, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    session.once('error', reject)
    session.ping((error, duration) => (error ? reject(error) : resolve(duration)))
  })
}

export const NETWORK_CHECKS: readonly Check[] = [
  { id: 'name', title: 'name', needs: ['options'], run: checkName },
  { id: 'port', title: 'port', needs: ['name'], run: checkPort },
  { id: 'tls', title: 'TLS', needs: ['port'], run: checkTls },
  { id: 'http2', title: 'HTTP/2', needs: ['tls'], run: checkHttp2 },
]
