import { otherStrategy, type Strategy } from '../types/strategy.ts'

/**
 * What is known of a cluster's two deployments. Immutable: `step` makes the next one.
 * All times are monotonic milliseconds.
 */
export interface StrategyState {
  /** Grows with each change of `active`, the clearing of it included. News from an older epoch changes nothing. */
  readonly epoch: number
  readonly active: Strategy | undefined
  /** The strategy that clients were told to move to. */
  readonly pending: Pending | undefined
  /** The last strategy that was active: where detection looks first. */
  readonly lastKnown: Strategy | undefined
  /** The last time a strategy that was active turned a call away. */
  readonly refusal: Refusal | undefined
  /** When an answer last confirmed `active`; 0 when nothing has since it was cleared. */
  readonly checkedAt: number
  readonly transitionedAt: number | undefined
  readonly budget: SwitchBudget
}

export interface Pending {
  readonly strategy: Strategy
  /** Announced is not ready: only a strategy that has accepted a session may become active. */
  readonly ready: boolean
}

export interface Refusal {
  readonly strategy: Strategy
  readonly at: number
  /** Whether nothing had confirmed the strategy since it became active: it accepts sessions, and no work. */
  readonly unproven: boolean
}

/** Announced switches draw on a bucket, so that a flapping announcement can't make every client flap with it. */
export interface SwitchBudget {
  readonly tokens: number
  readonly at: number
}

/** The strategy and the epoch a call was sent under; its answer is judged by them. */
export interface Ticket {
  readonly strategy: Strategy
  readonly epoch: number
}

/** The limits the rules need, each with its unit. */
export interface StrategyLimits {
  /**
   * How long a strategy counts as known without an answer that confirms it, in milliseconds.
   * @default 300000
   */
  readonly strategyCacheTimeoutMs: number
  /**
   * How many announced switches may follow each other at once.
   * @default 3
   */
  readonly switchBurst: number
  /**
   * How long until one more announced switch is allowed, in milliseconds.
   * @default 10000
   */
  readonly switchRefillMs: number
  /**
   * How long a strategy that turned away work after it had accepted a session is not moved to again because of an
   * announcement, in milliseconds.
   * @default 10000
   */
  readonly refusalCooldownMs: number
}

export const DEFAULT_STRATEGY_LIMITS: StrategyLimits = {
  strategyCacheTimeoutMs: 300_000,
  switchBurst: 3,
  switchRefillMs: 10_000,
  refusalCooldownMs: 10_000,
}

/** Everything that can happen to the state. */
export type StrategyEvent =
  /** An answer to a call carried `new_strategy`. */
  | { readonly kind: 'announced'; readonly strategy: Strategy; readonly by: Ticket }
  /** The announced strategy accepted a session. */
  | { readonly kind: 'ready'; readonly strategy: Strategy; readonly epoch: number }
  /** A query boundary: a query completed or was cancelled, a statement is about to be prepared, a session opened. */
  | { readonly kind: 'boundary' }
  /** A call that is not about a running query was told that its strategy does not serve it. */
  | { readonly kind: 'refused'; readonly by: Ticket }
  /** Detection, begun under `epoch`, found a strategy that accepts. */
  | { readonly kind: 'detected'; readonly strategy: Strategy; readonly epoch: number }
  /** An answer confirmed the active strategy. */
  | { readonly kind: 'confirmed'; readonly by: Ticket }
  /** Commands of a program that drives the manager itself. */
  | { readonly kind: 'set active'; readonly strategy: Strategy }
  | { readonly kind: 'set pending'; readonly strategy: Strategy }
  | { readonly kind: 'apply pending' }
  | { readonly kind: 'clear' }

export function initialStrategyState(limits: Pick<StrategyLimits, 'switchBurst'>): StrategyState {
  return {
    epoch: 0,
    active: undefined,
    pending: undefined,
    lastKnown: undefined,
    refusal: undefined,
    checkedAt: 0,
    transitionedAt: undefined,
    budget: { tokens: limits.switchBurst, at: 0 },
  }
}

/**
 * The rules of a switch, all of them: what a state becomes by an event at a time. Pure; knows no clock, network or
 * store. Returns the very same object when nothing changes. The numbers are those of `docs/zero-downtime.md`.
 */
