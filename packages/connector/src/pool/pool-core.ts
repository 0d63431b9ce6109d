import { ClosedError, E6dataError, OptionsError, PoolTimeoutError, TimeoutError } from '../errors.ts'
import { EventHub } from '../observability/events.ts'
import type { Logger } from '../observability/logger.ts'
import type { PoolStatistics } from '../observability/pool-statistics.ts'
import type { CancelSchedule, Clock } from '../time/clock.ts'
import { CloseSignal } from '../time/close-signal.ts'
import { type CallOptions, Deadline, isTimeLimit } from '../time/deadline.ts'
import { Backoff } from './backoff.ts'
import { ConnectionChecks } from './connection-checks.ts'
import { Lease } from './lease.ts'
import { type CloseReason, describePool, type PoolEvents } from './pool-events.ts'
import type { PoolCloseOptions, PoolOptions } from './pool-options.ts'
import { type Poolable, Pooled } from './pooled.ts'
import { WaitQueue } from './wait-queue.ts'

/** The parts of a pool; opening and checking a connection are passed in. */
export interface PoolParts<C extends Poolable> {
  readonly options: Required<PoolOptions>
  /** Opens a connection and logs in; aborts when the signal fires. */
  readonly connect: (limits: CallOptions) => Promise<C>
  /** Checks with the server whether a connection works; rejects when it does not. */
  readonly check: (connection: C, limits: CallOptions) => Promise<void>
  readonly logger: Logger
  readonly clock: Clock
}

/** The maximum time that closing waits for connections to close, in milliseconds. */
const CLOSE_GRACE_MS = 5000

/** The time that a caller waits for a check alone before a connection is opened as well, in milliseconds. */
const CHECK_ALONE_MS = 100

/** A caller with less time than this waits for no check, in milliseconds. */
const SHORT_LIMIT_MS = 1000

/**
 * Manages connections with a bound, first come first served, most recently used first. A connection is always in
 * exactly one place: idle, borrowed, being checked, or gone. The pool opens, renews and checks connections only for
 * callers or for `min`, so no storm of logins follows a switch or an outage.
 */
export class PoolCore<C extends Poolable> {
  readonly events: EventHub<PoolEvents>
  readonly #parts: PoolParts<C>
  readonly #closing = new CloseSignal()
  /** The same for connections, as the AbortSignal that their methods accept. */
  readonly #abort = new AbortController()
  /** The most recently used is last, and is borrowed first. */
  #idle: Pooled<C>[] = []
  readonly #borrowed = new Set<Pooled<C>>()
  readonly #checks: ConnectionChecks<C>
  readonly #connecting = new Set<Promise<void>>()
  readonly #departing = new Set<Promise<void>>()
  readonly #queue = new WaitQueue<Pooled<C>>()
  #reap: { readonly at: number; readonly cancel: CancelSchedule } | undefined
  /** The pause after a failure to open a connection. */
  readonly #backoff: Backoff
  #lastFailure: unknown
  #onDrained: (() => void) | undefined
  #closed: Promise<void> | undefined
  readonly #totals = { connects: 0, failedConnects: 0, failedChecks: 0, disconnects: 0, acquires: 0, timeouts: 0 }
  readonly #waitedMs = { total: 0, longest: 0 }

  constructor(parts: PoolParts<C>) {
    this.#parts = parts
    this.#backoff = new Backoff(parts.clock)
    this.events = new EventHub(parts.logger)
    const { clock, check } = parts
    this.#checks = new ConnectionChecks(
      { check, timeoutMs: parts.options.checkTimeoutMs, signal: this.#abort.signal, clock },
      {
        passed: (pooled) => this.#checkPassed(pooled),
        failed: (pooled, error) => this.#checkFailed(pooled, error),
        slow: () => this.#serve(),
      },
    )
    this.#closing.add(() => this.#abort.abort(new ClosedError('the pool is closed')))
    this.#fill()
  }

