import type { ResumeOptions } from '../cluster/resume-options.ts'
import type { Logger, LogLevel } from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { RecoveryOptions } from '../session/recovery-options.ts'
import type { NameScope, ResultOptions, StatementOptions } from '../statement/statement-options.ts'
import type { DetectionOptions } from '../strategy/detection-options.ts'
import type { StrategyManagerOptions } from '../strategy/manager-options.ts'
import type { StrategyStore } from '../strategy/strategy-store.ts'
import type { AccessToken } from '../transport/access-token.ts'
import type { ChannelOptions, TlsOptions } from '../transport/channel-options.ts'
import type { RowShape, TypeOptions } from '../types/value-types.ts'
import type { PasswordProvider } from './option-kinds.ts'

/** Who logs in, and to which cluster behind the host. */
export interface IdentityOptions {
  username?: string
  /** The personal access token, or a function that returns the one that is good now; it is called at each login. */
  password?: string | PasswordProvider
  /** The user in whose name the session works, if it is another one. */
  impersonate?: string
  /**
   * An OAuth access token that is sent with every call, in place of a login by `username` and `password`; or a function
   * that gives it, such as `clientCredentials` makes.
   */
  accessToken?: AccessToken
  /** The cluster's name, by which the proxy routes. */
  clusterName?: string
  /** The cluster's UUID, which older deployments route by instead of the name. */
  clusterUuid?: string
}

/** What the strategy logic may be tuned with; see docs/zero-downtime.md for the rules. */
export type StrategyOptions = Partial<Pick<StrategyManagerOptions, 'strategyCacheTimeoutMs' | 'queryIdleTimeoutMs'>> & {
  /**
   * Where what is known of the two deployments is kept: shared by the processes of this host, by this process alone, or
   * in a store of your own.
   * @default 'shared'
   */
  strategyStore?: 'shared' | 'process' | StrategyStore
  /**
   * The existing folder in which the processes of this host share it, as an absolute path.
   * @default /dev/shm where there is one, else the folder for temporary files
   */
  strategyStoreDirectory?: string
}

/** What the connector tells of itself. */
export interface LoggingOptions {
  /** Any logger of pino's shape. Without one, and without a level, nothing is logged. */
  logger?: Logger
  /** The least severe level to log. Without a logger, entries go to standard error as lines of JSON. */
  logLevel?: LogLevel
  /** The same for what concerns the strategy. @default the value of `logLevel` */
  strategyLogLevel?: LogLevel
  /** Where spans and measurements go, in the types of `@opentelemetry/api`. Statements are left out unless asked for. */
  telemetry?: Telemetry
}

/** An option that is `undefined` counts as not given. */
export type Given<Options> = { [Name in keyof Options]?: Options[Name] | undefined }

/** Options that few programs need: each default suits ordinary clusters and networks. */
export interface AdvancedOptions
  extends Given<Pick<ChannelOptions, 'flowControlWindowBytes'>>,
    Given<Pick<DetectionOptions, 'strategyProbeTimeoutMs' | 'maxHeldCalls'>>,
    Given<Pick<ResumeOptions, 'autoResumePollMs'>>,
    Given<Pick<StrategyManagerOptions, 'switchBurst' | 'switchRefillMs'>> {}

/**
 * Everything `connect` takes. What is not given here is looked up in `url`, then in the environment; `host`, and either
 * `username` and `password` or `accessToken`, have to be found in one of the three. `docs/configuration.md` has the whole table.
 */
export interface ConnectOptions<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>
  extends Given<Omit<ChannelOptions, 'tls' | 'flowControlWindowBytes'>>,
    Given<IdentityOptions>,
    Given<NameScope>,
    Given<Omit<DetectionOptions, 'strategyProbeTimeoutMs' | 'maxHeldCalls'>>,
    Given<StrategyOptions>,
    Given<RecoveryOptions>,
    Given<Omit<ResumeOptions, 'autoResumePollMs'>>,
    Given<ResultOptions<Types, Shape>>,
    Given<StatementOptions>,
    Given<LoggingOptions> {
  /** `e6data://user:token@host:443/catalog/database?cluster-name=…`, or the JDBC form; options given here win over it. */
  url?: string | undefined
  tls?: Given<TlsOptions> | undefined
  /** How long a whole query may take, in milliseconds. Without it, only the limits of the single calls count. */
  timeoutMs?: number | undefined
  /** Whether it is in order that user name and token travel unencrypted to another host; silences the warning. @default false */
  allowPlaintextCredentials?: boolean | undefined
  /** Rarely needed. */
  advanced?: AdvancedOptions | undefined
}

/** Every option by its full name, parts of `tls` and the advanced ones included, with the value it takes. */
export type OptionValues = {
  [Name in Exclude<keyof ConnectOptions, 'url' | 'tls' | 'advanced'>]-?: Exclude<ConnectOptions[Name], undefined>
} & { [Name in keyof AdvancedOptions]-?: Exclude<AdvancedOptions[Name], undefined> } & {
  [Part in keyof TlsOptions as `tls.${Part}`]-?: Exclude<TlsOptions[Part], undefined>
}

export type OptionName = keyof OptionValues
