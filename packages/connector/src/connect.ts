import { createHash } from 'node:crypto'
import { ClusterManager } from './cluster/cluster-manager.ts'
import { ClusterResumption } from './cluster/cluster-resumption.ts'
import { ClusterClient } from './cluster/cluster-service.ts'
import { Connection } from './connection.ts'
import { type ConnectionEvents, EventHub } from './observability/events.ts'
import { Instruments } from './observability/instruments.ts'
import { type Logger, originLogger } from './observability/logger.ts'
import { OperationMetrics } from './observability/operation-metrics.ts'
import { QueryEvents } from './observability/query-events.ts'
import { QueryRecorder } from './observability/query-statistics.ts'
import { measureStrategy } from './observability/strategy-metrics.ts'
import type { ConnectOptions } from './options/connect-options.ts'
import { currentPassword } from './options/credentials.ts'
import { logOrigin } from './options/log-origin.ts'
import { resolveStatementOptions } from './options/query-options.ts'
import {
  type ResolvedOptions,
  resolveOptions,
  resolveStateOptions,
  type StateOptions,
} from './options/resolve-options.ts'
import { type CreatePoolOptions, resolvePoolOptions } from './options/resolve-pool-options.ts'
import { Pool } from './pool/pool.ts'
import { createLogin, createTokenLogin, type Login, type LoginIdentity } from './session/login.ts'
import { withAnnouncements } from './session/login-announcements.ts'
import { ProbeStatement } from './session/probe-statement.ts'
import { Recovery } from './session/recovery.ts'
import { RepeatBudget } from './session/repeat-budget.ts'
import { RerunBudget } from './session/rerun-budget.ts'
import { SessionProber } from './session/session-prober.ts'
import { SessionProperties } from './session/session-properties.ts'
import { SessionRegistry } from './session/session-registry.ts'
import { SessionState } from './session/session-state.ts'
import { type SharedCluster, SharedDirectory } from './session/shared-cluster.ts'
import type { StatementDefaults } from './statement/statement-context.ts'
import { ClusterStrategy } from './strategy/cluster-strategy.ts'
import type { StrategyManagerOptions } from './strategy/manager-options.ts'
import { MemoryStrategyStore } from './strategy/memory-store.ts'
import { openSharedStore } from './strategy/shared-store.ts'
import { StrategyDetection } from './strategy/strategy-detection.ts'
import { StrategyManager } from './strategy/strategy-manager.ts'
import { StrategyPrewarming } from './strategy/strategy-prewarming.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from './strategy/strategy-state.ts'
import type { StrategyStore, StrategyStorePlace } from './strategy/strategy-store.ts'
import { StrategySuspicion } from './strategy/strategy-suspicion.ts'
import { type Clock, systemClock } from './time/clock.ts'
import type { CallOptions } from './time/deadline.ts'
import { BearerTransport } from './transport/bearer-transport.ts'
import { CallTransport } from './transport/call-transport.ts'
import { openChannel } from './transport/channel.ts'
import { TracedTransport } from './transport/traced-transport.ts'
import type { Transport } from './transport/transport.ts'
import { TransportThread } from './transport/transport-thread.ts'
import type { RowShape, TypeOptions } from './types/value-types.ts'

/**
 * Connects to a cluster and logs in. Accepts options, a URL, or nothing; missing options are looked up in the
 * environment.
 * @throws OptionsError that lists every fault
 * @throws CredentialsError, ConnectError, StrategyDetectionTimeoutError, ClusterSuspendedError
 */
export async function connect<
  const Types extends TypeOptions = Record<never, never>,
  const Shape extends RowShape = 'object',
>(options?: ConnectOptions<Types, Shape> | string): Promise<Connection<Types, Shape>> {
  return openConnection<Types, Shape>(resolveOptions(options), systemEnvironment(), new QueryRecorder(), {})
}

/**
 * Creates a pool of connections to one cluster. Accepts the options of `connect`, and those of a pool.
 * @throws OptionsError that lists every fault
 */
export function createPool<
  const Types extends TypeOptions = Record<never, never>,
  const Shape extends RowShape = 'object',
