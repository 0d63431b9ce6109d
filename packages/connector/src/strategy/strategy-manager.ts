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
import type { QueryPin, StoreNotice, StrategyStore, StrategyUpdate } from './strategy-store.ts'

/** An accepted answer renews the check time at most this often, in milliseconds: a write an answer would be waste. */
const CONFIRM_EVERY_MS = 1000

/**
 * What is known of one cluster's deployments, shared by every connection to it. The rules are in `strategy-state.ts`;
 * this is the only writer of the store, and the place where each change becomes an event, a count and a log line.
 */
export class StrategyManager {
  readonly #news: StrategyNews
  readonly #store: StrategyStore
  readonly #limits: StrategyLimits
  readonly #sweeper: PinSweeper
  readonly #clock: Clock
  readonly #stopListening: () => void
  readonly #stopNotices: (() => void) | undefined
  /** Names this manager among those that share the state. */
  readonly #askerId = randomBytes(6).toString('hex')
  /** The latest call that was accepted, as far as the state may not know it yet. */
  #accepted: RefusedCall | undefined
  #waitingCalls = 0
  #storeFailure: string | undefined

  constructor(options: StrategyManagerOptions = {}) {
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
    this.#stopNotices = this.#store.onNotice?.((notice) => this.#onNotice(notice))
  }

  get events(): EventHub<StrategyEvents> {
    return this.#news.events
  }

  // What a program reads and drives: the functions of the API reference.

