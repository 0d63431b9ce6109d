import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { AdminError } from '../admin/admin-error.ts'

const TOKEN_BYTES = 18

/** The shortest token that a console takes, in characters. */
export const SHORTEST_TOKEN = 12

/** A fresh token that nobody can guess. */
export function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** The address with its token behind the `#`, where no server and no log sees it. */
export function withToken(url: string, token: string): string {
  return `${url}/#token=${encodeURIComponent(token)}`
}

/** The token of an address that `withToken` made; `undefined` when it has none. */
export function tokenOf(url: string): string | undefined {
  return new URLSearchParams(new URL(url).hash.slice(1)).get('token') ?? undefined
}

/** @throws AdminError when the request does not bring the token */
export function requireToken({ headers }: IncomingMessage, token: string): void {
  if (isSame(headers.authorization ?? '', `Bearer ${token}`)) return
  throw new AdminError(401, 'token_needed', "send the console's token: authorization: Bearer TOKEN")
}

/** Takes as long for a near miss as for a far one. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
