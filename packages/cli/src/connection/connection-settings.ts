import type { ConnectOptions } from 'e6data-connector'
import { resolveOptions } from 'e6data-connector/wire'
import { CommandError } from '../command-error.ts'
import { type Environment, isInteractive } from '../environment.ts'
import type { Invocation } from '../invocation.ts'
import { type LocalState, requireLocalCluster } from '../local/local-state.ts'
import { printable } from '../printable.ts'
import { type Profile, type ProfileValue, readConfig, urlHoldsToken } from '../profile/config-file.ts'
import type { ProfileKey } from '../profile/profile-keys.ts'
import type { GivenValues } from '../table/given-values.ts'
import { VERSION } from '../version.ts'
import { readTokenFile } from './token-file.ts'

/** The profile that `e6data local up` provides. */
export const LOCAL_PROFILE = 'local'

/** Options of the connector, and a description of the source of the token. */
export interface ConnectionSettings {
  readonly options: ConnectOptions
  readonly tokenSource: string | undefined
  readonly profileName: string | undefined
}

/** The connector's option of each option of the command. */
const TEXT_OPTIONS = {
  host: 'host',
  username: 'username',
  catalog: 'catalog',
  database: 'database',
  'cluster-name': 'clusterName',
  'cluster-uuid': 'clusterUuid',
} as const

const TOKEN_FILES = ['password-file', 'access-token-file'] as const

const TLS_OPTIONS = { 'tls-ca': 'ca', 'tls-cert': 'cert', 'tls-key': 'key', 'tls-server-name': 'serverName' } as const

/**
 * Merges the settings of the cluster: the command line, then the URL or the profile. The connector reads the rest from
 * the environment.
 * @throws CommandError
 */
export function connectionSettings({
  given,
  environment,
}: Pick<Invocation, 'given' | 'environment'>): ConnectionSettings {
  const source = farSource(given, environment)
  const settings = new Map<ProfileKey, ProfileValue>([...source.values, ...nearValues(given)])
  return {
    options: {
      ...optionsFrom(settings),
      ...tokensFromFiles(settings, environment.home),
      userAgent: `e6data-cli/${VERSION}`,
    },
    tokenSource: tokenSource(settings, environment),
    profileName: source.profileName,
  }
}

/**
 * Like `connectionSettings`, but prompts for a missing token on a terminal, and warns before the token is sent
 * unencrypted.
 * @throws CommandError
 */
export async function completeSettings(invocation: Invocation): Promise<ConnectOptions> {
  const { options, tokenSource: source } = connectionSettings(invocation)
  const complete = source === undefined ? { ...options, ...(await askedToken(options, invocation)) } : options
  warnOfPlaintext(complete, invocation)
  return { ...complete, allowPlaintextCredentials: true }
}

/** Tokens from files. An access token is read again for each call, since another program may renew it. */
function tokensFromFiles(settings: Profile, home: string): Pick<ConnectOptions, 'password' | 'accessToken'> {
  const passwordFile = settings.get('password-file')
  const accessTokenFile = settings.get('access-token-file')
  const accessToken = () => readTokenFile(String(accessTokenFile), home)
  if (accessTokenFile !== undefined) accessToken() // a missing file is reported first
  return {
    ...(passwordFile === undefined ? {} : { password: readTokenFile(String(passwordFile), home) }),
    ...(accessTokenFile === undefined ? {} : { accessToken }),
  }
}

/** @throws OptionsError when another setting is missing, before a prompt for the token */
async function askedToken(options: ConnectOptions, invocation: Invocation): Promise<{ password?: string }> {
  if (!isInteractive(invocation.environment)) return {}
  resolveOptions({ ...options, password: 'not known yet', allowPlaintextCredentials: true })
  const { askForToken } = await import('./token-prompt.ts')
  return { password: await askForToken(invocation) }
}

/** Warns in one line, except with an explicit `--plaintext`. */
function warnOfPlaintext(options: ConnectOptions, { given, environment, command }: Invocation): void {
  const { host, secure, credentials } = resolveOptions({ ...options, allowPlaintextCredentials: true })
  if (secure || given.has('plaintext') || command === 'doctor' || /^(localhost$|127\.|::1$)/.test(host)) return
  environment.stderr.write(
    `e6data: ${credentials.kind === 'password' ? 'the user name and token are' : 'the access token is'} sent unencrypted to ${printable(host)}: use --secure, or --plaintext to allow it\n`,
  )
}

interface FarSource {
  readonly values: Profile
  readonly profileName: string | undefined
}

