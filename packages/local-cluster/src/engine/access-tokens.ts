import { createHash, timingSafeEqual } from 'node:crypto'
import { RpcError } from '../grpc/rpc-error.ts'

/** Users, each with one or several access tokens. */
export type TokensByUser = Readonly<Record<string, string | readonly string[]>>

interface KnownToken {
  readonly user: string
  readonly digest: Buffer
}

/** The access tokens that replace a login. */
export class AccessTokens {
  #known: readonly KnownToken[]

  constructor(tokens: TokensByUser) {
    this.#known = knownTokens(tokens)
  }

  replace(tokens: TokensByUser): void {
    this.#known = knownTokens(tokens)
  }

  /**
   * Returns the user of an `authorization` header; `undefined` without one.
   * @throws RpcError `unauthenticated` for a token that is not known
   */
  userOf(authorization: string | undefined): string | undefined {
    if (authorization === undefined) return undefined
    const token = /^Bearer +(?<token>[\x21-\x7e]+)$/i.exec(authorization)?.groups?.token ?? ''
    const given = digestOf(token)
    const found = this.#known.find(({ digest }) => timingSafeEqual(digest, given))
    if (found === undefined) throw new RpcError('unauthenticated', 'the access token is not known or has expired')
    return found.user
  }
}

function knownTokens(tokens: TokensByUser): KnownToken[] {
  return Object.entries(tokens).flatMap(([user, given]) =>
    [given].flat().map((token) => ({ user, digest: digestOf(token) })),
  )
}

/** Digests have one length, as a comparison in constant time requires. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
