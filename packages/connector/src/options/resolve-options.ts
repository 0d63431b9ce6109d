import { OptionsError } from '../errors.ts'
import { guardedTelemetry } from '../observability/guarded-telemetry.ts'
import {
  guardedLogger,
  type Logger,
  type LogLevel,
  leveledLogger,
  originLogger,
  silentLogger,
  standardErrorLogger,
} from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { TlsMaterial, TlsOptions } from '../transport/channel-options.ts'
import { isLoopback } from '../transport/proxy-environment.ts'
import type { ConnectOptions, OptionName, OptionValues } from './connect-options.ts'
import {
  type Credentials,
  credentialFaults,
  credentialsOf,
  mergedByStrength,
  missing,
  userHashOf,
} from './credentials.ts'
import { ignoredVariables, optionsFromEnv, processEnv, urlFromEnv } from './from-env.ts'
import { optionsFromUrl } from './from-url.ts'
import { badValue, type GivenOption, type GivenOptions } from './given-options.ts'
import { logOrigin } from './log-origin.ts'
import { OPTION_NAMES, OPTION_TABLE } from './option-table.ts'
import { warnOfPlaintext } from './plaintext-credentials.ts'
import { readTlsMaterial } from './tls-material.ts'
import { unknownOption } from './unknown-option.ts'
import { userAgentOf } from './user-agent.ts'

/** Options without a default. */
type OptionalName =
  | 'catalog'
  | 'database'
  | 'clusterName'
  | 'clusterUuid'
  | 'timeoutMs'
  | 'queryTags'
  | 'strategyStoreDirectory'

/** Options that resolution replaces with another form. */
type ReplacedName = CredentialName | 'logger' | 'logLevel' | 'strategyLogLevel' | `tls.${keyof TlsOptions}`

type CredentialName = 'username' | 'password' | 'impersonate' | 'accessToken'

/** Every option in its final form: defaults added, files read, secrets hidden from printing. */
export type ResolvedOptions = Omit<OptionValues, OptionalName | ReplacedName> &
  Partial<Pick<OptionValues, OptionalName>> & {
    readonly credentials: Credentials
    /** A hash that identifies the user; `undefined` when nothing does. */
    readonly userHash: string | undefined
    readonly tls: TlsMaterial
    readonly logger: Logger
    /** The logger for strategy events. */
    readonly strategyLogger: Logger
  }

/** The options that locate a host's state of a cluster and a user: everything except the credentials. */
export type StateOptions = Omit<ResolvedOptions, 'credentials'>

const DEFAULT_PORT = { secure: 443, plaintext: 80 }

/**
 * Resolves every option: first the given object, then its URL, then the environment, then the defaults.
 * @param input options, or a URL as a string
 * @throws OptionsError that lists every fault and shows no value
 */
export function resolveOptions(input: ConnectOptions | string = {}, env = processEnv()): ResolvedOptions {
  const faults: string[] = []
  const resolved = collectOptions(input, env, faults)
  if (!resolved) throw new OptionsError(faults)
  return resolved
}

/**
 * Like `resolveOptions`, for operations without a login: user name and password are optional.
 * @throws OptionsError that lists every fault and shows no value
 */
export function resolveStateOptions(input: ConnectOptions | string = {}, env = processEnv()): StateOptions {
  const faults: string[] = []
  const decided = decide(input, env, faults, () => [])
  if (!decided) throw new OptionsError(faults)
  return decided.state
}

/** Like `resolveOptions`, for callers that report further faults at the same time. */
export function collectOptions(
  input: ConnectOptions | string,
  env: NodeJS.ProcessEnv,
  faults: string[],
): ResolvedOptions | undefined {
  const decided = decide(input, env, faults, credentialFaults)
  if (!decided) return undefined
  const { state, values } = decided
  const resolved = { ...state, credentials: credentialsOf(values) }
  const { host, secure, allowPlaintextCredentials, credentials, logger } = resolved
  if (!secure && !allowPlaintextCredentials && !isLoopback(host))
    warnOfPlaintext(host, credentials, originLogger(logger, logOrigin(resolved, 'connection')))
  return resolved
}

/** Resolves everything except the credentials; `loginFaults` returns the faults of those. */
function decide(
  input: ConnectOptions | string,
  env: NodeJS.ProcessEnv,
  faults: string[],
  loginFaults: typeof credentialFaults,
): { readonly state: StateOptions; readonly values: Accepted } | undefined {
  const faultsBefore = faults.length
  const sources = sourcesOf(input, env)
  faults.push(...sources.flatMap((source) => source.faults))
  const given = mergedByStrength(sources)
  const values = acceptedValues(given, faults)
  faults.push(...loginFaults(given))
  const { 'tls.ca': ca, 'tls.cert': cert, 'tls.key': key, 'tls.serverName': serverName, ...plain } = values
  const tlsOptions = definedOf({ ca, cert, key, serverName })
  const tls = readTlsMaterial(tlsOptions, faults)
  const secure = values.secure ?? false
  if (!secure && Object.keys(tlsOptions).length > 0) faults.push('secure must be true when tls is set')
  if (faults.length > faultsBefore) return undefined

  const { username, password, impersonate, accessToken, logger, logLevel, strategyLogLevel, ...rest } = plain
  const host = plain.host!
  const loggerFor = (level: LogLevel | undefined) => chooseLogger(logger, level)
  const resolved: StateOptions = {
    ...(rest as Omit<StateOptions, 'host' | 'userHash' | 'tls' | 'logger' | 'strategyLogger'>),
    host,
    port: values.port ?? (secure ? DEFAULT_PORT.secure : DEFAULT_PORT.plaintext),
    userHash: userHashOf(values),
    userAgent: userAgentOf(values.userAgent),
    tls,
    logger: loggerFor(logLevel),
    strategyLogger: loggerFor(strategyLogLevel ?? logLevel),
  }
  warnOfIgnored(
    sources.flatMap(({ ignored = [] }) => ignored),
    originLogger(resolved.logger, logOrigin(resolved, 'connection')),
  )
  return { state: { ...resolved, telemetry: guarded(resolved) }, values }
}