/** The URL or the profile, from the command line or else the environment. */
function farSource(given: GivenValues, { env, home }: Environment): FarSource {
  const url = given.text('url')
  if (url !== undefined && urlHoldsToken(url)) {
    throw new CommandError(
      'the URL of --url contains a token, which every user of this machine sees: set E6DATA_URL instead, or omit the token',
    )
  }
  if (url !== undefined && given.has('profile')) throw new CommandError('--url and --profile exclude each other')
  if (url !== undefined) return { values: new Map([['url', url]]), profileName: undefined }
  const named = given.text('profile')
  if (named === undefined && env.E6DATA_URL)
    return { values: new Map([['url', env.E6DATA_URL]]), profileName: undefined }
  const name = named ?? (env.E6DATA_PROFILE || undefined)
  if (name !== undefined) return namedProfile(name, { env, home })
  if (given.has('host') || env.E6DATA_HOST) return { values: new Map(), profileName: undefined }
  const { profiles, defaultName } = readConfig({ env, home })
  const values = defaultName === undefined ? undefined : profiles.get(defaultName)
  return { values: values ?? new Map(), profileName: values && defaultName }
}

/** The profile of the cluster that `e6data local up` started. */
export function localProfile({ url, ca }: LocalState): Profile {
  return new Map<ProfileKey, ProfileValue>([['url', url], ...(ca === undefined ? [] : [['tls-ca', ca] as const])])
}

function namedProfile(name: string, place: Pick<Environment, 'env' | 'home'>): FarSource {
  const { profiles, path } = readConfig(place)
  const values = profiles.get(name)
  if (values) return { values, profileName: name }
  if (name === LOCAL_PROFILE) return { values: localProfile(requireLocalCluster(place)), profileName: name }
  const known = [...profiles.keys(), LOCAL_PROFILE].map((it) => JSON.stringify(it)).join(', ')
  throw new CommandError(`there is no profile ${JSON.stringify(name)} in ${path}; there are ${known}`)
}

/** The options of the command line, as profile values. */
export function nearValues(given: GivenValues): Map<ProfileKey, ProfileValue> {
  const values = new Map<ProfileKey, ProfileValue>()
  for (const key of [...keysOf(TEXT_OPTIONS), ...keysOf(TLS_OPTIONS), ...TOKEN_FILES, 'log-level'] as const) {
    const value = given.text(key)
    if (value !== undefined) values.set(key, value)
  }
  const port = given.number('port')
  if (port !== undefined) values.set('port', port)
  const timeoutMs = given.number('connect-timeout')
  if (timeoutMs !== undefined) values.set('connect-timeout', timeoutMs / 1000)
  if (given.has('secure') && given.has('plaintext'))
    throw new CommandError('--secure and --plaintext exclude each other')
  if (given.has('secure') || given.has('plaintext')) values.set('secure', given.has('secure'))
  if (given.has('no-auto-resume')) values.set('auto-resume', false)
  return values
}

function optionsFrom(settings: Profile): ConnectOptions {
  const options: Record<string, ProfileValue> = {}
  const tls: Record<string, ProfileValue> = {}
  const put = (target: Record<string, ProfileValue>, name: string, key: ProfileKey) => {
    const value = settings.get(key)
    if (value !== undefined) target[name] = value
  }
  for (const key of keysOf(TEXT_OPTIONS)) put(options, TEXT_OPTIONS[key], key)
  for (const key of keysOf(TLS_OPTIONS)) put(tls, TLS_OPTIONS[key], key)
  for (const key of ['url', 'port', 'password', 'secure'] as const) put(options, key, key)
  put(options, 'accessToken', 'access-token')
  put(options, 'autoResume', 'auto-resume')
  put(options, 'logLevel', 'log-level')
  const timeout = settings.get('connect-timeout')
  if (typeof timeout === 'number') options.connectTimeoutMs = timeout * 1000
  return { ...options, ...(Object.keys(tls).length > 0 ? { tls } : {}) }
}

/** The source of the token, in order of precedence. */
function tokenSource(settings: Profile, { env }: Environment): string | undefined {
  const file = TOKEN_FILES.map((key) => settings.get(key)).find((it) => it !== undefined)
  if (file !== undefined) return `the file ${file}`
  if (settings.has('password') || settings.has('access-token')) return 'the profile'
  if (urlHoldsToken(settings.get('url'))) return 'the URL'
  // A user from a source of higher precedence overrides an access token of the environment.
  if (env.E6DATA_ACCESS_TOKEN && !settings.has('username')) return 'E6DATA_ACCESS_TOKEN'
  return env.E6DATA_PASSWORD ? 'E6DATA_PASSWORD' : undefined
}

function keysOf<Key extends string>(table: Readonly<Record<Key, string>>): Key[] {
  return Object.keys(table) as Key[]
}
