import { createHash, timingSafeEqual } from 'node:crypto'

/** The answer of `authenticate` to wrong credentials. Hosted engines send either. */
export type WrongCredentials = 'empty-session' | 'unauthenticated'

/** The users and their tokens. */
export class Users {
  #tokens: Map<string, Buffer>

  constructor(
    users: Readonly<Record<string, string>>,
    readonly wrongCredentials: WrongCredentials,
  ) {
    this.#tokens = digests(users)
  }

  replace(users: Readonly<Record<string, string>>): void {
    this.#tokens = digests(users)
  }

  accepts(user: string, token: string): boolean {
    const expected = this.#tokens.get(user)
    return expected !== undefined && timingSafeEqual(expected, digest(token))
  }
}

function digests(users: Readonly<Record<string, string>>): Map<string, Buffer> {
  return new Map(Object.entries(users).map(([user, token]) => [user, digest(token)]))
}

/** Digests have one length, as a comparison in constant time requires. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