  /**
   * Borrows a connection; waits in the queue when all are in use.
   * @throws PoolTimeoutError when none becomes free in time
   * @throws ClosedError when the pool is closed, also while waiting
   */
  async acquire(limits: CallOptions = {}): Promise<Lease<C>> {
    const { clock } = this.#parts
    const begunAt = clock.now()
    const deadline = this.#deadline(limits)
    deadline.throwIfOver()
    const pooled = await this.#next(deadline)
    const acquiredAt = clock.now()
    this.#countWait(acquiredAt - begunAt)
    return new Lease(pooled.connection, (suspect) => {
      this.events.emit('pool:released', { heldMs: clock.now() - acquiredAt })
      this.#takeBack(pooled, suspect)
    })
  }

  statistics(): PoolStatistics {
    const [idle, borrowed, checking] = [this.#idle.length, this.#borrowed.size, this.#checks.size]
    return {
      max: this.#parts.options.max,
      open: idle + borrowed + checking,
      idle,
      borrowed,
      checking,
      connecting: this.#connecting.size,
      waiting: this.#queue.length,
      ...this.#totals,
      waitedMs: { ...this.#waitedMs },
    }
  }

  /** Any open connection, idle or borrowed: a connection carries many calls at once. */
  get anyOpen(): C | undefined {
    const all = [...this.#idle.map(({ connection }) => connection), ...[...this.#borrowed].map((it) => it.connection)]
    return all.find((connection) => connection.checkConnection())
  }

  get isClosed(): boolean {
    return this.#closing.reason !== undefined
  }

  /**
   * Rejects waiting callers, waits for connections in use, then closes all connections. Connections not returned in
   * time are closed anyway. Never rejects; a second call has no effect.
   */
  close(options: PoolCloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(options)
    return this.#closed
  }

  async #close({ running = 'drain', timeoutMs = this.#parts.options.drainTimeoutMs }: PoolCloseOptions): Promise<void> {
    this.#closing.close('the pool is closed')
    this.#reap?.cancel()
    this.#backoff.reset()
    for (const pooled of this.#idle.splice(0)) this.#dismiss(pooled, 'pool-closed')
    if (running === 'drain' && this.#borrowed.size > 0) await this.#drained(timeoutMs)
    const stillInUse = [...this.#borrowed]
    this.#borrowed.clear()
    for (const pooled of stillInUse) this.#dismiss(pooled, 'cut-off')
    await this.#within(CLOSE_GRACE_MS, this.#allGone())
    this.events.emit('pool:closed', this.statistics())
  }

  #deadline({ signal, timeoutMs = Number.POSITIVE_INFINITY }: CallOptions): Deadline {
    const { clock, options } = this.#parts
    if (!isTimeLimit(timeoutMs)) throw new OptionsError(['timeoutMs must be a number of milliseconds'])
    const waitMs = Math.min(timeoutMs, options.acquireTimeoutMs)
    return Deadline.of(clock, { signal }, Number.POSITIVE_INFINITY, 'acquiring a connection')
      .closedBy(this.#closing)
      .within(waitMs, () => this.#timedOut(waitMs))
  }

  #timedOut(waitMs: number): PoolTimeoutError {
    const cause = this.#lastFailure
    const reason = cause === undefined ? '' : '; the last attempt to open one failed'
    const message = `no connection became free within ${waitMs} ms (${describePool(this.statistics())})${reason}`
    return new PoolTimeoutError(message, { outcome: 'not-sent', retryable: true, cause })
  }

  async #next(deadline: Deadline): Promise<Pooled<C>> {
    const serve = () => this.#serve()
    const takeBack = (pooled: Pooled<C>) => this.#takeBack(pooled, false)
    try {
      return await this.#queue.join(deadline, serve, takeBack)
    } catch (error) {
      if (error instanceof PoolTimeoutError) {
        this.#totals.timeouts += 1
        this.events.emit('pool:timeout', this.statistics())
      }
      throw error
    }
  }

  /** Serves waiting callers, and prepares as many more connections as they need and the bound allows. */
  #serve(): void {
    while (this.#queue.length > 0 && !this.isClosed) {
      const now = this.#parts.clock.now()
      const pooled = this.#idle.at(-1)
      const closeReason = pooled?.closeReason(now)
      if (pooled && (closeReason || !pooled.isDoubtful(now))) {
        this.#idle.pop()
        if (closeReason) this.#dismiss(pooled, closeReason)
        else this.#handOver(pooled)
        continue
      }
      if (this.#gettingReady() >= this.#queue.length || !this.#getReady(pooled)) return
    }
  }

  /**
   * Checks a doubtful connection or opens one; the latter when a check is slow, to avoid trying equally old connections
   * one by one. Returns whether there was work to do.
   */
  #getReady(doubtful: Pooled<C> | undefined): boolean {
    const mayConnect = this.#mayConnect()
    if (doubtful && !(mayConnect && this.#checks.slowCount > 0)) {
      this.#idle.pop()
      const isShort = this.#queue.remainingMsAt(this.#gettingReady()) < SHORT_LIMIT_MS
      this.#checks.begin(doubtful, isShort ? 0 : CHECK_ALONE_MS)
      return true
    }
    if (mayConnect) this.#connect()
    return mayConnect
  }

  #handOver(pooled: Pooled<C>): void {
    this.#borrowed.add(pooled)
    this.#queue.serve(pooled)
  }

  /** Handles a returned connection. After a forced close, the borrower no longer owns it. */
  #takeBack(pooled: Pooled<C>, suspect: boolean): void {
    if (!this.#borrowed.delete(pooled)) return
    pooled.returned(this.#parts.clock.now(), suspect)
    this.#settle(pooled, suspect ? 'in doubt' : 'works')
    if (this.#borrowed.size === 0) this.#onDrained?.()
  }

  /** Places a connection without an owner: closes it, gives it to the first waiting caller, or makes it idle. */
  #settle(pooled: Pooled<C>, standing: 'works' | 'in doubt'): void {
    const closeReason = this.isClosed ? 'pool-closed' : pooled.closeReason(this.#parts.clock.now())
    if (closeReason) this.#dismiss(pooled, closeReason)
    else if (standing === 'works' && this.#queue.length > 0) this.#handOver(pooled)
    else this.#idle.push(pooled)
    this.#serve()
    this.#fill()
    this.#scheduleReap()
  }

  /** Removes a connection from the pool at once; it closes in the background. */
  #dismiss({ connection }: Pooled<C>, reason: CloseReason): void {
    this.#totals.disconnects += 1
    this.events.emit('pool:disconnected', { reason })
    this.#parts.logger.debug({ reason }, 'closing a pooled connection')
    const departure = this.#closeQuietly(connection).finally(() => this.#departing.delete(departure))
    this.#departing.add(departure)
  }

  async #closeQuietly(connection: C): Promise<void> {
    try {
      await connection.close()
    } catch (error) {
      this.#parts.logger.warn({ error: String(error) }, 'a pooled connection did not close cleanly')
    }
  }

  /** Opens the connections missing from `min`. */
  #fill(): void {
    while (!this.isClosed && !this.#backoff.isPausing && this.#size() < this.#parts.options.min) this.#connect()
  }

  #connect(): void {
    const replaced = this.#size() < this.#parts.options.max ? undefined : this.#checks.giveUpSlowest()
    if (replaced) this.#dismiss(replaced, 'check-failed')
    const end = (then: () => void) => {
      this.#connecting.delete(attempt) // A connection that `then` opens needs this slot.
      then()
    }
    const attempt: Promise<void> = this.#open().then(
      (pooled) => end(() => this.#connected(pooled)),
      (error: unknown) => end(() => this.#connectFailed(error)),
    )
    this.#connecting.add(attempt)
  }

  async #open(): Promise<Pooled<C>> {
    const { connect, options, clock } = this.#parts
    const begunAt = clock.now()
    const connection = await connect({ signal: this.#abort.signal })
    this.#totals.connects += 1
    this.events.emit('pool:connected', { tookMs: clock.now() - begunAt })
    return new Pooled(connection, options, clock)
  }

  #connected(pooled: Pooled<C>): void {
    this.#lastFailure = undefined
    this.#backoff.reset()
    this.#settle(pooled, 'works')
  }

  #connectFailed(error: unknown): void {
    if (this.isClosed) return
    const reason = error instanceof Error ? error.message : String(error)
    this.#lastFailure = error
    this.#totals.failedConnects += 1
    this.events.emit('pool:connect-failed', { reason })
    this.#parts.logger.warn({ reason }, 'a pooled connection could not be opened')
    // While other connections work, waiting callers may still get one. With none left, they receive the error at once.
    if (this.statistics().open === 0) this.#failWaiters(error)
    // No further connection is opened for a while, unless none is left and callers wait.
    this.#backoff.failed(() => {
      this.#serve()
      this.#fill()
    })
    this.#serve()
  }

  /**
   * An error that the next try cannot change goes to all waiting callers. Retrying for each of them could lock the user
   * out.
   */
  #failWaiters(error: unknown): void {
    const isFinal = error instanceof E6dataError && !error.retryable && !(error instanceof TimeoutError)
    this.#queue.fail(error, isFinal ? this.#queue.length : 1)
  }

