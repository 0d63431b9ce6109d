import { type InspectOptions, inspect } from 'node:util'
import { ClosedError } from './errors.ts'
import type { ConnectionEvents, EventHub } from './observability/events.ts'
import type { Instruments } from './observability/instruments.ts'
import type { QueryRecorder, QueryStatistics } from './observability/query-statistics.ts'
import { summary } from './observability/summary.ts'
import { columnNames } from './result/column-names.ts'
import { WorkMemory } from './result/work-memory.ts'
import { PING_TIMEOUT_MS, ping } from './session/ping.ts'
import type { Recovery } from './session/recovery.ts'
import type { SessionProber } from './session/session-prober.ts'
import type { SessionProperties } from './session/session-properties.ts'
import type { SessionRegistry } from './session/session-registry.ts'
import type { SessionState } from './session/session-state.ts'
import type { SharedCluster } from './session/shared-cluster.ts'
import { BatchReader } from './statement/batch-reader.ts'
import { Catalog, type CatalogInfo, type ColumnInfo } from './statement/catalog.ts'
import { collectRows } from './statement/collect-rows.ts'
import { Cursor } from './statement/cursor.ts'
import type { QueryResult } from './statement/query-result.ts'
import { QueryStream } from './statement/query-stream.ts'
import { RunningQuery } from './statement/running-query.ts'
import { makeStatement } from './statement/statement.ts'
import type {
  OptionDoor,
  Releasable,
  ResolveStatementOptions,
  StatementContext,
  StatementDefaults,
} from './statement/statement-context.ts'
import type { CursorOptions, NameScope, QueryArguments } from './statement/statement-options.ts'
import type { ClusterStrategy } from './strategy/cluster-strategy.ts'
import { BackgroundWork } from './time/background-work.ts'
import { CloseSignal } from './time/close-signal.ts'
import { type CallOptions, Deadline } from './time/deadline.ts'
import type { GrpcHeaderFields } from './transport/headers.ts'
import type { Transport } from './transport/transport.ts'
import { otherStrategy, type Strategy } from './types/strategy.ts'
import type { RowShape, StatementRow, TypeOptions } from './types/value-types.ts'
import type { UnaryMethod } from './wire-codec/unary-method.ts'

/** The parts of a connection; `connect.ts` assembles them. */
export interface ConnectionParts {
  readonly transport: Transport
  readonly sessions: SessionRegistry
  readonly properties: SessionProperties
  readonly sessionState: SessionState
  readonly prober: SessionProber
  readonly cluster: SharedCluster
  readonly recovery: Recovery
  readonly events: EventHub<ConnectionEvents>
  readonly instruments: Instruments
  readonly recorder: QueryRecorder
  readonly defaults: StatementDefaults
  readonly resolveOptions: ResolveStatementOptions
  readonly headerFields: Pick<GrpcHeaderFields, 'cluster' | 'clusterUuid'>
  /** The cluster's address, for display. */
  readonly place: { readonly host: string; readonly port: number; readonly clusterName?: string | undefined }
  /** Releases the state that this connection shares with others. */
  readonly release: () => void
}

export interface CloseOptions {
  /** Whether running queries are cancelled, or drained. @default 'cancel' */
  running?: 'cancel' | 'drain'
  /** The time limit for closing, in milliseconds. @default 5000 */
  timeoutMs?: number
}

/** The time since its last use within which a connection logs in on a strategy that becomes ready, in milliseconds. */
const RECENTLY_USED_MS = 10_000

const DEFAULT_CLOSE_TIMEOUT_MS = 5000

/**
 * The part of the time that draining reserves for cancelling the remaining queries, in milliseconds; at most a fifth.
 */
const CANCELLING_MS = 1000

/** The time the program waits for the server to release a query, in milliseconds. */
const SETTLE_MS = 1000

/** The time limit of such a login, in milliseconds. */
const PREWARM_TIMEOUT_MS = 10_000

/**
 * A connection to a cluster. It can run many queries at once. `Types` and `Shape` are the options of the connection for
 * rows; a statement's own options override them.
 */
export class Connection<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape> {
  readonly #parts: ConnectionParts
  readonly #context: StatementContext
  readonly #catalog: Catalog
  readonly #closing = new CloseSignal()
  readonly #background = new BackgroundWork()
  readonly #stopSharing: (() => void)[]
  #lastUsedAt: number
  #closed: Promise<void> | undefined

