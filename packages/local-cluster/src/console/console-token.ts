import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { AdminError } from '../admin/admin-error.ts'

const TOKEN_BYTES = 18

/** Minimum length of a console token, in characters. */
export const SHORTEST_TOKEN = 12

/** Returns a random token. */
export function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** The address with its token after the `#`, which browsers do not send and servers do not log. */
export function withToken(url: string, token: string): string {
  return `${url}/#token=${encodeURIComponent(token)}`
}

/** The token of an address that `withToken` made; `undefined` when it has none. */
export function tokenOf(url: string): string | undefined {
  return new URLSearchParams(new URL(url).hash.slice(1)).get('token') ?? undefined
}

/** @throws AdminError when the request does not carry the token */
export function requireToken({ headers }: IncomingMessage, token: string): void {
  if (isSame(headers.authorization ?? '', `Bearer ${token}`)) return
  throw new AdminError(401, 'token_needed', "send the console's token: authorization: Bearer TOKEN")
}

/** Compares in constant time. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