>(options?: CreatePoolOptions<Types, Shape> | string): Pool<Types, Shape> {
  const { connection, pool } = resolvePoolOptions(options)
  const environment = systemEnvironment()
  const recorder = new QueryRecorder()
  // Held for the pool's lifetime, so that the cluster's state outlives its connections.
  const { cluster, release } = shareCluster(connection, environment)
  const { host: address, port, catalog, database, telemetry } = connection
  const defaults = statementDefaults(connection)
  const logger = originLogger(connection.logger, logOrigin(connection, 'pool'))
  return new Pool<Types, Shape>({
    options: pool,
    connect: (limits) => openConnection<Types, Shape>(connection, environment, recorder, limits),
    unopened: () => composeConnection<Types, Shape>(connection, environment, recorder),
    ...{ logger, clock: environment.clock, strategy: cluster.strategy, recorder, telemetry, release },
    place: { address, port, catalog, database },
    checkOptions: (given, sql) => void resolveStatementOptions(given, 'query', defaults, sql),
  })
}

async function openConnection<Types extends TypeOptions, Shape extends RowShape>(
  options: ResolvedOptions,
  environment: Environment,
  recorder: QueryRecorder,
  limits: CallOptions,
): Promise<Connection<Types, Shape>> {
  const connection = composeConnection<Types, Shape>(options, environment, recorder)
  try {
    await connection.open(limits)
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** The external dependencies of connections; a simulation passes its own. */
export interface Environment {
  readonly clock: Clock
  readonly openTransport: (options: ResolvedOptions) => Transport
  readonly openStore: (options: StateOptions, clock: Clock) => StrategyStore
  /** State shared by connections to one cluster, and by those with the same credentials. */
  readonly managers: SharedDirectory<StrategyManager>
  readonly clusters: SharedDirectory<SharedCluster>
}

/** Assembles a connection: the whole path of a call, from the statement to the channel. */
export function composeConnection<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>(
  options: ResolvedOptions,
  environment: Environment,
  recorder = new QueryRecorder(),
): Connection<Types, Shape> {
  const { clock } = environment
  const { clusterName, clusterUuid } = options
  const logger = originLogger(options.logger, logOrigin(options, 'connection'))
  const queryLogger = originLogger(options.logger, logOrigin(options, 'query'))
  const events = new EventHub<ConnectionEvents>(logger)
  const server = { address: options.host, port: options.port }
  const transport = authorized(new TracedTransport(environment.openTransport(options), server, clock), options)
  const identity = identityOf(options)
  const { cluster, release } = shareCluster(options, environment)
  const properties = new SessionProperties(transport, identity)
  const sessionState = new SessionState()
  const login = withAnnouncements(properties.setBy(loginOf(transport, identity, options)), cluster.manager)
  const sessions = new SessionRegistry(login, options.connectTimeoutMs, clock, events)
  const { probeStatement: sql, catalog, database } = options
  const statement = new ProbeStatement({ transport, sql, catalog, database, clusterName, clusterUuid })
  const prober = new SessionProber(sessions, statement)
  const clusterClient = new ClusterClient(transport, identity, () => cluster.manager.getActiveStrategy())
  const recovery = new Recovery({
    ...{ transport, sessions, sessionState, prober, clusterClient, events, options, clusterName, clusterUuid, clock },
    ...cluster,
  })
  recorder.listenTo(events)
  const { telemetry } = options
  const { meter } = telemetry
  const observers = [
    new QueryEvents(events, queryLogger),
    recorder,
    ...(meter ? [new OperationMetrics(meter, server)] : []),
  ]
  const instruments = new Instruments({ observers, telemetry, server, now: () => clock.now(), logger: queryLogger })
  const defaults = statementDefaults(options)
  const headerFields = { cluster: clusterName, clusterUuid }
  const place = { host: options.host, port: options.port, clusterName, clusterUuid }
  const parts = {
    ...{ transport, sessions, properties, sessionState, prober, cluster, recovery, events, instruments, recorder },
    ...{ defaults, resolveOptions: resolveStatementOptions, headerFields, place, release },
  }
  return new Connection(parts, { clock, logger })
}

/** The options that statements need; a statement with its own options gets a copy. */
function statementDefaults(options: ResolvedOptions): StatementDefaults {
  const { catalog, database, queryTags, timeoutMs = Number.POSITIVE_INFINITY } = options
  const { rowShape, types, maxBufferedBytes, maxResultBytes, arraySize } = options
  const { prepareTimeoutMs, callTimeoutMs, useResultCache, plannerQueue, binding } = options
  const { verifyRowCount, overlapMetadata, resultEnd } = options
  const { restartUnreadQueries, maxRetryAttempts, transportThread } = options
  return {
    ...(catalog === undefined ? {} : { catalog }),
    ...(database === undefined ? {} : { database }),
    ...(queryTags === undefined ? {} : { queryTags }),
    timeoutMs,
    rowShape,
    types,
    maxBufferedBytes,
    maxResultBytes,
    arraySize,
    prepareTimeoutMs,
    callTimeoutMs,
    useResultCache,
    plannerQueue,
    binding,
    verifyRowCount,
    overlapMetadata,
    resultEnd,
    restartUnreadQueries,
    maxRetryAttempts,
    transportThread,
  }
}

/** Adds an access token to every call, to engines and to the cluster service. */
function authorized(transport: Transport, { credentials }: ResolvedOptions): Transport {
  if (credentials.kind === 'password') return transport
  return new BearerTransport(transport, () => credentials.accessToken.reveal())
}

/** The identity sent to the cluster service; empty with an access token, which identifies the caller. */
function identityOf({ credentials, clusterName, clusterUuid }: ResolvedOptions): LoginIdentity {
  if (credentials.kind === 'access token') return { username: '', password: async () => '', clusterName, clusterUuid }
  const { username, password, impersonate } = credentials
  return {
    username,
    password: (deadline) => currentPassword(password, deadline),
    impersonate,
    clusterName,
    clusterUuid,
  }
}

function loginOf(transport: Transport, identity: LoginIdentity, { credentials }: ResolvedOptions): Login {
  return credentials.kind === 'password' ? createLogin(transport, identity) : createTokenLogin(transport, identity)
}

/** Creates a manager of a cluster's state: status, resume, suspend. Accepts the options of `connect`. */
export function clusterManager(options?: ConnectOptions | string): ClusterManager {
  return composeClusterManager(resolveOptions(options), systemEnvironment())
}

export function composeClusterManager(options: ResolvedOptions, { clock, openTransport }: Environment): ClusterManager {
  const transport = authorized(openTransport(options), options)
  const client = new ClusterClient(transport, identityOf(options), () => undefined)
  const logger = originLogger(options.logger, logOrigin(options, 'cluster'))
  return new ClusterManager({ transport, client, clock, logger, options })
}

/**
 * Creates a manager of this host's state of a cluster's deployments, to inspect and to control it without a connection.
 * Accepts the options of `connect` and needs no token: host, port and cluster name identify the cluster, and `username`
 * the user, because each user of a cluster has a state. Without a user, `inspect().users` lists those known on the
 * host. Close it after use.
 * @throws OptionsError that lists every fault
 */
export function strategyManager(options?: ConnectOptions | string): ClusterStrategy {
  const resolved = resolveStateOptions(options)
  const { clock, openStore } = systemEnvironment()
  const store = openStore(resolved, clock)
  return new ClusterStrategy({ ...managerOptions(resolved), store, clock })
}

function shareCluster(
  options: ResolvedOptions,
  { clock, openStore, managers, clusters }: Environment,
): { cluster: SharedCluster; release: () => void } {
  const place = `${clusterKey(options)} ${options.userHash}`
  const afterMs = options.strategyCacheTimeoutMs // Older state is not used anyway.
  const makeManager = () => new StrategyManager({ ...managerOptions(options), store: openStore(options, clock), clock })
  const makeCluster = (): SharedCluster => {
    // Held as long as the cluster is in use: other credentials may release it earlier.
    const lease = managers.acquire(place, makeManager, { clock, afterMs: 0, close: (it) => it.close() })
    const manager = lease.value
    const prewarming = new StrategyPrewarming(manager, clock, options)
    const suspicion = new StrategySuspicion(manager, clock, options)
    const close = () => {
      prewarming.close()
      suspicion.close()
      lease.release()
    }
    const detection = new StrategyDetection(manager, clock, options)
    return {
      manager,
      strategy: new ClusterStrategy(manager),
      detection,
      prewarming,
      suspicion,
      resumption: new ClusterResumption(clock, options),
      repeatBudget: new RepeatBudget(clock),
      rerunBudget: new RerunBudget(),
      rowCounts: { areExact: false },
      close,
    }
  }
  const key = `${place} ${credentialsKey(options)}`
  const rest = ({ manager }: SharedCluster) => manager.rest()
  const cluster = clusters.acquire(key, makeCluster, { clock, afterMs, rest, close: (it) => it.close() })
  const { manager } = cluster.value
  manager.logTo(strategyLoggerOf(options))
  const stopMeasuring = options.telemetry.meter
    ? measureStrategy(manager, options.telemetry.meter, { address: options.host, port: options.port })
    : undefined
  const release = () => {
    stopMeasuring?.()
    cluster.release()
  }
  return { cluster: cluster.value, release }
}

function managerOptions(options: StateOptions): StrategyManagerOptions {
  return { ...options, logger: strategyLoggerOf(options) }
}

function strategyLoggerOf(options: StateOptions): Logger {
  return originLogger(options.strategyLogger, logOrigin(options, 'strategy'))
}

/** Distinguishes credentials without keeping a secret. Impersonation affects what a session may do, not the cluster. */
function credentialsKey({ credentials }: ResolvedOptions): string {
  const hash = createHash('sha256').update(credentials.kind)
  if (credentials.kind === 'password') hash.update(JSON.stringify(credentials.username))
  const source = (credentials.kind === 'password' ? credentials.password : credentials.accessToken).reveal()
  return hash.update(typeof source === 'string' ? source : `function ${objectId(source)}`).digest('hex')
}

/**
 * The identity of a cluster and of its store: the same cluster with another store has another state. Each user has a
 * state, because the refusal of one user says nothing about others (rule 20).
 */
function clusterKey(options: StateOptions): string {
  const { strategyStore, strategyStoreDirectory } = options
  const { host, port, name } = clusterOf(options)
  const store = typeof strategyStore === 'string' ? strategyStore : objectId(strategyStore)
  return JSON.stringify([host, port, name, store, strategyStoreDirectory])
}

function clusterOf({ host, port, clusterName, clusterUuid }: StateOptions): StrategyStorePlace['cluster'] {
  return { host, port, name: clusterUuid ?? clusterName?.toLowerCase() ?? '' }
}

/** A process may load this module twice, as ESM and as CommonJS; both share their state through this symbol. */
const DIRECTORIES = Symbol.for('e6data-connector.directories.1')

interface Directories extends Pick<Environment, 'managers' | 'clusters'> {
  /** Holds the connections that do not run in the program's thread. */
  readonly transportThread: TransportThread
  /** The programs' own stores and functions, numbered in the order they were first seen. */
  readonly seen: WeakMap<object, number>
  seenCount: number
}

function directories(): Directories {
  const home = globalThis as { [DIRECTORIES]?: Directories }
  home[DIRECTORIES] ??= {
    managers: new SharedDirectory(),
    clusters: new SharedDirectory(),
    transportThread: new TransportThread(),
    seen: new WeakMap(),
    seenCount: 0,
  }
  return home[DIRECTORIES]
}

function objectId(brought: object): number {
  const home = directories()
  const number = home.seen.get(brought) ?? ++home.seenCount
  home.seen.set(brought, number)
  return number
}

export function systemEnvironment(): Environment {
  return {
    clock: systemClock,
    openTransport: (options) =>
      new CallTransport(
        options.transportThread ? directories().transportThread.openChannel(options) : openChannel(options),
      ),
    openStore: chooseStore,
    managers: directories().managers,
    clusters: directories().clusters,
  }
}

function chooseStore(options: StateOptions, clock: Clock): StrategyStore {
  const { strategyStore, strategyStoreDirectory: directory, userHash: user } = options
  const initial = initialStrategyState({ ...DEFAULT_STRATEGY_LIMITS, ...options })
  if (typeof strategyStore === 'function') return strategyStore({ cluster: clusterOf(options), user, initial, clock })
  if (typeof strategyStore !== 'string') return strategyStore
  return strategyStore === 'process'
    ? new MemoryStrategyStore(initial)
    : openSharedStore({ key: clusterKey(options), user, directory, initial, clock })
}