  /** @internal */
  constructor(parts: ConnectionParts, context: Pick<StatementContext, 'clock' | 'logger'>) {
    this.#parts = parts
    this.#lastUsedAt = context.clock.now()
    this.#context = this.#statementContext(context)
    this.#catalog = new Catalog(this.#context)
    const { manager, prewarming, suspicion } = parts.cluster
    const onReady = ({ strategy }: { strategy: Strategy }) => this.#prewarm(strategy)
    manager.events.on('strategy:ready', onReady)
    this.#stopSharing = [
      manager.events.forwardTo(parts.events),
      () => manager.events.off('strategy:ready', onReady),
      prewarming.join(parts.prober),
      suspicion.join(parts.prober),
      parts.release,
    ]
  }

  /** The state of the cluster's deployments, shared by all connections of this process to the cluster. */
  get strategy(): ClusterStrategy {
    return this.#parts.cluster.strategy
  }

  /** Logs in if there is no session yet; finds the strategy first if it is not known. */
  async open(limits: CallOptions = {}): Promise<void> {
    await this.getSessionId(limits)
  }

  /**
   * Runs a statement and collects its whole result.
   * @throws QueryFailedError with the engine's message
   * @throws ResultTooLargeError when the result exceeds `maxResultBytes`; use `stream` instead
   */
  async query<Row = never, const Own extends TypeOptions = TypeOptions, const OwnShape extends RowShape = RowShape>(
    sql: string,
    options?: QueryArguments<Own, OwnShape>,
  ): Promise<QueryResult<StatementRow<Row, Types, Shape, Own, OwnShape>>> {
    type Result = StatementRow<Row, Types, Shape, Own, OwnShape>
    const own: QueryArguments = options ?? {}
    const merged = this.#optionsOf(own, 'query', sql)
    const deadline = this.#deadline(own, 'the query')
    const context = this.#context
    const plan = { context, statement: makeStatement(sql, own.params, merged), options: merged }
    const query = await RunningQuery.start(plan, deadline)
    const reader = new BatchReader(context, query, merged.maxBufferedBytes, deadline)
    try {
      const rows = await collectRows<Result>({ query, reader }, merged, deadline)
      const fields = query.showFields()
      const names = columnNames(fields)
      const columns = fields.map((field, index) => ({ ...field, name: names[index]! }))
      return { rows, columns, rowCount: rows.length, queryId: query.queryId, strategy: query.strategy }
    } finally {
      context.inBackground(reader.close('cancel')) // The server releases it in the background.
    }
  }

  /** Runs a statement and reads its result as it arrives, never entirely in memory. */
  stream<Row = never, const Own extends TypeOptions = TypeOptions, const OwnShape extends RowShape = RowShape>(
    sql: string,
    options?: QueryArguments<Own, OwnShape>,
  ): QueryStream<StatementRow<Row, Types, Shape, Own, OwnShape>> {
    const own: QueryArguments = options ?? {}
    const merged = this.#optionsOf(own, 'query', sql)
    const plan = { context: this.#context, statement: makeStatement(sql, own.params, merged), options: merged }
    return new QueryStream(plan, () => this.#deadline(own, 'reading the result'))
  }

  /** Creates a cursor in the style of DB-API. */
  cursor<Row = never, const Own extends TypeOptions = TypeOptions, const OwnShape extends RowShape = RowShape>(
    options?: CursorOptions<Own, OwnShape>,
  ): Cursor<StatementRow<Row, Types, Shape, Own, OwnShape>> {
    this.#throwIfClosed()
    return new Cursor(this.#context, this.#optionsOf(options, 'cursor'))
  }

  getCatalogs(limits?: CallOptions): Promise<CatalogInfo[]> {
    return this.#catalog.catalogs(limits)
  }

  getSchemaNames(scope?: NameScope & CallOptions): Promise<string[]> {
    return this.#catalog.schemaNames(scope)
  }

  getTables(scope?: NameScope & CallOptions): Promise<string[]> {
    return this.#catalog.tables(scope)
  }

  getColumns(scope: { table: string } & NameScope & CallOptions): Promise<ColumnInfo[]> {
    return this.#catalog.columns(scope)
  }

  /** Validates a statement without running it; returns the engine's message. */
  dryRun(sql: string, scope?: NameScope & CallOptions): Promise<string> {
    return this.#catalog.dryRun(sql, scope)
  }

  /** Returns the session id on the active strategy; logs in when there is none. It is a secret: do not log it. */
  async getSessionId(limits: CallOptions = {}): Promise<string> {
    const { id } = await this.#parts.recovery.openSession(this.#deadline(limits, 'logging in'))
    return id
  }

  /** Logs in again on the active strategy, and drops the state of the former session. Running queries keep theirs. */
  async reauthenticate(limits: CallOptions = {}): Promise<string> {
    const deadline = this.#deadline(limits, 'logging in')
    this.#parts.sessionState.giveUp()
    const { session } = await this.#parts.recovery.openSession(deadline)
    this.#parts.sessions.leave(session)
    return (await this.#parts.recovery.openSession(deadline)).id
  }

  /** Whether the connection is open, not known to be broken, and still has its session state. Sends no request. */
  checkConnection(): boolean {
    return this.#closed === undefined && this.#parts.transport.usable && !this.#parts.sessionState.isLost
  }

  /**
   * Pings the cluster: one round trip, and a login if there is no session yet. Intended for readiness probes: it never
   * resumes a suspended cluster. The default `timeoutMs` is 5000.
   * @throws ClusterSuspendedError when the cluster is suspended, regardless of `autoResume`
   */
  async ping({ signal, timeoutMs = PING_TIMEOUT_MS }: CallOptions = {}): Promise<void> {
    await ping(this.#parts.recovery, this.#deadline({ signal, timeoutMs }, 'ping'))
  }

  /** Asks the cluster for the active strategy. Returns whether it differs from the one known before. */
  async checkStrategyChange(limits: CallOptions = {}): Promise<boolean> {
    const before = this.strategy.getSharedStrategy().activeStrategy
    const deadline = this.#deadline(limits, 'checking the strategy')
    const { ticket, session } = await this.#parts.recovery.openSession(deadline)
    if (ticket.strategy === before) {
      this.#parts.sessions.leave(session)
      await this.#parts.recovery.openSession(deadline)
    }
    return this.strategy.getSharedStrategy().activeStrategy !== before
  }

  /**
   * Sends any call of the engine's protocol, with this connection's session and full recovery. `request` receives the
   * session id, for messages with a field for it.
   */
  async call<Request extends object, Response extends object>(
    method: UnaryMethod<Request, Response>,
    request: (sessionId: string) => Request,
    limits: CallOptions = {},
  ): Promise<Response> {
    const { properties, sessions } = this.#parts
    const deadline = this.#deadline(limits, method.name).within(this.#parts.defaults.callTimeoutMs, method.name)
    // An unknown call may have an effect, so it is not sent twice.
    const { message, session } = await this.#parts.recovery.callActive({
      method,
      request,
      kind: 'new-work-once',
      deadline,
    })
    if (properties.keeps(method, request(''))) sessions.leave(sessions.on(otherStrategy(session.strategy)))
    return message
  }

  /** The totals of this connection's queries, or of all connections of its pool. */
  queryStatistics(): QueryStatistics {
    return this.#parts.recorder.statistics()
  }

  on<Name extends keyof ConnectionEvents>(name: Name, listener: (...facts: ConnectionEvents[Name]) => void): this {
    this.#parts.events.on(name, listener)
    return this
  }

  once<Name extends keyof ConnectionEvents>(name: Name, listener: (...facts: ConnectionEvents[Name]) => void): this {
    this.#parts.events.once(name, listener)
    return this
  }

  off<Name extends keyof ConnectionEvents>(name: Name, listener: (...facts: ConnectionEvents[Name]) => void): this {
    this.#parts.events.off(name, listener)
    return this
  }

  /** Closes the connection: waiting calls fail with `ClosedError`, and queries end on the server. Idempotent. */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(options)
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** A single line without secrets. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { place, defaults } = this.#parts
    const facts = {
      ...{ ...place, catalog: defaults.catalog, database: defaults.database },
      ...{ strategy: this.strategy.getActiveStrategy(), running: this.#context.running.size },
      state: this.#closed ? 'closed' : this.#parts.transport.usable ? 'open' : 'broken',
    }
    return summary('Connection', facts, options)
  }

  async #close({ running = 'cancel', timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS }: CloseOptions): Promise<void> {
    const deadline = this.#context.releaseDeadline(timeoutMs)
    if (running === 'drain') {
      const patienceMs = timeoutMs - Math.min(timeoutMs / 5, CANCELLING_MS)
      await this.#settleWithin(deadline.within(patienceMs, 'draining'), () => this.#untilIdle())
    }
    this.#parts.prober.closed = true
    this.#closing.close('the connection was closed')
    await this.#settleWithin(deadline, async () => {
      await Promise.all([...this.#context.running].map((query) => query.release('cancel')))
      // Work that was about to start is released now, and this may take a moment too.
      await this.#background.done()
    })
    this.#parts.transport.close()
    for (const stop of this.#stopSharing) stop()
    this.#parts.events.removeAllListeners()
  }

  /** Waits for `work`, which never rejects, within the time limit of closing; the rest is abandoned. */
  async #settleWithin(deadline: Deadline, work: () => Promise<void>): Promise<void> {
    await deadline.race(work()).catch((error: unknown) => {
      this.#context.logger.warn({ error: String(error) }, 'close() timed out with work still pending')
    })
  }

  async #settle(work: Promise<void>, deadline = this.#context.releaseDeadline(SETTLE_MS)): Promise<void> {
    this.#background.add(work)
    const patience = deadline.within(SETTLE_MS, 'releasing a query')
    await patience.race(work).catch((error: unknown) => {
      this.#context.logger.debug({ error: String(error) }, 'releasing a query in the background')
    })
  }

  async #untilIdle(): Promise<void> {
    while (this.#context.running.size > 0 || !this.#background.isIdle) {
      if (!this.#background.isIdle) await this.#background.done()
      else await new Promise<void>((resolve) => this.#parts.events.once('query:finished', () => resolve()))
    }
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new ClosedError('the connection is closed', { outcome: 'not-sent' })
  }

  #optionsOf(own: unknown, door: OptionDoor, sql?: unknown): StatementDefaults {
    return this.#parts.resolveOptions(own, door, this.#parts.defaults, sql)
  }

  #deadline(limits: CallOptions, what: string): Deadline {
    this.#throwIfClosed()
    return this.#runningDeadline(limits, what)
  }

  #runningDeadline(limits: CallOptions, what: string): Deadline {
    if (this.#closing.reason !== undefined) throw new ClosedError('the connection was closed', { outcome: 'unknown' })
    this.#lastUsedAt = this.#context.clock.now()
    return Deadline.of(this.#context.clock, limits, this.#parts.defaults.timeoutMs, what).closedBy(this.#closing)
  }

  /** When an announced strategy is ready, recently used connections log in before the first statement needs it. */
  #prewarm(strategy: Strategy): void {
    const { clock } = this.#context
    if (this.#closed || clock.now() - this.#lastUsedAt > RECENTLY_USED_MS) return
    const { sessions, cluster } = this.#parts
    // A session from before the last switch may have ended with its deployment: opening a new one costs as little as
    // checking.
    const since = cluster.manager.transitionedAt
    cluster.prewarming.enqueue(async () => {
      if (this.#closed || sessions.openedSince(strategy, since)) return
      const deadline = Deadline.of(clock, {}, PREWARM_TIMEOUT_MS, 'prewarming').closedBy(this.#closing)
      await sessions.probe(strategy, deadline)
    })
  }

  #statementContext(base: Pick<StatementContext, 'clock' | 'logger'>): StatementContext {
    const { recovery, cluster, events, instruments, defaults, resolveOptions, headerFields, sessions, sessionState } =
      this.#parts
    return {
      ...base,
      recovery,
      manager: cluster.manager,
      events,
      instruments,
      defaults,
      resolveOptions,
      headerFields,
      memory: new WorkMemory(),
      rerunBudget: cluster.rerunBudget,
      sessionState,
      rowCounts: cluster.rowCounts,
      running: new Set<Releasable>(),
      deadline: (limits, what) => this.#deadline(limits, what),
      runningDeadline: (limits, what) => this.#runningDeadline(limits, what),
      releaseDeadline: (timeoutMs) => Deadline.of(base.clock, {}, timeoutMs, 'releasing queries'),
      sessionOn: (strategy) => sessions.on(strategy),
      inBackground: (work) => this.#background.add(work),
      settle: (work, deadline) => this.#settle(work, deadline),
      holdOpen: () => this.#background.hold(),
    }
  }
}
