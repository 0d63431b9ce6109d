import { randomBytes } from 'node:crypto'
import type { EventHub, IgnoredReason, StrategyEvents, TransitionCause } from '../observability/events.ts'
import { type Logger, silentLogger } from '../observability/logger.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { parseStrategy, type Strategy } from '../types/strategy.ts'
import { limitsOf, type StrategyManagerOptions } from './manager-options.ts'
import { MemoryStrategyStore } from './memory-store.ts'
import type { PinPlace } from './pin-map.ts'
import { PinSweeper } from './pin-sweeper.ts'
import type {
  AcceptedCall,
  AskingPurpose,
  CheckFindings,
  RefusedCall,
  StrategyEvent,
  Ticket,
} from './strategy-change.ts'
import { inspectStrategy, type SharedStrategy, type StrategyInspection, sharedStrategy } from './strategy-inspection.ts'
import { StrategyNews } from './strategy-news.ts'
import {
  detectionOrder,
  freshActive,
  initialStrategyState,
  isBarred,
  pendingNow,
  type StrategyLimits,
  type StrategyState,
  step,
} from './strategy-state.ts'
import type { QueryPin, StrategyStore, StrategyUpdate } from './strategy-store.ts'

/** The minimum time between writes of the check time, in milliseconds: one per answer would be wasteful. */
const CONFIRM_EVERY_MS = 1000

/**
 * The state of one cluster's deployments, shared by every connection to it. The rules are in `strategy-state.ts`; this
 * is the only writer of the store, and the place where each change becomes an event, a count and a log line.
 */
export class StrategyManager {
  readonly #news: StrategyNews
  readonly #store: StrategyStore
  readonly #limits: StrategyLimits
  readonly #step: typeof step
  readonly #sweeper: PinSweeper
  readonly #clock: Clock
  readonly #stopListening: () => void
  readonly #stopNotices: (() => void) | undefined
  /** Identifies this manager among those that share the state. */
  readonly #askerId = randomBytes(6).toString('hex')
  /** The latest accepted call, in case the state does not have it yet. */
  #accepted: RefusedCall | undefined
  #waitingCalls = 0

