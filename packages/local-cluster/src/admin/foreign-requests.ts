import type { IncomingMessage } from 'node:http'
import { AdminError } from './admin-error.ts'

/** What a browser says of requests that the page of this server makes, or that a person types in. */
const OWN_SITES: readonly string[] = ['same-origin', 'none']

/**
 * Refuses what a web page of another origin had a browser send: its browser says so, or names a host that is not this
 * server.
 * @param hosts the names, with port, that this server goes by; left out, any name will do, and something else has to
 *   keep strangers away
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
  // To follow a link to this server acts on nothing.
  const isNavigation = method === 'GET' && headers['sec-fetch-mode'] === 'navigate'
  if (typeof site === 'string' && !OWN_SITES.includes(site) && !isNavigation) {
    throw new AdminError(403, 'foreign_origin', 'the request comes from a page of another site')
  }
}
