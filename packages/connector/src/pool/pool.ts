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
import type { CallOptions } from '../time/deadline.ts'
import type { RowShape, StatementRow, TypeOptions } from '../types/value-types.ts'
import { checkHealth } from './health-check.ts'
import type { Lease } from './lease.ts'
import { PoolCore, type PoolParts } from './pool-core.ts'
import type { PoolEvents } from './pool-events.ts'
import { measurePool, type PoolPlace } from './pool-metrics.ts'
import type { PoolCloseOptions } from './pool-options.ts'
import { PooledStream } from './pooled-stream.ts'

/** The parts of a pool of connections, in addition to those of any pool. */
export interface ConnectionPoolParts<Types extends TypeOptions, Shape extends RowShape>
  extends Omit<PoolParts<Connection<Types, Shape>>, 'check'> {
  readonly strategy: ClusterStrategy
  /** Counts the queries of all its connections. */
  readonly recorder: QueryRecorder
  readonly telemetry: Telemetry
  readonly place: PoolPlace
  /** @throws OptionsError for invalid query options, before the wait for a connection */
  readonly checkOptions: (given: unknown, sql: string) => void
  /** Creates a connection that has not logged in yet. */
  readonly unopened: () => Connection<Types, Shape>
  /** Releases the state that the pool shares with others. */
  readonly release: () => void
}

/**
 * A pool of connections to one cluster. Each connection has its own session on each strategy it was used on. A switch
 * closes no connection; each logs in on the new strategy at its next use.
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

  /** The state of the cluster's deployments; its events are those of every connection. */
  get strategy(): ClusterStrategy {
    return this.#parts.strategy
  }

  /**
   * Runs a statement on a borrowed connection and collects its whole result. `timeoutMs` includes the wait for the
   * connection.
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
   * Runs a statement on a borrowed connection and reads its result as it arrives. The connection is borrowed when
   * reading starts, and returned when reading ends.
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

  /** Borrows a connection for `use` and returns it afterwards, even after an error. */
  async withConnection<Result>(
    use: (connection: Connection<Types, Shape>) => Promise<Result> | Result,
    limits?: CallOptions,
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
  acquire(limits?: CallOptions): Promise<Lease<Connection<Types, Shape>>> {
    return this.#core.acquire(limits)
  }

  /**
   * Pings the cluster over any open connection, without borrowing it: one round trip. A pool without open connections
   * opens one for the ping and then closes it. Intended for readiness probes: it never resumes a suspended cluster. The
   * default `timeoutMs` is 5000.
   * @throws ClusterSuspendedError when the cluster is suspended, regardless of `autoResume`
   * @throws ClosedError when the pool is closed
   */
  async ping(limits?: CallOptions): Promise<void> {
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

  /** The current state of the connections, and totals since the pool was created. */
  statistics(): PoolStatistics {
    return this.#core.statistics()
  }

  /** The totals of the queries on all its connections. */
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
   * Rejects waiting callers, waits for connections in use, then closes all connections. Connections not returned in
   * time are closed and their queries cancelled. Never rejects; a second call has no effect.
   */
  close(options?: PoolCloseOptions): Promise<void> {
    return this.#core.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** A single line without secrets. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { max, idle, borrowed, checking, connecting, waiting } = this.statistics()
    const { address: host, port, catalog, database } = this.#parts.place
    const facts = { host, port, catalog, database, max, idle, borrowed, checking, connecting, waiting }
    return summary('Pool', { ...facts, strategy: this.strategy.getActiveStrategy() }, options)
  }

  /** The caller's limits for the wait, and the remaining limits for the query. */
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