/** Lists all ignored settings of other connectors in one warning. */
function warnOfIgnored(ignored: readonly string[], logger: Logger): void {
  if (ignored.length === 0) return
  const message = `ignored, because this connector does not support it: ${ignored.join(', ')}`
  if (logger === silentLogger) process.emitWarning(message, { code: 'E6_IGNORED_SETTINGS' })
  else logger.warn({ ignored }, message)
}

/** The program's tracer and meter, with failures logged instead of thrown. */
function guarded(options: StateOptions): Telemetry {
  const logger = originLogger(options.logger, logOrigin(options, 'telemetry'))
  return guardedTelemetry(options.telemetry, (error) =>
    logger.error({ error: String(error) }, 'the tracer or the meter failed'),
  )
}

type Accepted = Partial<OptionValues>

/** The given options of all sources, highest precedence first. */
function sourcesOf(input: ConnectOptions | string, env: NodeJS.ProcessEnv): GivenOptions[] {
  const object = typeof input === 'string' ? { url: input } : input
  const direct = optionsFromObject(object)
  const url = isRecord(object) ? object.url : undefined
  // A program that sets a host must not receive the token of another cluster.
  const chosen = url ?? (direct.options.has('host') ? undefined : urlFromEnv(env))
  const ignored = ignoredVariables(env)
  return [direct, ...urlSource(chosen), { options: optionsFromEnv(OPTION_TABLE, env), faults: [], ignored }]
}

function urlSource(url: unknown): GivenOptions[] {
  if (url === undefined) return []
  if (typeof url !== 'string') return [{ options: new Map(), faults: ['url must be a string'] }]
  return [optionsFromUrl(url)]
}

function optionsFromObject(input: unknown): GivenOptions {
  const options = new Map<OptionName, GivenOption>()
  const faults: string[] = []
  const give = (name: string, value: unknown, isInAdvanced = false) => {
    if (value === undefined) return
    if (!isOptionName(name)) faults.push(unknownOption(name, KNOWN_NAMES))
    else if (isInAdvanced && !OPTION_TABLE[name].isAdvanced) faults.push(notAdvanced(name))
    else if (options.has(name)) faults.push(givenTwice(name))
    else options.set(name, { value, source: 'the option' })
  }
  if (!isRecord(input)) return { options, faults: ['options must be an object, or a URL as a string'] }
  for (const [name, value] of Object.entries(input)) {
    if (name === 'url') continue
    if ((name !== 'tls' && name !== 'advanced') || value === undefined) give(name, value)
    else if (!isRecord(value)) faults.push(`${name} must be an object`)
    else if (name === 'advanced') for (const [part, partValue] of Object.entries(value)) give(part, partValue, true)
    else for (const [part, partValue] of Object.entries(value)) give(`tls.${part}`, partValue)
  }
  return { options, faults }
}

/** Returns the fault of an option that is not in its group. */
export function notAdvanced(name: string): string {
  return `${name} is not an advanced option: move it out of \`advanced\``
}

/** Returns the fault of an option set twice: advanced options are also accepted outside their group, as in a URL. */
export function givenTwice(name: string): string {
  return `${name} is set twice: in \`advanced\` and outside of it`
}

/** The options of `connect()`; parts of `tls` have their full names. */
const KNOWN_NAMES: readonly string[] = [...OPTION_NAMES, 'url', 'tls', 'advanced']

/** The valid values, or their defaults. Every option is checked, so all faults are reported at once. */
function acceptedValues(given: ReadonlyMap<OptionName, GivenOption>, faults: string[]): Accepted {
  const accepted = new Map<OptionName, unknown>()
  for (const name of OPTION_NAMES) {
    const spec = OPTION_TABLE[name]
    const option = given.get(name)
    const value = option ? spec.kind.accept(option.value) : spec.default
    if (value !== undefined) accepted.set(name, value)
    else if (option) faults.push(badValue(name, spec.kind, option))
  }
  if (!given.has('host')) faults.push(missing('host'))
  return Object.fromEntries(accepted) as Accepted
}

/** The program's logger at the requested level; standard error if only a level is set; otherwise no logger. */
function chooseLogger(logger: Logger | undefined, level: LogLevel | undefined): Logger {
  if (!logger) return level ? standardErrorLogger(level) : silentLogger
  const guarded = guardedLogger(logger)
  return level ? leveledLogger(guarded, level) : guarded
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTION_TABLE, name)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The defined members, for types in which an absent member differs from an undefined one. */
function definedOf<T extends object>(members: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>
  }
}