export function step(state: StrategyState, event: StrategyEvent, now: number, limits: StrategyLimits): StrategyState {
  switch (event.kind) {
    case 'announced': {
      if (!isCurrent(state, event.by)) return state // rule 3: only the active strategy may announce
      if (event.strategy === state.active) return withdraw(state) // rule 10: rolled back before the cut-over
      return announce(state, event.strategy)
    }

    case 'ready': {
      if (event.epoch !== state.epoch || state.pending?.strategy !== event.strategy) return state
      if (state.pending.ready || isBarred(state, event.strategy, now, limits)) return state
      if (state.active === undefined) return activate(state, event.strategy, now) // rule 4: a forced switch never waits
      return { ...state, pending: { strategy: event.strategy, ready: true } } // rule 2: announced is not ready
    }

    case 'boundary': {
      if (!state.pending?.ready) return state // rule 1: a query boundary is a safe point
      const budget = refill(state.budget, now, limits)
      if (budget.tokens < 1) return state // rule 10: no flapping; the announcement waits
      return { ...activate(state, state.pending.strategy, now), budget: { ...budget, tokens: budget.tokens - 1 } }
    }

    case 'refused': {
      if (!isCurrent(state, event.by)) return state // rule 4: compare and clear
      const unproven = state.transitionedAt !== undefined && state.checkedAt <= state.transitionedAt
      const refusal = { strategy: event.by.strategy, at: now, unproven }
      // A strategy that is ready is moved to at once: a switch that is forced never waits.
      if (state.pending?.ready) return { ...activate(state, state.pending.strategy, now), refusal }
      return { ...forget(state), pending: state.pending, refusal }
    }

    case 'detected': {
      if (event.epoch !== state.epoch) return state // another call or process has found one meanwhile
      if (event.strategy === state.active) return { ...state, checkedAt: now } // rule 11: verified
      return activate(state, event.strategy, now)
    }

    case 'confirmed':
      return isCurrent(state, event.by) && state.checkedAt < now ? { ...state, checkedAt: now } : state // rule 11

    case 'set active':
      return event.strategy === state.active ? { ...state, checkedAt: now } : activate(state, event.strategy, now)

    case 'set pending':
      return event.strategy === state.active ? state : announce(state, event.strategy)

    case 'apply pending':
      return state.pending ? activate(state, state.pending.strategy, now) : state

    case 'clear':
      return forget(state)

    default:
      return event satisfies never
  }
}

/** The active strategy, if an answer has confirmed it recently enough (rule 11). */
export function freshActive(state: StrategyState, now: number, limits: StrategyLimits): Strategy | undefined {
  return now - state.checkedAt <= limits.strategyCacheTimeoutMs ? state.active : undefined
}

/**
 * Where detection looks, in order (rule 5): the last known strategy, then the other; with nothing known the one that was
 * announced, else blue. A strategy that has just turned work away comes last, even when it accepts sessions:
 * asking it first would find it again, and loop.
 */
export function detectionOrder(
  state: StrategyState,
  now: number,
  limits: StrategyLimits,
): readonly [Strategy, Strategy] {
  const preferred = state.lastKnown ?? state.pending?.strategy ?? 'blue'
  const first = isCoolingDown(state, preferred, now, limits) ? otherStrategy(preferred) : preferred
  return [first, otherStrategy(first)]
}

function isCurrent(state: StrategyState, ticket: Ticket): boolean {
  return state.active === ticket.strategy && state.epoch === ticket.epoch
}

function announce(state: StrategyState, strategy: Strategy): StrategyState {
  return state.pending?.strategy === strategy ? state : { ...state, pending: { strategy, ready: false } }
}

function withdraw(state: StrategyState): StrategyState {
  return state.pending ? { ...state, pending: undefined } : state
}

function activate(state: StrategyState, strategy: Strategy, now: number): StrategyState {
  return {
    ...state,
    // Applying what is already active changes nothing that a call in flight would have to know.
    epoch: strategy === state.active ? state.epoch : state.epoch + 1,
    active: strategy,
    pending: undefined,
    lastKnown: strategy,
    checkedAt: now,
    transitionedAt: strategy === state.active ? state.transitionedAt : now,
  }
}

function forget(state: StrategyState): StrategyState {
  if (state.active === undefined && state.pending === undefined) return state
  return { ...state, epoch: state.epoch + 1, active: undefined, pending: undefined, checkedAt: 0 }
}

/** How many announced switches the budget allows now. */
export function switchesAllowed({ budget }: StrategyState, now: number, limits: StrategyLimits): number {
  return refill(budget, now, limits).tokens
}

function refill(budget: SwitchBudget, now: number, limits: StrategyLimits): SwitchBudget {
  const earned = Math.max(now - budget.at, 0) / limits.switchRefillMs
  return { tokens: Math.min(budget.tokens + earned, limits.switchBurst), at: now }
}

function isCoolingDown(state: StrategyState, strategy: Strategy, now: number, limits: StrategyLimits): boolean {
  return state.refusal?.strategy === strategy && now - state.refusal.at < limits.refusalCooldownMs
}

/**
 * Whether no announcement makes a strategy ready yet: it accepted sessions and turned its first work away. One that had
 * served until its cut-over may be moved to again at once.
 */
export function isBarred(state: StrategyState, strategy: Strategy, now: number, limits: StrategyLimits): boolean {
  return state.refusal?.unproven === true && isCoolingDown(state, strategy, now, limits)
}