  /** The strategy in use; `undefined` when never known, cleared, or not confirmed within the cache timeout. */
  getActiveStrategy(): Strategy | undefined {
    return freshActive(this.#store.read(), this.#clock.now(), this.#limits)
  }

  /** Sets the strategy in use. Any case; anything but blue or green is refused with a warning. */
  setActiveStrategy(value: string): void {
    this.#withValid(value, 'setActiveStrategy', (strategy) => this.#apply({ kind: 'set-active', strategy }))
  }

  /** Sets the strategy to move to. The one in use is no change; anything but blue or green is refused with a warning. */
  setPendingStrategy(value: string): void {
    this.#withValid(value, 'setPendingStrategy', (strategy) => this.#apply({ kind: 'set-pending', strategy }))
  }

  /** Makes the pending strategy the one in use, now, whether or not it is known to accept. */
  applyPendingStrategy(): void {
    this.#apply({ kind: 'apply-pending' })
  }

  /** Forgets the active and the pending strategy, so that the next statement detects them. */
  clearStrategyCache(): void {
    this.#apply({ kind: 'clear' })
  }

  /**
   * Remembers which strategy and engine run a query; one with the same id on another strategy or engine is another query. A
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
   * The strategy that runs a query, in this process or another of the host; else the active one. Of several queries with one
   * id, the latest counts.
   */
  getQueryStrategy(queryId: string): Strategy | undefined {
    return this.#store.pins.get(queryId)?.strategy ?? this.getActiveStrategy()
  }

  /** Forgets all queries with an id, or only the one on a strategy and engine. Does nothing when none is known. */
  cleanupQueryStrategy(queryId: string, place?: PinPlace): void {
    this.#store.pins.delete(queryId, place)
  }

  getSharedStrategy(): SharedStrategy {
    return sharedStrategy(this.#store, this.#clock)
  }

  /** All there is to see, for people, after a look at what others have written. */
  inspect(): StrategyInspection {
    this.#store.refresh()
    const counts = this.events.counts()
    const moment = { waitingCalls: this.#waitingCalls, storeFailure: this.#storeFailure, counts }
    return inspectStrategy(this.#store, this.#clock, this.#limits, moment)
  }

  /** Lends a logger: the first that is not silent logs for all who share this manager. */
  logTo(logger: Logger): void {
    this.#news.logTo(logger)
  }

  /** Reports an event that detection, prewarming or suspicion has seen. */
  tell<Name extends keyof StrategyEvents & string>(name: Name, facts: StrategyEvents[Name][0]): void {
    this.#news.tell(name, facts)
  }

  // What the call path reports and asks.

  get epoch(): number {
    return this.#store.read().epoch
  }

  /** When the active strategy last changed, in monotonic milliseconds. */
  get transitionedAt(): number {
    return this.#store.read().transitionedAt ?? Number.NEGATIVE_INFINITY
  }

  get pending(): Strategy | undefined {
    return pendingNow(this.#store.read(), this.#clock.now())?.strategy
  }

  /** Whether what is announced is ready. */
  get isPendingReady(): boolean {
    return pendingNow(this.#store.read(), this.#clock.now())?.ready ?? false
  }

  /** The strategy that is announced and ready, and that nothing puts in doubt. */
  get readyStrategy(): Strategy | undefined {
    const pending = pendingNow(this.#store.read(), this.#clock.now())
    return pending?.ready && pending.withdrawnAt === undefined ? pending.strategy : undefined
  }

  /** A query boundary: applies what is ready, and returns under which strategy and epoch new work goes out. */
  boundary(): Ticket | undefined {
    if (this.#store.read().pending) this.#apply({ kind: 'boundary' }, 'announced')
    return this.current()
  }

  /**
   * The strategy and epoch for a call sent now; `undefined` when detection has to find one. A strategy that nothing has
   * confirmed for long is used as well: the call itself verifies it (rule 11).
   */
  current(): Ticket | undefined {
    if (this.#store.read().active !== undefined && this.getActiveStrategy() === undefined) this.#store.refresh()
    const { active, epoch } = this.#store.read()
    return active && { strategy: active, epoch }
  }

  /** A call for new work was answered by the strategy of `ticket`. */
  accepted(ticket: Ticket, { sentAt, announced }: AcceptedCall): void {
    if (this.#isCurrent(ticket)) this.#accepted = { by: ticket, sentAt: Math.max(sentAt, this.#acceptedSentAt(ticket)) }
    this.pinnedAccepted(ticket, announced)
  }

  /** A call about a running query was answered. A strategy that refuses new work still answers these. */
  pinnedAccepted(ticket: Ticket, announced: string | undefined): void {
    if (announced !== undefined) this.#hear(ticket, announced)
    const { checkedAt, transitionedAt } = this.#store.read()
    const isUnproven = checkedAt === transitionedAt
    if (isUnproven || this.#clock.now() - checkedAt >= CONFIRM_EVERY_MS) this.#confirm(ticket)
  }

  /** A call for new work that one strategy had refused was accepted by another: that may move new work there (rule 4). */
  servedElsewhere(strategy: Strategy, { by, sentAt }: RefusedCall): void {
    if (strategy === by.strategy) return
    // The state knows of accepted calls up to a second late: what is known here decides.
    if (this.#acceptedSentAt(by) > this.#store.read().servedAt) this.#confirm(by)
    this.#apply({ kind: 'served-elsewhere', strategy, refused: by, refusedSentAt: sentAt }, 'forced')
  }

  /** An answer to a login: it may announce, but who takes sessions is not known yet to take work. */
  loggedIn(ticket: Ticket, announced: string | undefined): void {
    if (announced !== undefined) this.#hear(ticket, announced)
  }

  /** A call for new work was told: not here. Moves nothing by itself (rule 4). */
  refused(ticket: Ticket, call: string): void {
    this.#store.refresh()
    this.#apply({ kind: 'refused', by: ticket })
    this.#news.tell('strategy:mismatch', { ...ticket, call }) // last: whoever hears it sees what it has changed
  }

  /** A call about a running query was told: not here. Counted; moves nothing (rule 6). */
  pinnedRefused(ticket: Ticket, call: string): void {
    this.#news.tell('strategy:mismatch', { ...ticket, call })
  }

  /** A statement that `by` had prepared and then refused was served by the other strategy: three in a row move (rule 6). */
  strayed(by: Ticket): void {
    this.#apply({ kind: 'strayed', refused: by }, 'forced')
  }

  /** A statement was executed by the strategy that had prepared it: no more strays in a row (rule 6). */
  kept(by: Ticket): void {
    if (this.#store.read().strays > 0) this.#apply({ kind: 'kept', by })
  }

  /**
   * Detection, begun under `epoch`, found a strategy, which may announce another. Returns what holds now, which may be
   * what another found.
   */
  detected(strategy: Strategy, epoch: number, announced?: string): Ticket | undefined {
    const { before, after } = this.#apply({ kind: 'detected', strategy, epoch }, 'detected')
    // The answer that makes a strategy the active one is its first word as such.
    if (announced !== undefined)
      this.#hear({ strategy, epoch: before.epoch === epoch ? after.epoch : epoch }, announced)
    return this.current()
  }

  /** The announced strategy ran the probe statement. Returns whether it counts as ready, or is active already. */
  ready(strategy: Strategy, epoch: number): boolean {
    this.#apply({ kind: 'ready', strategy, epoch }, 'forced')
    return this.readyStrategy === strategy || this.#store.read().active === strategy
  }

  /** Both strategies were asked because the one of `of` is suspected. Returns where new work goes if it has moved. */
  checked(of: Ticket, findings: CheckFindings): Ticket | undefined {
    const { before, after } = this.#apply({ kind: 'checked', of, ...findings }, 'suspected')
    const isMoved = before.epoch === of.epoch && after.epoch !== of.epoch
    const { active, other } = findings
    this.#news.tell('strategy:checked', { ...of, active, other, verdict: isMoved ? 'moved' : 'stays' })
    return after.epoch === of.epoch ? undefined : this.current()
  }

  /** Whether this manager may ask the deployments on behalf of all who share the state, for the next two pauses (rule 21). */
  mayAsk(pauseMs: number, purpose: AskingPurpose): boolean {
    return this.#apply({ kind: 'asks', asker: this.#askerId, pauseMs, purpose }).after.asker?.id === this.#askerId
  }

  /** Another may ask in place of this manager. */
  stopAsking(): void {
    this.#apply({ kind: 'stops-asking', asker: this.#askerId })
  }

  /** While calls are held, a strategy accepted: all who share the state go there. */
  accepting(strategy: Strategy, epoch: number): void {
    this.#apply({ kind: 'accepting', strategy, epoch })
  }

  /** Where detection asks, first to last, after a look at what others have written. */
  detectionOrder(refused?: Strategy): readonly [Strategy, Strategy] {
    this.#store.refresh()
    return detectionOrder(this.#store.read(), refused)
  }

  /** When an answer last confirmed a strategy, in monotonic milliseconds. */
  get servedAt(): number {
    return Math.max(this.#store.read().checkedAt, this.#accepted?.sentAt ?? 0)
  }

  /** A call begins, or ceases, to wait for a strategy. */
  waiting(change: 1 | -1): void {
    this.#waitingCalls += change
  }

  /** How many calls wait for a strategy now. */
  get waitingCalls(): number {
    return this.#waitingCalls
  }

  /** Whether asking a strategy for a session can't make it ready yet. */
  isBarred(strategy: Strategy): boolean {
    return isBarred(this.#store.read(), strategy, this.#clock.now(), this.#limits)
  }

  /** The latest query with an id that runs on this host. */
  queryPin(queryId: string): QueryPin | undefined {
    return this.#store.pins.get(queryId)
  }

  /** A call about a query was answered: its pin lives on. A pin that was swept is not resurrected. */
  queryActive(queryId: string, place: PinPlace): void {
    const pin = this.#store.pins.get(queryId, place)
    if (pin) pin.lastActivityAt = this.#clock.now()
  }

  /** No connection uses the cluster for now: nothing may wait to be written, since the process may end. */
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

  /** Late news that says what is so already is no news, and not worth counting. */
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
    const update = this.#store.update((state) => step(state, event, now, this.#limits))
    this.#news.tellChange(update, cause)
    return update
  }

  #onNotice(notice: StoreNotice): void {
    switch (notice.kind) {
      case 'unavailable': {
        const { reason } = notice
        this.#storeFailure = reason
        this.#news.tell('strategy:store-unavailable', { reason })
        return
      }
      case 'available':
        this.#storeFailure = undefined
        this.#news.log('info', {}, 'the strategy is shared with other processes again')
        return
      case 'swept': {
        const { queryId, pin } = notice
        const idleMs = Math.max(this.#clock.now() - pin.lastActivityAt, 0)
        this.#news.tell('strategy:swept', { queryId, strategy: pin.strategy, idleMs, reason: 'process-gone' })
        return
      }
      default:
        notice satisfies never
    }
  }

  #withValid(value: string, call: string, use: (strategy: Strategy) => void): void {
    const strategy = parseStrategy(value)
    if (strategy) use(strategy)
    else this.#news.tellInvalid(value, call)
  }
}
