import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { CommandError } from '../command-error.ts'
import type { Environment } from '../environment.ts'
import { readPrivateFile, refuseExposedToken } from './private-file.ts'
import { PROFILE_KEYS, type ProfileKey } from './profile-keys.ts'

export type ProfileValue = string | number | boolean

/** A named cluster. Keys have the names of the command-line options. */
export type Profile = ReadonlyMap<ProfileKey, ProfileValue>

export interface ConfigFile {
  readonly path: string
  readonly profiles: ReadonlyMap<string, Profile>
  /** The name of the default profile. */
  readonly defaultName: string | undefined
}

/** `E6DATA_CONFIG`, else `e6data/config.toml` in the user's folder for configuration. */
export function configPath({ env, home }: Pick<Environment, 'env' | 'home'>): string {
  return env.E6DATA_CONFIG || join(env.XDG_CONFIG_HOME || join(home, '.config'), 'e6data', 'config.toml')
}

/**
 * Reads the config file; without one, there are no profiles.
 * @throws CommandError for an invalid file, and for one with a token that others can read
 */
export function readConfig(environment: Pick<Environment, 'env' | 'home'>): ConfigFile {
  const path = configPath(environment)
  const file = readPrivateFile(path)
  if (file === undefined) return { path, profiles: new Map(), defaultName: undefined }
  const config = readTables(path, parseToml(path, file.text))
  const holdsToken = [...config.profiles.values()].some(
    (profile) => profile.has('password') || profile.has('access-token') || urlHoldsToken(profile.get('url')),
  )
  if (holdsToken) refuseExposedToken(path, file)
  return config
}

/** The URL may contain the token, between the colon and the at sign. */
export function urlHoldsToken(url: ProfileValue | undefined): boolean {
  return (
    typeof url === 'string' &&
    (/^[^/?#]*\/\/[^/?#@]*:[^/?#]*@/.test(url) || /[?&/](?:password|access-token)=/i.test(url))
  )
}

function parseToml(path: string, text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    // The parser's message quotes the line, which may contain a token.
    throw new CommandError(`${path} is not valid TOML: check line ${error.line}, column ${error.column}`)
  }
}

function readTables(path: string, tables: Record<string, unknown>): ConfigFile {
  const { default: defaultName, profiles = {}, ...others } = tables
  const stranger = Object.keys(others)[0]
  if (stranger !== undefined)
    throw new CommandError(
      `${path} has ${JSON.stringify(stranger)}, which is unknown; allowed are default and [profiles.NAME]`,
    )
  if (defaultName !== undefined && typeof defaultName !== 'string')
    throw new CommandError(`default in ${path} must be the name of a profile`)
  if (!isTable(profiles)) throw new CommandError(`profiles in ${path} must be a table: [profiles.NAME]`)
  const read = new Map(
    Object.entries(profiles).map(([name, table]) => [name, readProfile(`[profiles.${name}] in ${path}`, table)]),
  )
  if (defaultName !== undefined && !read.has(defaultName)) {
    throw new CommandError(`default in ${path} names the profile ${JSON.stringify(defaultName)}, which does not exist`)
  }
  return { path, profiles: read, defaultName }
}

function readProfile(place: string, table: unknown): Profile {
  if (!isTable(table)) throw new CommandError(`${place} must be a table`)
  const profile = new Map<ProfileKey, ProfileValue>()
  for (const [key, value] of Object.entries(table)) {
    const kind = Object.hasOwn(PROFILE_KEYS, key) ? PROFILE_KEYS[key as ProfileKey] : undefined
    if (kind === undefined)
      throw new CommandError(
        `${place} has ${JSON.stringify(key)}, which is unknown; allowed are ${Object.keys(PROFILE_KEYS).join(', ')}`,
      )
    if (typeof value !== kind) throw new CommandError(`${key} of ${place} must be a ${kind}`)
    profile.set(key as ProfileKey, value as ProfileValue)
  }
  return profile
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
