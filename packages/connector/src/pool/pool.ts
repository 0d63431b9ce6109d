import { type InspectOptions, inspect } from 'node:util'
import type { Connection } from '../connection.ts'
import { ClosedError } from '../errors.ts'
import type { PoolStatistics } from '../observability/pool-statistics.ts'
import type { QueryRecorder, QueryStatistics } from '../observability/query-statistics.ts'
import { summary } from '../observability/summary.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { QueryResult } from '../statement/query-result.ts'
import type { QueryArguments } from '../statement/statement-options.ts'
import type { ClusterStrategy } from '../strategy/cluster-strategy.ts'
import type { Clock } from '../time/clock.ts'
import type { CallLimits } from '../time/deadline.ts'
import type { RowShape, StatementRow, TypeOptions } from '../types/value-types.ts'
import { checkHealth } from './health-check.ts'
import type { Lease } from './lease.ts'
import { PoolCore, type PoolParts } from './pool-core.ts'
import type { PoolEvents } from './pool-events.ts'
import { measurePool, type PoolPlace } from './pool-metrics.ts'
import type { PoolCloseOptions } from './pool-options.ts'
import { PooledStream } from './pooled-stream.ts'

/** What a pool of connections is made of, beside what any pool is. */
export interface ConnectionPoolParts<Types extends TypeOptions, Shape extends RowShape>
  extends Omit<PoolParts<Connection<Types, Shape>>, 'check'> {
  readonly strategy: ClusterStrategy
  /** Counts the queries of all its connections. */
  readonly recorder: QueryRecorder
  readonly telemetry: Telemetry
  readonly place: PoolPlace
  /** @throws OptionsError for options that no query takes, before a connection is waited for */
  readonly checkOptions: (given: unknown, sql: string) => void
  /** Makes a connection that has not logged in yet. */
  readonly unopened: () => Connection<Types, Shape>
  /** Lets go of what the pool shares with others. */
  readonly release: () => void
}

/**
 * Connections to one cluster, lent to whoever needs one. Each has its own session on each strategy it was used on; a
 * switch closes none of them, and each logs in on the new strategy when it is next used.
 */