  #checkPassed(pooled: Pooled<C>): void {
    pooled.proven(this.#parts.clock.now())
    this.#settle(pooled, 'works')
  }

  #checkFailed(pooled: Pooled<C>, error: unknown): void {
    if (!this.isClosed) {
      this.#totals.failedChecks += 1
      this.#parts.logger.info({ error: String(error) }, 'an idle pooled connection no longer works')
    }
    for (const idle of this.#idle) idle.suspectIfAsOld(pooled)
    this.#dismiss(pooled, this.isClosed ? 'pool-closed' : 'check-failed')
    this.#serve()
    this.#fill()
  }

  /** Checks the idle connections when the first of them is due. */
  #scheduleReap(): void {
    if (this.isClosed) return
    const { clock } = this.#parts
    const now = clock.now()
    const at = Math.min(...this.#idle.map((pooled) => pooled.dueAt(now)))
    if (at === Number.POSITIVE_INFINITY || (this.#reap && this.#reap.at <= at)) return
    this.#reap?.cancel()
    this.#reap = { at, cancel: clock.schedule(at - now, () => this.#reapIdle(), 'background') }
  }

  #reapIdle(): void {
    this.#reap = undefined
    const now = this.#parts.clock.now()
    let surplus = this.#size() - this.#parts.options.min
    const leaving = new Map<Pooled<C>, CloseReason>()
    for (const pooled of this.#idle) {
      const closeReason = pooled.closeReason(now) ?? (surplus > 0 && pooled.isOverdue(now) ? 'idle' : undefined)
      if (closeReason) leaving.set(pooled, closeReason)
      if (closeReason) surplus -= 1
    }
    this.#idle = this.#idle.filter((pooled) => !leaving.has(pooled))
    for (const [pooled, reason] of leaving) this.#dismiss(pooled, reason)
    this.#fill()
    this.#scheduleReap()
  }

  #size(): number {
    return this.#idle.length + this.#borrowed.size + this.#checks.size + this.#connecting.size
  }

