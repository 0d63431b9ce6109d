import { BlockList, isIP } from 'node:net'

/** An HTTP proxy for connections with `CONNECT`. */
export interface HttpProxy {
  readonly host: string
  readonly port: number
  /** `user:password`, if its address contains them. A secret. */
  readonly credentials: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

const PROXY_VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'] as const
const EXCEPTION_VARIABLES = ['no_grpc_proxy', 'no_proxy'] as const

const DEFAULT_PROXY_PORT = 80

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Returns the proxy for a host from this process's environment, which is read again for each connection. */
export function environmentProxy(host: string, port: number): HttpProxy | undefined {
  return proxyFor(host, port, process.env)
}

/**
 * Returns the proxy for a host: the first of `grpc_proxy`, `https_proxy`, `http_proxy`, unless `no_grpc_proxy` or
 * `no_proxy` lists the host. Loopback addresses never use a proxy.
 * @throws Error when the variable is not an `http://` address
 */
export function proxyFor(host: string, port: number, environment: Environment): HttpProxy | undefined {
  const [name, address] = firstOf(environment, PROXY_VARIABLES)
  if (name === undefined || address === undefined || isLoopback(host)) return undefined
  const [, exceptions = ''] = firstOf(environment, EXCEPTION_VARIABLES)
  const isException = exceptions.split(',').some((entry) => matchesHost(entry.trim(), host.toLowerCase(), port))
  return isException ? undefined : parseProxy(name, address)
}

function firstOf(environment: Environment, names: readonly string[]): [name?: string, value?: string] {
  for (const name of names) {
    const value = environment[name]
    if (value) return [name, value]
  }
  return []
}

/** Errors do not repeat the value, because it may contain a password. */
function parseProxy(name: string, address: string): HttpProxy {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol !== 'http:') throw new Error(`${name} must be an http:// address`)
  const { hostname, port, username, password } = url
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? DEFAULT_PROXY_PORT : Number(port),
    credentials: username ? `${decodeURIComponent(username)}:${decodeURIComponent(password)}` : undefined,
  }
}

/** Returns whether data sent to a host stays on this machine. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return /^(?:.*\.)?localhost\.?$/i.test(host)
  return LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Matches `*`, a host name or a domain (`example.com`, `.example.com`, `*.example.com`), an address or a range
 * (`10.0.0.0/8`), each with an optional port.
 */
function matchesHost(entry: string, host: string, port: number): boolean {
  if (entry === '') return false
  if (entry === '*') return true
  const { name, only } = splitPort(entry)
  if (only !== undefined && only !== port) return false
  if (isIP(host) !== 0) return matchesAddress(name, host)
  const domain = name.toLowerCase().replace(/^\*?\./, '')
  return host === domain || host.endsWith(`.${domain}`)
}

function splitPort(entry: string): { name: string; only: number | undefined } {
  const found = /^(?:\[(?<address>[^\]]+)\]|(?<name>[^:]+)):(?<port>\d+)$/.exec(entry)?.groups
  if (found === undefined) return { name: entry.replace(/^\[|\]$/g, ''), only: undefined }
  return { name: (found.address ?? found.name)!, only: Number(found.port) }
}

function matchesAddress(entry: string, host: string): boolean {
  const [network = '', bits] = entry.split('/')
  const family = isIP(network)
  if (family === 0 || family !== isIP(host)) return false
  const kind = family === 6 ? 'ipv6' : 'ipv4'
  const longest = family === 6 ? 128 : 32
  const prefix = bits === undefined ? longest : Number(bits)
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > longest) return false
  const list = new BlockList()
  list.addSubnet(network, prefix, kind)
  return list.check(host, kind)
}