  constructor(options: StrategyManagerOptions = {}, stepBy = step) {
    this.#step = stepBy
    this.#limits = limitsOf(options)
    this.#news = new StrategyNews(options.logger ?? silentLogger)
    this.#clock = options.clock ?? systemClock
    this.#store = options.store ?? new MemoryStrategyStore(initialStrategyState(this.#limits))
    this.#sweeper = new PinSweeper(
      this.#store.pins,
      this.#clock,
      options.queryIdleTimeoutMs,
      ({ queryId, pin, idleMs }) => {
        this.#store.pins.delete(queryId, pin)
        this.#news.tell('strategy:swept', { queryId, strategy: pin.strategy, idleMs, reason: 'idle' })
      },
    )
    this.#stopListening = this.#store.onChange((update) => this.#news.tellChange(update, 'shared'))
    this.#stopNotices = this.#store.onNotice?.((notice) => this.#news.tellNotice(notice, this.#clock.now()))
  }

  get events(): EventHub<StrategyEvents> {
    return this.#news.events
  }

  // Functions for programs, from the API reference.

  /** The active strategy; `undefined` if never known, cleared, or not confirmed within the cache timeout. */
  getActiveStrategy(): Strategy | undefined {
    return freshActive(this.#store.read(), this.#clock.now(), this.#limits)
  }

  /** Sets the active strategy, in any case; other values than blue and green are refused with a warning. */
  setActiveStrategy(value: string): void {
    this.#withValid(value, 'setActiveStrategy', (strategy) => this.#apply({ kind: 'set-active', strategy }))
  }

  /** Sets the pending strategy. The active one has no effect; an invalid value is refused with a warning. */
  setPendingStrategy(value: string): void {
    this.#withValid(value, 'setPendingStrategy', (strategy) => this.#apply({ kind: 'set-pending', strategy }))
  }

  /** Makes the pending strategy active immediately, whether or not it is known to accept work. */
  applyPendingStrategy(): void {
    this.#apply({ kind: 'apply-pending' })
  }

  /** Clears the active and the pending strategy, so that the next statement detects them. */
  clearStrategyCache(): void {
    this.#apply({ kind: 'clear' })
  }

  /**
   * Records the strategy and engine that run a query. The same id on another strategy or engine is another query. A
   * missing id or an invalid strategy is refused with a warning.
   */
  registerQueryStrategy(queryId: string, value: string, engineIp = ''): void {
    const register = (strategy: Strategy) => {
      this.#store.pins.set(queryId, { strategy, engineIp, lastActivityAt: this.#clock.now() })
      this.#sweeper.start()
    }
    if (queryId) this.#withValid(value, 'registerQueryStrategy', register)
    else this.#news.tellInvalid('(no query id)', 'registerQueryStrategy')
  }

  /**
   * Returns the strategy that runs a query, in this process or another of the host; otherwise the active one. Of
   * several queries with the same id, the latest counts.
   */
  getQueryStrategy(queryId: string): Strategy | undefined {
    return this.#store.pins.get(queryId)?.strategy ?? this.getActiveStrategy()
  }

  /** Drops all queries with an id, or only the one on a strategy and engine. An unknown query has no effect. */
  cleanupQueryStrategy(queryId: string, place?: PinPlace): void {
    this.#store.pins.delete(queryId, place)
  }

  getSharedStrategy(): SharedStrategy {
    return sharedStrategy(this.#store, this.#clock)
  }

  /** Returns the full state for display, after reading the changes of other processes. */
  inspect(): StrategyInspection {
    this.#store.refresh()
    const counts = this.events.counts()
    const moment = { waitingCalls: this.#waitingCalls, storeFailure: this.#news.storeFailure, counts }
    return inspectStrategy(this.#store, this.#clock, this.#limits, moment)
  }

  /** Adds a logger: the first that is not silent logs for all users of this manager. */
  logTo(logger: Logger): void {
    this.#news.logTo(logger)
  }

  /** Reports an event of detection, prewarming or suspicion. */
  tell<Name extends keyof StrategyEvents & string>(name: Name, facts: StrategyEvents[Name][0]): void {
    this.#news.tell(name, facts)
  }

  // Reports and questions of the call path.

  get epoch(): number {
    return this.#store.read().epoch
  }

  /** The time of the last change of the active strategy, in monotonic milliseconds. */
  get transitionedAt(): number {
    return this.#store.read().transitionedAt ?? Number.NEGATIVE_INFINITY
  }

  get pending(): Strategy | undefined {
    return pendingNow(this.#store.read(), this.#clock.now())?.strategy
  }

  /** Whether the announced strategy is ready. */
  get isPendingReady(): boolean {
    return pendingNow(this.#store.read(), this.#clock.now())?.ready ?? false
  }

  /** The strategy that is announced and ready, if it is not in doubt. */
  get readyStrategy(): Strategy | undefined {
    const pending = pendingNow(this.#store.read(), this.#clock.now())
    return pending?.ready && pending.withdrawnAt === undefined ? pending.strategy : undefined
  }

  /** A query boundary: activates a ready strategy, and returns the strategy and epoch for new work. */
  boundary(): Ticket | undefined {
    if (this.#store.read().pending) this.#apply({ kind: 'boundary' }, 'announced')
    return this.current()
  }

  /**
   * Returns the strategy and epoch for a call sent now; `undefined` when detection must find one. A strategy without
   * recent confirmation is used as well: the call itself verifies it (rule 11).
   */
  current(): Ticket | undefined {
    if (this.#store.read().active !== undefined && this.getActiveStrategy() === undefined) this.#store.refresh()
    const { active, epoch } = this.#store.read()
    return active && { strategy: active, epoch }
  }

  /** Records that the strategy of `ticket` answered a call for new work. */
  accepted(ticket: Ticket, { sentAt, announced }: AcceptedCall): void {
    if (this.#isCurrent(ticket)) this.#accepted = { by: ticket, sentAt: Math.max(sentAt, this.#acceptedSentAt(ticket)) }
    this.pinnedAccepted(ticket, announced)
  }

  /** Records the answer to a call about a running query. A strategy that refuses new work still answers these. */
  pinnedAccepted(ticket: Ticket, announced: string | undefined): void {
    if (announced !== undefined) this.#hear(ticket, announced)
    const { checkedAt, transitionedAt } = this.#store.read()
    const isUnproven = checkedAt === transitionedAt
    if (isUnproven || this.#clock.now() - checkedAt >= CONFIRM_EVERY_MS) this.#confirm(ticket)
  }

  /** Records that another strategy accepted a refused call, which may switch new work to it (rule 4). */
  servedElsewhere(strategy: Strategy, { by, sentAt }: RefusedCall): void {
    if (strategy === by.strategy) return
    // The state learns of accepted calls up to a second late, so the local knowledge decides.
    if (this.#acceptedSentAt(by) > this.#store.read().servedAt) this.#confirm(by)
    this.#apply({ kind: 'served-elsewhere', strategy, refused: by, refusedSentAt: sentAt }, 'forced')
  }

  /** Records the answer to a login, which may announce. Accepting sessions does not prove accepting work. */
  loggedIn(ticket: Ticket, announced: string | undefined): void {
    if (announced !== undefined) this.#hear(ticket, announced)
  }

  /** Records a refused call for new work. It switches nothing on its own (rule 4). */
  refused(ticket: Ticket, call: string): void {
    this.#store.refresh()
    this.#apply({ kind: 'refused', by: ticket })
    this.#news.tell('strategy:mismatch', { ...ticket, call }) // Last, so that listeners see its effect.
  }

  /** Records a refused call about a running query. It is counted and switches nothing (rule 6). */
  pinnedRefused(ticket: Ticket, call: string): void {
    this.#news.tell('strategy:mismatch', { ...ticket, call })
  }

  /** Records that a statement prepared and then refused by `by` was served by the other strategy (rule 6). */
  strayed(by: Ticket): void {
    this.#apply({ kind: 'strayed', refused: by }, 'forced')
  }

  /** Records that a statement was executed by the strategy that prepared it, which resets the count (rule 6). */
  kept(by: Ticket): void {
    if (this.#store.read().strays > 0) this.#apply({ kind: 'kept', by })
  }

  /** Records that detection, started under `epoch`, found a strategy. Returns the current ticket, maybe another's. */
  detected(strategy: Strategy, epoch: number, announced?: string): Ticket | undefined {
    const { before, after } = this.#apply({ kind: 'detected', strategy, epoch }, 'detected')
    // The answer that makes a strategy active is also its first that may announce.
    if (announced !== undefined)
      this.#hear({ strategy, epoch: before.epoch === epoch ? after.epoch : epoch }, announced)
    return this.current()
  }

  /** Records a completed probe statement. Returns whether the strategy counts as ready, or is already active. */
  ready(strategy: Strategy, epoch: number): boolean {
    this.#apply({ kind: 'ready', strategy, epoch }, 'forced')
    return this.readyStrategy === strategy || this.#store.read().active === strategy
  }

  /** Records a check of the suspected strategy of `of`. Returns the destination of new work if it has switched. */
  checked(of: Ticket, findings: CheckFindings): Ticket | undefined {
    const { before, after } = this.#apply({ kind: 'checked', of, ...findings }, 'suspected')
    const isMoved = before.epoch === of.epoch && after.epoch !== of.epoch
    const { active, other } = findings
    this.#news.tell('strategy:checked', { ...of, active, other, verdict: isMoved ? 'moved' : 'stays' })
    return after.epoch === of.epoch ? undefined : this.current()
  }

  /** Returns whether this manager may ask the deployments for all, for the next two pauses (rule 21). */
  mayAsk(pauseMs: number, purpose: AskingPurpose): boolean {
    return this.#apply({ kind: 'asks', asker: this.#askerId, pauseMs, purpose }).after.asker?.id === this.#askerId
  }

  /** Lets another manager ask in place of this one. */
  stopAsking(): void {
    this.#apply({ kind: 'stops-asking', asker: this.#askerId })
  }

  /** Records that a strategy accepted while calls were held: all who share the state use it. */
  accepting(strategy: Strategy, epoch: number): void {
    this.#apply({ kind: 'accepting', strategy, epoch })
  }

  /** Returns the order in which detection asks, after reading the changes of other processes. */
  detectionOrder(refused?: Strategy): readonly [Strategy, Strategy] {
    this.#store.refresh()
    return detectionOrder(this.#store.read(), refused)
  }

  /** The last time an answer confirmed a strategy, in monotonic milliseconds. */
  get servedAt(): number {
    return Math.max(this.#store.read().checkedAt, this.#accepted?.sentAt ?? 0)
  }

  /** Counts a call that starts or stops waiting for a strategy. */
  waiting(change: 1 | -1): void {
    this.#waitingCalls += change
  }

  /** The number of calls that currently wait for a strategy. */
  get waitingCalls(): number {
    return this.#waitingCalls
  }

  /** Returns whether asking a strategy for a session cannot make it ready yet. */
  isBarred(strategy: Strategy): boolean {
    return isBarred(this.#store.read(), strategy, this.#clock.now(), this.#limits)
  }

  /** Returns the latest query with an id, as far as this process knows. */
  queryPin(queryId: string): QueryPin | undefined {
    return this.#store.pins.get(queryId)
  }

  /** Returns the latest query with an id on any process or host that shares the state. */
  async findQuery(queryId: string): Promise<QueryPin | undefined> {
    return this.queryPin(queryId) ?? (await this.#store.pins.find?.(queryId))
  }

  /** Renews the pin of a query after an answer about it. A swept pin does not come back. */
  queryActive(queryId: string, place: PinPlace): void {
    const pin = this.#store.pins.get(queryId, place)
    if (pin) pin.lastActivityAt = this.#clock.now()
  }

  /** Writes everything pending: no connection uses the cluster for now, and the process may end. */
  rest(): void {
    this.#store.rest?.()
  }

  close(): void {
    this.#sweeper.close()
    this.#stopListening()
    this.#stopNotices?.()
    this.#store.close()
  }

  #hear(by: Ticket, value: string): void {
    const state = this.#store.read()
    const strategy = parseStrategy(value)
    if (!strategy) this.#news.tellIgnored('unknown-value', value, state.epoch)
    else if (by.epoch !== state.epoch) this.#ignoreUnlessAgreed(strategy, state, 'old-epoch')
    else if (by.strategy !== state.active) this.#ignoreUnlessAgreed(strategy, state, 'inactive-strategy')
    else if (strategy !== state.active || state.pending) this.#apply({ kind: 'announced', strategy, by })
  }

  /** Late announcements of the current state are not news, and are not counted. */
  #ignoreUnlessAgreed(strategy: Strategy, state: StrategyState, reason: IgnoredReason): void {
    if (strategy !== state.active) this.#news.tellIgnored(reason, strategy, state.epoch)
  }

  #isCurrent({ strategy, epoch }: Ticket): boolean {
    const state = this.#store.read()
    return state.active === strategy && state.epoch === epoch
  }

  #acceptedSentAt({ strategy, epoch }: Ticket): number {
    const { by, sentAt = 0 } = this.#accepted ?? {}
    return by?.strategy === strategy && by.epoch === epoch ? sentAt : 0
  }

  #confirm(by: Ticket): void {
    this.#apply({ kind: 'confirmed', by, sentAt: this.#acceptedSentAt(by) })
  }

  #apply(event: StrategyEvent, cause: TransitionCause = 'set'): StrategyUpdate {
    const now = this.#clock.now()
    const update = this.#store.update((state) => this.#step(state, event, now, this.#limits))
    this.#news.tellChange(update, cause)
    return update
  }

  #withValid(value: string, call: string, use: (strategy: Strategy) => void): void {
    const strategy = parseStrategy(value)
    if (strategy) use(strategy)
    else this.#news.tellInvalid(value, call)
  }
}