  #gettingReady(): number {
    return this.#connecting.size + this.#checks.promptCount
  }

  /**
   * Returns whether a connection may be opened for a waiting caller. Without room, it may replace one with a slow
   * check.
   */
  #mayConnect(): boolean {
    const hasOther = this.#size() > this.#connecting.size
    const hasRoom = this.#size() < this.#parts.options.max || this.#checks.slowCount > 0
    return hasRoom && !(this.#backoff.isPausing && hasOther)
  }

  #countWait(waitedMs: number): void {
    this.#totals.acquires += 1
    this.#waitedMs.total += waitedMs
    this.#waitedMs.longest = Math.max(this.#waitedMs.longest, waitedMs)
    this.events.emit('pool:acquired', { waitedMs })
  }

  /** Resolves when no connection is borrowed, or the time is over. */
  async #drained(timeoutMs: number): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve
    })
    await this.#within(timeoutMs, drained)
  }

  async #allGone(): Promise<void> {
    while (this.#connecting.size + this.#departing.size > 0) {
      await Promise.all([...this.#connecting, ...this.#departing])
    }
  }

  /** Waits for `work`, at most `timeoutMs`. */
  async #within(timeoutMs: number, work: Promise<void>): Promise<void> {
    let cancel: CancelSchedule = () => undefined
    const late = new Promise<void>((resolve) => {
      cancel = this.#parts.clock.schedule(timeoutMs, resolve)
    })
    await Promise.race([work, late])
    cancel()
  }
}
