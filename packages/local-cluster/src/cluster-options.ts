import { randomBytes } from 'node:crypto'
import { makeToken, SHORTEST_TOKEN } from './console/console-token.ts'
import { DEFAULT_ORDER_ROWS } from './data/retail-schema.ts'
import { isStrategy, type Strategy } from './deployment/strategy.ts'
import type { TokensByUser } from './engine/access-tokens.ts'
import type { WrongCredentials } from './engine/users.ts'
import type { TlsOptions } from './router/router.ts'

/** The options of a local cluster. All have defaults. */
export interface LocalClusterOptions {
  /** Port for clients, on the loopback interface; 0 picks a free one. @default 0 */
  port?: number
  /** Port of the admin API; 0 picks a free one, `false` starts none. @default 0 */
  adminPort?: number | false
  /** Token of the console, at least 12 characters. @default a random one */
  consoleToken?: string
  /**
   * `'process'` runs each engine in its own process; `'in-process'` runs both in this one, which starts faster.
   * @default 'process'
   */
  mode?: 'process' | 'in-process'
  /** A folder of Parquet, CSV or JSON files. Each file becomes a table. @default the built-in retail data */
  data?: string
  /** Number of rows in the built-in `orders` table. @default 1000000 */
  rows?: number
  /** Maximum number of rows in a result batch. @default 20000 */
  batchRows?: number
  /** Approximate maximum size of a batch, in bytes. @default 8388608 */
  batchBytes?: number
  /** User names and their tokens. `url` names the first. @default one user with a random token */
  users?: Readonly<Record<string, string>>
  /** The answer to wrong credentials. @default 'empty-session' */
  wrongCredentials?: WrongCredentials
  /**
   * Access tokens (`authorization: Bearer …`) by user, which replace the login. A user may have several.
   * @default none
   */
  accessTokens?: TokensByUser
  /** Milliseconds after which an unused session expires. @default 3600000 */
  sessionTtlMs?: number
  /** Milliseconds after which an engine frees a query that no call has used. @default 600000 */
  queryIdleTimeoutMs?: number
  /** Serves over TLS with this certificate. @default no TLS */
  tls?: TlsOptions
  /** The strategy that is active at first. @default 'blue' */
  initial?: Strategy
  /** Starts the cluster suspended. @default false */
  suspended?: boolean
  /** Duration of a resume, in milliseconds. @default 250 */
  resumeMs?: number
  /** The cluster's name, which `url` carries. @default 'local' */
  clusterName?: string
  /** The catalog of the data. @default 'local' */
  catalog?: string
  /** The database (schema) of the data. @default 'retail', or 'files' for a folder */
  database?: string
  /**
   * The zone that timestamps with time zone are given in: `Z`, an offset such as `+05:30`, or an IANA name. With an
   * IANA name, statements read times without a zone in it too; otherwise in UTC.
   * @default 'Z'
   */
  timeZone?: string
  /** Number of calls that `calls()` keeps; older ones are dropped. @default 100000 */
  callLogLimit?: number
  /** Time limit for the start of an engine, in milliseconds. @default 60000 */
  startTimeoutMs?: number
}

/** The options with all defaults filled in. */
export type ResolvedClusterOptions = Required<Omit<LocalClusterOptions, 'data' | 'tls'>> &
  Pick<LocalClusterOptions, 'data' | 'tls'>

