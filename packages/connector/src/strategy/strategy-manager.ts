import { EventHub, type IgnoredReason, type StrategyEvents, type TransitionCause } from '../observability/events.ts'
import { type Logger, silentLogger } from '../observability/logger.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { parseStrategy, type Strategy } from '../types/strategy.ts'
import { MemoryStrategyStore } from './memory-store.ts'
import { inspectStrategy, type SharedStrategy, type StrategyInspection, sharedStrategy } from './strategy-inspection.ts'
import {
  DEFAULT_STRATEGY_LIMITS,
  detectionOrder,
  freshActive,
  initialStrategyState,
  isBarred,
  type StrategyEvent,
  type StrategyLimits,
  type StrategyState,
  step,
  type Ticket,
} from './strategy-state.ts'
import type { QueryPin, StoreNotice, StrategyStore, StrategyUpdate } from './strategy-store.ts'

export interface StrategyManagerOptions extends Partial<StrategyLimits> {
  /** Where the state is kept. @default this process's memory */
  store?: StrategyStore | undefined
  /**
   * How long a query may go without any activity before its pin is dropped, in milliseconds.
   * @default 3600000
   */
  queryIdleTimeoutMs?: number
  logger?: Logger
  clock?: Clock
}

/** An accepted answer renews the check time at most this often, in milliseconds: a write an answer would be waste. */
const CONFIRM_EVERY_MS = 1000

/** How often pins are looked over for forgotten queries, as a share of the time they may idle. */
const SWEEPS_PER_IDLE_TIMEOUT = 4

/** How much of a nonsensical strategy value is worth showing. */
const SHOWN_VALUE_LENGTH = 32

/**
 * What is known of one cluster's deployments, shared by every connection to it. The rules are in `strategy-state.ts`;
 * this is the only writer of the store, and the place where each change becomes an event, a count and a log line.
 */
export class StrategyManager {
  readonly events: EventHub<StrategyEvents>
  readonly #store: StrategyStore
  readonly #limits: StrategyLimits
  readonly #queryIdleTimeoutMs: number
  #logger: Logger
  readonly #clock: Clock
  readonly #stopListening: () => void
  readonly #stopHeeding: (() => void) | undefined
  #cancelSweep: (() => void) | undefined
  #waitingCalls = 0
  #storeFailure: string | undefined

  constructor(options: StrategyManagerOptions = {}) {
    this.#limits = { ...DEFAULT_STRATEGY_LIMITS, ...definedOf(options) }
    this.#queryIdleTimeoutMs = options.queryIdleTimeoutMs ?? 3_600_000
    this.#logger = options.logger ?? silentLogger
    this.#clock = options.clock ?? systemClock
    this.#store = options.store ?? new MemoryStrategyStore(initialStrategyState(this.#limits))
    this.events = new EventHub(this.#logger)
    this.#stopListening = this.#store.onChange((update) => this.#tell(update, 'shared'))
    this.#stopHeeding = this.#store.onNotice?.((notice) => this.#heed(notice))
  }

  // What a program reads and drives: the functions of the API reference.

  /** The strategy in use; `undefined` when never known, cleared, or not confirmed within the cache timeout. */
  getActiveStrategy(): Strategy | undefined {
    return freshActive(this.#store.read(), this.#clock.now(), this.#limits)
  }

  /** Sets the strategy in use. Any case; anything but blue or green is refused with a warning. */
  setActiveStrategy(value: string): void {
    this.#withValid(value, 'setActiveStrategy', (strategy) => this.#apply({ kind: 'set active', strategy }))
  }

  /** Sets the strategy to move to. The one in use is no change; anything but blue or green is refused with a warning. */
  setPendingStrategy(value: string): void {
    this.#withValid(value, 'setPendingStrategy', (strategy) => this.#apply({ kind: 'set pending', strategy }))
  }

  /** Makes the pending strategy the one in use, now, whether or not it is known to accept. */
  applyPendingStrategy(): void {
    this.#apply({ kind: 'apply pending' })
  }

  /** Forgets the active and the pending strategy, so that the next statement detects them. */
  clearStrategyCache(): void {
    this.#apply({ kind: 'clear' })
  }

  /** Remembers which strategy runs a query. A missing id or an invalid strategy is refused with a warning. */
  registerQueryStrategy(queryId: string, value: string, engineIp = ''): void {
    if (!queryId) {
      this.#warnInvalid('(no query id)', 'registerQueryStrategy')
      return
    }
    this.#withValid(value, 'registerQueryStrategy', (strategy) => {
      this.#store.pins.set(queryId, { strategy, engineIp, lastActivityAt: this.#clock.now() })
      this.#cancelSweep ??= this.#scheduleSweep()
    })
  }

  /** The strategy that runs a query, in this process or another of the host; else the active one. */
  getQueryStrategy(queryId: string): Strategy | undefined {
    return this.#store.pins.get(queryId)?.strategy ?? this.getActiveStrategy()
  }

