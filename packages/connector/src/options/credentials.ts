import { createHash } from 'node:crypto'
import type { Deadline } from '../time/deadline.ts'
import type { AccessToken } from '../transport/access-token.ts'
import { askProvider } from '../transport/provided-value.ts'
import type { OptionName, OptionValues } from './connect-options.ts'
import type { GivenOption, GivenOptions } from './given-options.ts'
import { isPassword, type Password } from './option-kinds.ts'
import { OPTION_TABLE } from './option-table.ts'
import { Secret } from './secret.ts'

/** The caller's credentials: a user who logs in, or an access token with every call. */
export type Credentials =
  | {
      readonly kind: 'password'
      readonly username: string
      readonly password: Secret<Password>
      readonly impersonate?: string
    }
  | { readonly kind: 'access token'; readonly accessToken: Secret<AccessToken> }

/** The options of each login method. `impersonate` is omitted, because it is not a method on its own. */
const WAYS = {
  password: ['username', 'password'],
  'access token': ['accessToken'],
} as const satisfies Record<Credentials['kind'], readonly OptionName[]>

const KINDS = Object.keys(WAYS) as readonly Credentials['kind'][]

/**
 * Merges the options of all sources; earlier sources have higher precedence. The login method of a source replaces
 * other methods from sources with lower precedence: a token in the environment is no fault in a program that sets a
 * user name.
 */
export function mergedByStrength(sources: readonly GivenOptions[]): Map<OptionName, GivenOption> {
  const merged = new Map<OptionName, GivenOption>()
  for (const { options } of sources) {
    const taken = KINDS.filter((kind) => isGiven(kind, merged))
    const replaced = new Set<OptionName>(
      KINDS.filter((kind) => taken.length > 0 && !taken.includes(kind)).flatMap((kind) => WAYS[kind]),
    )
    for (const [name, option] of options) {
      if (!merged.has(name) && !replaced.has(name)) merged.set(name, option)
    }
  }
  return merged
}

/** Returns the faults of missing or conflicting credentials. */
export function credentialFaults(given: ReadonlyMap<OptionName, GivenOption>): string[] {
  const byToken = isGiven('access token', given)
  if (!byToken) return WAYS.password.filter((name) => !given.has(name)).map(missing)
  const excluded = [...WAYS.password, 'impersonate' as const].filter((name) => given.has(name))
  if (excluded.length === 0) return []
  return [`accessToken replaces a login and cannot be combined with ${excluded.join(' and ')}`]
}

/** Returns the fault for a missing option, with the places to set it. */
export function missing(name: OptionName): string {
  const fault = `${name} is missing: set it as an option, in the URL, or as ${OPTION_TABLE[name].env?.name}`
  return name === 'password' ? `${fault}; or use accessToken instead of a user name and password` : fault
}

const PASSWORD = { option: 'password', expected: 'a non-empty string', accepts: isPassword } as const

/** Returns the current password, from its provider if there is one. */
export async function currentPassword(password: Secret<Password>, deadline: Deadline): Promise<string> {
  const source = password.reveal()
  return typeof source === 'string' ? source : askProvider(source, PASSWORD, deadline)
}

/** Returns the accepted options as one value, after `credentialFaults` has found nothing. */
export function credentialsOf(accepted: Partial<OptionValues>): Credentials {
  const { accessToken, username, password, impersonate } = accepted
  if (accessToken !== undefined) return { kind: 'access token', accessToken: new Secret(accessToken) }
  return {
    kind: 'password',
    username: username!,
    password: new Secret(password!),
    ...(impersonate === undefined ? {} : { impersonate }),
  }
}

/**
 * Returns a hash of the user's identity, never of a secret: of the user name, or of the subject of an access token that
 * is a JSON web token. `undefined` when nothing identifies the user: the token of a function is not known beforehand,
 * and an opaque token has no subject.
 */
export function userHashOf({ username, accessToken }: Partial<OptionValues>): string | undefined {
  const name = typeof accessToken === 'string' ? subjectOf(accessToken) : username
  return name === undefined ? undefined : createHash('sha256').update(name).digest('hex').slice(0, USER_HASH_LENGTH)
}

/** Long enough to distinguish users, too short to reveal more. */
const USER_HASH_LENGTH = 32

/** The issuer and subject of a JSON web token (RFC 7519). Nothing is verified, because they only distinguish users. */
function subjectOf(token: string): string | undefined {
  const parts = token.split('.')
  if (parts.length !== 3) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null || !('sub' in claims) || typeof claims.sub !== 'string')
      return undefined
    const issuer = 'iss' in claims && typeof claims.iss === 'string' ? claims.iss : ''
    return JSON.stringify([issuer, claims.sub])
  } catch {
    return undefined // It has three parts but is not a JSON web token.
  }
}

function isGiven(kind: Credentials['kind'], given: ReadonlyMap<OptionName, GivenOption>): boolean {
  return WAYS[kind].some((name) => given.has(name))
}