/** Thrown for bad options. `faults` lists all of them. */
export class ClusterOptionsError extends Error {
  readonly code = 'E6_LOCAL_OPTIONS'
  constructor(readonly faults: readonly string[]) {
    super(`the local cluster can't start with these options:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'ClusterOptionsError'
  }
}

const TOKEN_BYTES = 12

/** @throws ClusterOptionsError that names every bad value. */
export function resolveClusterOptions(options: LocalClusterOptions): ResolvedClusterOptions {
  const resolved: ResolvedClusterOptions = {
    port: 0,
    adminPort: 0,
    consoleToken: makeToken(),
    mode: 'process',
    rows: DEFAULT_ORDER_ROWS,
    batchRows: 20_000,
    batchBytes: 8 * 1024 * 1024,
    users: { local: randomBytes(TOKEN_BYTES).toString('hex') },
    wrongCredentials: 'empty-session',
    accessTokens: {},
    sessionTtlMs: 3_600_000,
    queryIdleTimeoutMs: 600_000,
    initial: 'blue',
    suspended: false,
    resumeMs: 250,
    clusterName: 'local',
    catalog: 'local',
    database: options.data === undefined ? 'retail' : 'files',
    timeZone: 'Z',
    callLogLimit: 100_000,
    startTimeoutMs: 60_000,
    ...withoutUndefined(options),
  }
  const faults = faultsIn(resolved)
  if (faults.length > 0) throw new ClusterOptionsError(faults)
  return resolved
}

function withoutUndefined(options: LocalClusterOptions): LocalClusterOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

type Check = readonly [name: keyof ResolvedClusterOptions, wanted: string, fits: (value: never) => boolean]

const wholeNumber = (least: number, most: number) => (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most

const someText = (value: unknown) => typeof value === 'string' && value.trim() !== ''

const CHECKS: readonly Check[] = [
  ['port', 'a port number from 0 to 65535', wholeNumber(0, 65_535)],
  ['adminPort', 'a port number from 0 to 65535, or false', (value) => value === false || wholeNumber(0, 65_535)(value)],
  [
    'consoleToken',
    `a token of at least ${SHORTEST_TOKEN} characters`,
    (value: unknown) => typeof value === 'string' && value.length >= SHORTEST_TOKEN,
  ],
  ['mode', "'process' or 'in-process'", (value) => value === 'process' || value === 'in-process'],
  ['rows', 'a whole number from 1 to 1000000000', wholeNumber(1, 1_000_000_000)],
  ['batchRows', 'a whole number from 1 to 10000000', wholeNumber(1, 10_000_000)],
  ['batchBytes', 'a whole number from 1 to 1073741824', wholeNumber(1, 1 << 30)],
  ['users', 'at least one user name, each with a token that is not empty', (value) => hasUsers(value)],
  [
    'wrongCredentials',
    "'empty-session' or 'unauthenticated'",
    (value) => ['empty-session', 'unauthenticated'].includes(value),
  ],
  [
    'accessTokens',
    'user names, each with one or several tokens of visible ASCII characters',
    (value) => hasTokens(value),
  ],
  ['sessionTtlMs', 'milliseconds, at least 1', wholeNumber(1, Number.MAX_SAFE_INTEGER)],
  ['queryIdleTimeoutMs', 'milliseconds, at least 1', wholeNumber(1, Number.MAX_SAFE_INTEGER)],
  ['initial', "'blue' or 'green'", isStrategy],
  ['resumeMs', 'milliseconds, at most an hour', wholeNumber(0, 3_600_000)],
  ['clusterName', 'a name', someText],
  [
    'catalog',
    "a name other than 'memory', 'system' and 'temp', which DuckDB reserves",
    (value) => isCatalogName(value),
  ],
  ['database', 'a name', someText],
  ['timeZone', "'Z', an offset such as '+05:30', or an IANA name", (value) => isTimeZone(value)],
  ['callLogLimit', 'a whole number from 1 to 10000000', wholeNumber(1, 10_000_000)],
  ['startTimeoutMs', 'milliseconds, at least 1', wholeNumber(1, 3_600_000)],
]

function isCatalogName(value: unknown): boolean {
  return typeof value === 'string' && someText(value) && !['memory', 'system', 'temp'].includes(value.toLowerCase())
}

/** Whether a zone is an offset from UTC rather than a name. */
export function isOffset(zone: string): boolean {
  return /^(Z|[+-]\d{2}:\d{2})$/.test(zone)
}

function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string') return false
  if (isOffset(value)) return true
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function hasUsers(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const tokens = Object.values(value)
  return tokens.length > 0 && tokens.every((token) => typeof token === 'string' && token !== '')
}

function hasTokens(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const tokens: unknown[] = Object.values(value).flat()
  return tokens.every((token) => typeof token === 'string' && /^[\x21-\x7e]+$/.test(token))
}

function faultsIn(options: ResolvedClusterOptions): string[] {
  const faults = CHECKS.filter(([name, , fits]) => !fits(options[name] as never)).map(
    ([name, wanted]) => `${name} must be ${wanted}`,
  )
  if (options.data !== undefined && !someText(options.data)) faults.push('data must be the path of a folder')
  return faults
}