  /** Forgets a query. Does nothing when it is not known. */
  cleanupQueryStrategy(queryId: string): void {
    this.#store.pins.delete(queryId)
  }

  getSharedStrategy(): SharedStrategy {
    return sharedStrategy(this.#store, this.#clock)
  }

  /** All there is to see, for people, after a look at what others have written. */
  inspect(): StrategyInspection {
    this.#store.refresh()
    const moment = {
      waitingCalls: this.#waitingCalls,
      storeFailure: this.#storeFailure,
      counts: this.events.counts(),
    }
    return inspectStrategy(this.#store, this.#clock, this.#limits, moment)
  }

  /** Lends a logger: the first that is not silent logs for all who share this manager. */
  logTo(logger: Logger): void {
    if (this.#logger !== silentLogger) return
    this.#logger = logger
    this.events.logger = logger
  }

  // What the call path tells and asks.

  get epoch(): number {
    return this.#store.read().epoch
  }

  /** When the active strategy last changed, in monotonic milliseconds. */
  get transitionedAt(): number {
    return this.#store.read().transitionedAt ?? Number.NEGATIVE_INFINITY
  }

  get pending(): Strategy | undefined {
    return this.#store.read().pending?.strategy
  }

  /** A query boundary: applies what is ready, and says under which strategy and epoch new work goes out. */
  boundary(): Ticket | undefined {
    if (this.#store.read().pending?.ready) this.#apply({ kind: 'boundary' }, 'announced')
    return this.current()
  }

  /** The strategy and epoch for a call sent now; `undefined` when detection has to find one. */
  current(): Ticket | undefined {
    const state = this.#store.read()
    const strategy = freshActive(state, this.#clock.now(), this.#limits)
    return strategy && { strategy, epoch: state.epoch }
  }

  /** An answer came to a call that was sent under `ticket`, with the strategy it announces, if the field was there. */
  accepted(ticket: Ticket, announced: string | undefined): void {
    this.loggedIn(ticket, announced)
    const { checkedAt, transitionedAt } = this.#store.read()
    const isUnproven = checkedAt === transitionedAt
    if (isUnproven || this.#clock.now() - checkedAt >= CONFIRM_EVERY_MS) this.#apply({ kind: 'confirmed', by: ticket })
  }

  /** An answer to a login: it may announce, but who takes sessions is not known yet to take work. */
  loggedIn(ticket: Ticket, announced: string | undefined): void {
    if (announced !== undefined) this.#hear(ticket, announced)
  }

  /** A call that is not about a running query was told: not here. */
  refused(ticket: Ticket, call: string): void {
    this.events.emit('strategy:mismatch', { ...ticket, call })
    this.#logger.info({ ...ticket, call }, 'strategy-mismatch')
    this.#store.refresh()
    this.#apply({ kind: 'refused', by: ticket }, 'forced')
  }

  /** A call about a running query was told: not here. Counted; moves nothing (rule 6). */
  pinnedRefused(ticket: Ticket, call: string): void {
    this.events.emit('strategy:mismatch', { ...ticket, call })
    this.#logger.info({ ...ticket, call }, 'strategy mismatch on a running query')
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

  /** The announced strategy accepted a session. Returns whether it counts as ready, or is active already. */
  ready(strategy: Strategy, epoch: number): boolean {
    this.#apply({ kind: 'ready', strategy, epoch }, 'forced')
    const { active, pending } = this.#store.read()
    return active === strategy || (pending?.strategy === strategy && pending.ready)
  }

  /** Where detection looks, first to last, after a look at what others have written. */
  detectionOrder(): readonly [Strategy, Strategy] {
    this.#store.refresh()
    return detectionOrder(this.#store.read(), this.#clock.now(), this.#limits)
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

  queryPin(queryId: string): QueryPin | undefined {
    return this.#store.pins.get(queryId)
  }

  /** A call about a query was answered: its pin lives on. A pin that was swept is not resurrected. */
  queryActive(queryId: string): void {
    const pin = this.#store.pins.get(queryId)
    if (pin) pin.lastActivityAt = this.#clock.now()
  }

  /** No connection uses the cluster for now: nothing may wait to be written, since the process may end. */
  rest(): void {
    this.#store.rest?.()
  }

  close(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
    this.#stopListening()
    this.#stopHeeding?.()
    this.#store.close()
  }

  #hear(by: Ticket, value: string): void {
    const state = this.#store.read()
    const strategy = parseStrategy(value)
    if (!strategy) this.#ignore('unknown value', value, state.epoch)
    else if (by.epoch !== state.epoch) this.#ignoreUnlessAgreed(strategy, state, 'sent before the last transition')
    else if (by.strategy !== state.active)
      this.#ignoreUnlessAgreed(strategy, state, 'from another strategy than the active one')
    else if (strategy !== state.active || state.pending) this.#apply({ kind: 'announced', strategy, by })
  }

  /** Late news that says what is so already is no news, and not worth counting. */
  #ignoreUnlessAgreed(strategy: Strategy, state: StrategyState, reason: IgnoredReason): void {
    if (strategy !== state.active) this.#ignore(reason, strategy, state.epoch)
  }

  #ignore(reason: IgnoredReason, value: string, epoch: number): void {
    const shown = value.slice(0, SHOWN_VALUE_LENGTH)
    this.events.emit('strategy:ignored', { reason, value: shown, epoch })
    this.#logger.debug({ reason, value: shown, epoch }, 'strategy news ignored')
  }

  #apply(event: StrategyEvent, cause: TransitionCause = 'set'): StrategyUpdate {
    const now = this.#clock.now()
    const update = this.#store.update((state) => step(state, event, now, this.#limits))
    this.#tell(update, cause)
    return update
  }

  /** Turns the difference of two states into events. */
  #tell({ before, after }: StrategyUpdate, cause: TransitionCause): void {
    if (before === after) return
    const { epoch } = after
    if (after.active !== undefined && after.active !== before.active) {
      const facts = { from: before.active ?? before.lastKnown, to: after.active, epoch, cause }
      this.events.emit('strategy:transition', facts)
      this.#logger.info(facts, 'strategy transition completed')
    }
    if (after.active === undefined && before.active !== undefined) {
      this.events.emit('strategy:cleared', { from: before.active, epoch })
      this.#logger.info({ from: before.active, epoch }, 'strategy cache cleared')
    }
    const active = after.active
    if (active === undefined) return
    if (after.pending && after.pending.strategy !== before.pending?.strategy) {
      this.events.emit('strategy:announced', { strategy: after.pending.strategy, active, epoch })
      this.#logger.info({ strategy: after.pending.strategy, active, epoch }, 'strategy announced')
    }
    if (after.pending?.ready && !before.pending?.ready) {
      this.events.emit('strategy:ready', { strategy: after.pending.strategy, epoch })
    }
    if (before.pending && !after.pending && active === before.active) {
      this.events.emit('strategy:withdrawn', { strategy: before.pending.strategy, active, epoch })
      this.#logger.info({ strategy: before.pending.strategy, active, epoch }, 'strategy announcement withdrawn')
    }
  }

  #heed(notice: StoreNotice): void {
    switch (notice.kind) {
      case 'unavailable': {
        const { reason } = notice
        this.#storeFailure = reason
        this.events.emit('strategy:store-unavailable', { reason })
        this.#logger.warn({ reason }, 'the strategy is not shared with other processes for now')
        return
      }
      case 'available':
        this.#storeFailure = undefined
        this.#logger.info({}, 'the strategy is shared with other processes again')
        return
      case 'swept': {
        const { queryId, pin } = notice
        const facts = { queryId, strategy: pin.strategy, idleMs: Math.max(this.#clock.now() - pin.lastActivityAt, 0) }
        this.events.emit('strategy:swept', facts)
        this.#logger.warn(facts, 'the process that ran a query died or was paused: its strategy is forgotten')
        return
      }
      default:
        notice satisfies never
    }
  }

  #withValid(value: string, call: string, use: (strategy: Strategy) => void): void {
    const strategy = parseStrategy(value)
    if (strategy) use(strategy)
    else this.#warnInvalid(value, call)
  }

  #warnInvalid(value: unknown, call: string): void {
    const shown = typeof value === 'string' ? value.slice(0, SHOWN_VALUE_LENGTH) : `(${typeof value})`
    this.events.emit('strategy:invalid', { value: shown, call })
    this.#logger.warn({ value: shown, call }, 'invalid strategy: must be blue or green')
  }

  #scheduleSweep(): () => void {
    const sweep = () => {
      this.#sweep()
      this.#cancelSweep = [...this.#store.pins.own()].length > 0 ? this.#scheduleSweep() : undefined
    }
    return this.#clock.schedule(this.#queryIdleTimeoutMs / SWEEPS_PER_IDLE_TIMEOUT, sweep, 'background')
  }

  #sweep(): void {
    const now = this.#clock.now()
    for (const [queryId, { strategy, lastActivityAt }] of [...this.#store.pins.own()]) {
      const idleMs = now - lastActivityAt
      if (idleMs < this.#queryIdleTimeoutMs) continue
      this.#store.pins.delete(queryId)
      this.events.emit('strategy:swept', { queryId, strategy, idleMs })
      this.#logger.warn({ queryId, strategy, idleMs }, 'a query was idle for too long: its strategy is forgotten')
    }
  }
}

function definedOf(options: StrategyManagerOptions): Partial<StrategyLimits> {
  const known = Object.keys(DEFAULT_STRATEGY_LIMITS) as (keyof StrategyLimits)[]
  return Object.fromEntries(known.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]))
}
