import type { ResumeOptions } from '../cluster/resume-options.ts'
import type { Logger, LogLevel } from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { RecoveryOptions } from '../session/recovery-options.ts'
import type { NameScope, ResultOptions, StatementOptions } from '../statement/statement-options.ts'
import type { DetectionOptions } from '../strategy/detection-options.ts'
import type { StrategyManagerOptions } from '../strategy/manager-options.ts'
import type { StrategyStore, StrategyStoreFactory } from '../strategy/strategy-store.ts'
import type { AccessToken } from '../transport/access-token.ts'
import type { ChannelOptions, TlsOptions } from '../transport/channel-options.ts'
import type { RowShape, TypeOptions } from '../types/value-types.ts'
import type { PasswordProvider } from './option-kinds.ts'

/** The user who logs in, and the cluster behind the host. */
export interface IdentityOptions {
  username?: string
  /** The personal access token, or a function that returns the current one; it is called at each login. */
  password?: string | PasswordProvider
  /** The user on whose behalf the session works, if different. */
  impersonate?: string
  /**
   * An OAuth access token that is sent with every call, instead of a login with `username` and `password`; or a
   * function that returns one, such as the result of `clientCredentials`.
   */
  accessToken?: AccessToken
  /** The cluster's name, which the proxy uses for routing. */
  clusterName?: string
  /** The cluster's UUID, which older deployments use for routing instead of the name. */
  clusterUuid?: string
}

/** Tuning of the strategy logic; see docs/zero-downtime.md for the rules. */
export type StrategyOptions = Partial<Pick<StrategyManagerOptions, 'strategyCacheTimeoutMs' | 'queryIdleTimeoutMs'>> & {
  /**
   * The store for the state of the two deployments: shared by the processes of this host, private to this process, or a
   * custom store. A function opens a store for each cluster and user, such as `redisStrategyStore` of
   * `e6data-redis-store`. A store object serves every cluster and user that it is passed for, so pass it for one only.
   * @default 'shared'
   */
  strategyStore?: 'shared' | 'process' | StrategyStore | StrategyStoreFactory
  /**
   * The existing folder for the shared store, as an absolute path.
   * @default /dev/shm where it exists, otherwise the folder for temporary files
   */
  strategyStoreDirectory?: string
}

/** Logging and telemetry options. */
export interface LoggingOptions {
  /** A logger with pino's interface. Without a logger and a level, nothing is logged. */
  logger?: Logger
  /** The lowest level to log. Without a logger, entries go to standard error as JSON lines. */
  logLevel?: LogLevel
  /** The lowest level to log for strategy events. @default the value of `logLevel` */
  strategyLogLevel?: LogLevel
  /**
   * The destination of spans and metrics, in the types of `@opentelemetry/api`. Statements are not included by default.
   */
  telemetry?: Telemetry
}

/** Optional properties; an option that is `undefined` counts as omitted. */
export type Given<Options> = { [Name in keyof Options]?: Options[Name] | undefined }

/** Options that few programs need: the defaults suit ordinary clusters and networks. */
export interface AdvancedOptions
  extends Given<Pick<ChannelOptions, 'flowControlWindowBytes'>>,
    Given<Pick<DetectionOptions, 'strategyProbeTimeoutMs' | 'maxHeldCalls'>>,
    Given<Pick<ResumeOptions, 'autoResumePollMs'>>,
    Given<Pick<StrategyManagerOptions, 'switchBurst' | 'switchRefillMs'>> {}

/**
 * The options of `connect`. Options missing here are looked up in `url`, then in the environment. `host`, and either
 * `accessToken` or both `username` and `password`, must be found in one of the three. `docs/configuration.md` has the
 * whole table.
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
  /** `e6data://user:token@host:443/catalog/database?cluster-name=…`, or the JDBC form. Other options override it. */
  url?: string | undefined
  tls?: Given<TlsOptions> | undefined
  /** The time limit of a whole query, in milliseconds. Without it, only the limits of single calls apply. */
  timeoutMs?: number | undefined
  /** Whether user name and token may travel unencrypted to another host; silences the warning. @default false */
  allowPlaintextCredentials?: boolean | undefined
  /** Rarely needed. */
  advanced?: AdvancedOptions | undefined
}

/** Every option by its full name with its value, including parts of `tls` and advanced options. */
export type OptionValues = {
  [Name in Exclude<keyof ConnectOptions, 'url' | 'tls' | 'advanced'>]-?: Exclude<ConnectOptions[Name], undefined>
} & { [Name in keyof AdvancedOptions]-?: Exclude<AdvancedOptions[Name], undefined> } & {
  [Part in keyof TlsOptions as `tls.${Part}`]-?: Exclude<TlsOptions[Part], undefined>
}

export type OptionName = keyof OptionValues
