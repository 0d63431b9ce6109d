import type { IncomingMessage } from 'node:http'
import { AdminError } from './admin-error.ts'

/** The `sec-fetch-site` values of requests by this server's own page, or typed into the address bar. */
const OWN_SITES: readonly string[] = ['same-origin', 'none']

/**
 * Refuses requests that a browser sent for a page of another origin, by their `sec-fetch-site`, `origin` and `host`
 * headers.
 * @param hosts the names of this server, each with its port. @default any name, for servers that check a token
 * @throws AdminError
 */
export function refuseForeign({ headers, method }: IncomingMessage, hosts?: readonly string[]): void {
  const { host = '', origin } = headers
  if (hosts !== undefined && !hosts.includes(host)) {
    throw new AdminError(403, 'foreign_host', 'the request names a host that is not this one')
  }
  const origins = (hosts ?? [host]).map((name) => `http://${name}`)
  if (origin !== undefined && !origins.includes(origin)) {
    throw new AdminError(403, 'foreign_origin', 'the request comes from a page of another origin')
  }
  const site = headers['sec-fetch-site']
  // Following a link to this server changes nothing.
  const isNavigation = method === 'GET' && headers['sec-fetch-mode'] === 'navigate'
  if (typeof site === 'string' && !OWN_SITES.includes(site) && !isNavigation) {
    throw new AdminError(403, 'foreign_origin', 'the request comes from a page of another site')
  }
}
