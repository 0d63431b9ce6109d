import { createHash } from 'node:crypto'
import type { Deadline } from '../time/deadline.ts'
import type { AccessToken } from '../transport/access-token.ts'
import { askProvider } from '../transport/provided-value.ts'
import type { OptionName, OptionValues } from './connect-options.ts'
import type { GivenOption, GivenOptions } from './given-options.ts'
import { isPassword, type Password } from './option-kinds.ts'
import { OPTION_TABLE } from './option-table.ts'
import { Secret } from './secret.ts'

/** Who asks, and by what the cluster is to know it: a user who logs in, or an access token with every call. */
export type Credentials =
  | {
      readonly kind: 'password'
      readonly username: string
      readonly password: Secret<Password>
      readonly impersonate?: string
    }
  | { readonly kind: 'access token'; readonly accessToken: Secret<AccessToken> }

/** What each way is given by. Whoever is impersonated by a login is left out: that alone is no way to log in. */
const WAYS = {
  password: ['username', 'password'],
  'access token': ['accessToken'],
} as const satisfies Record<Credentials['kind'], readonly OptionName[]>

const KINDS = Object.keys(WAYS) as readonly Credentials['kind'][]

/**
 * The options of all sources, those of the first before those of the next. The way to log in that a source gives takes
 * the place of another way that weaker sources give: a token in the environment is no fault of a program that gives a
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

/** Says what is missing, or too much, of what the cluster is to know the caller by. */
export function credentialFaults(given: ReadonlyMap<OptionName, GivenOption>): string[] {
  const byToken = isGiven('access token', given)
  if (!byToken) return WAYS.password.filter((name) => !given.has(name)).map(missing)
  const excluded = [...WAYS.password, 'impersonate' as const].filter((name) => given.has(name))
  if (excluded.length === 0) return []
  return [`accessToken takes the place of a login: it can not be given together with ${excluded.join(' and ')}`]
}

/** Says that an option is missing, and where it is looked for. */
export function missing(name: OptionName): string {
  const fault = `${name} is missing: give it as an option, in the URL, or as ${OPTION_TABLE[name].env?.name}`
  return name === 'password' ? `${fault}; or accessToken in place of user name and password` : fault
}

const PASSWORD = { option: 'password', expected: 'a string that is not empty', accepts: isPassword } as const

/** The password of this moment, from the function that gives it where one does. */
export async function currentPassword(password: Secret<Password>, deadline: Deadline): Promise<string> {
  const source = password.reveal()
  return typeof source === 'string' ? source : askProvider(source, PASSWORD, deadline)
}

/** The accepted options as one value, after `credentialFaults` has found nothing. */
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
 * A hash of what identifies the user, never of a secret: of the name, or of the subject of an access token that is a JSON
 * web token. `undefined` when nothing does: a token that a function gives is not known beforehand, and an opaque one says
 * nothing.
 */
export function userHashOf({ username, accessToken }: Partial<OptionValues>): string | undefined {
  const name = typeof accessToken === 'string' ? subjectOf(accessToken) : username
  return name === undefined ? undefined : createHash('sha256').update(name).digest('hex').slice(0, USER_HASH_LENGTH)
}

/** Enough to tell users apart, and too little to be worth more. */
const USER_HASH_LENGTH = 32

/** The issuer and subject in a JSON web token (RFC 7519); nothing is verified, since it only tells users apart. */
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
    return undefined // It has three parts and is no JSON web token.
  }
}

function isGiven(kind: Credentials['kind'], given: ReadonlyMap<OptionName, GivenOption>): boolean {
  return WAYS[kind].some((name) => given.has(name))
}