export class Pool<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>
  implements AsyncDisposable
{
  readonly #core: PoolCore<Connection<Types, Shape>>
  readonly #parts: ConnectionPoolParts<Types, Shape>
  readonly #clock: Clock

  /** @internal */
  constructor(parts: ConnectionPoolParts<Types, Shape>) {
    this.#parts = parts
    this.#clock = parts.clock
    this.#core = new PoolCore({ ...parts, check: checkHealth })
    const stopMeasuring = measurePool(this.#core, parts.telemetry, parts.place)
    this.#core.events.once('pool:closed', () => {
      stopMeasuring()
      parts.release()
    })
  }

  /** What is known of the cluster's deployments; its events are those of every connection. */
  get strategy(): ClusterStrategy {
    return this.#parts.strategy
  }

  /**
   * Runs a statement on a borrowed connection and collects its whole result. `timeoutMs` covers the wait for the
   * connection as well.
   * @throws PoolTimeoutError when no connection becomes free in time; the statement was not sent
   */
  async query<Row = never, const Own extends TypeOptions = TypeOptions, const OwnShape extends RowShape = RowShape>(
    sql: string,
    options?: QueryArguments<Own, OwnShape>,
  ): Promise<QueryResult<StatementRow<Row, Types, Shape, Own, OwnShape>>> {
    this.#parts.checkOptions(options, sql)
    const limits = this.#limits(options)
    return this.withConnection((connection) => connection.query<Row, Own, OwnShape>(sql, limits.rest()), limits)
  }

  /**
   * Runs a statement on a borrowed connection and reads its result as it comes. The connection is borrowed when reading
   * begins, and given back when it ends or is left.
   */
  stream<Row = never, const Own extends TypeOptions = TypeOptions, const OwnShape extends RowShape = RowShape>(
    sql: string,
    options?: QueryArguments<Own, OwnShape>,
  ): PooledStream<StatementRow<Row, Types, Shape, Own, OwnShape>> {
    this.#parts.checkOptions(options, sql)
    return new PooledStream(async () => {
      const limits = this.#limits(options)
      const lease = await this.acquire(limits)
      return { lease, stream: lease.connection.stream<Row, Own, OwnShape>(sql, limits.rest()) }
    })
  }

  /** Lends a connection to `use` and takes it back when that is done, also when it fails. */
  async withConnection<Result>(
    use: (connection: Connection<Types, Shape>) => Promise<Result> | Result,
    limits?: CallLimits,
  ): Promise<Result> {
    const lease = await this.acquire(limits)
    try {
      return await use(lease.connection)
    } catch (error) {
      lease.failed(error)
      throw error
    } finally {
      lease.release()
    }
  }

  /**
   * Borrows a connection: `await using lease = await pool.acquire()`.
   * @throws PoolTimeoutError when none becomes free in time
   * @throws ClosedError when the pool is closed, also while waiting
   */
  acquire(limits?: CallLimits): Promise<Lease<Connection<Types, Shape>>> {
    return this.#core.acquire(limits)
  }

  /**
   * Asks the cluster for a sign of life, over any open connection without borrowing it: one round trip. A pool without open
   * connections asks over one of its own, which it then closes. For readiness probes: it never resumes a suspended cluster.
   * `timeoutMs` is 5000 unless given.
   * @throws ClusterSuspendedError when the cluster is suspended, whatever `autoResume` says
   * @throws ClosedError when the pool is closed
   */
  async ping(limits?: CallLimits): Promise<void> {
    if (this.#core.isClosed) throw new ClosedError('the pool is closed', { outcome: 'not-sent' })
    const open = this.#core.anyOpen
    if (open) return open.ping(limits)
    const own = this.#parts.unopened()
    try {
      await own.ping(limits)
    } finally {
      await own.close()
    }
  }

  /** Where the connections are, and what has happened so far. */
  statistics(): PoolStatistics {
    return this.#core.statistics()
  }

  /** What the queries of all its connections have come to so far. */
  queryStatistics(): QueryStatistics {
    return this.#parts.recorder.statistics()
  }

  on<Name extends keyof PoolEvents>(name: Name, listener: (...facts: PoolEvents[Name]) => void): this {
    this.#core.events.on(name, listener)
    return this
  }

  once<Name extends keyof PoolEvents>(name: Name, listener: (...facts: PoolEvents[Name]) => void): this {
    this.#core.events.once(name, listener)
    return this
  }

  off<Name extends keyof PoolEvents>(name: Name, listener: (...facts: PoolEvents[Name]) => void): this {
    this.#core.events.off(name, listener)
    return this
  }

  /**
   * Turns callers that wait away, waits for connections in use, then closes them all. Those that are not given back in
   * time are cut off, and their queries cancelled. Never rejects, and is safe to call again.
   */
  close(options?: PoolCloseOptions): Promise<void> {
    return this.#core.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** One line, with no secret in it. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { max, idle, borrowed, checking, connecting, waiting } = this.statistics()
    const { address: host, port, catalog, database } = this.#parts.place
    const facts = { host, port, catalog, database, max, idle, borrowed, checking, connecting, waiting }
    return summary('Pool', { ...facts, strategy: this.strategy.getActiveStrategy() }, options)
  }

  /** The caller's limits, for the wait, and what is left of them, for the query. */
  #limits<Options extends QueryArguments>(options: Options | undefined) {
    const { signal, timeoutMs } = options ?? {}
    const begunAt = this.#clock.now()
    const rest = (): Options | undefined =>
      options && timeoutMs !== undefined
        ? { ...options, timeoutMs: Math.max(timeoutMs - (this.#clock.now() - begunAt), 1) }
        : options
    return { signal, timeoutMs, rest }
  }
}
