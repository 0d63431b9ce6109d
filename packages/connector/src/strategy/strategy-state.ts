import { otherStrategy, type Strategy } from '../types/strategy.ts'
import type { AskingPurpose, StrategyEvent, Ticket } from './strategy-change.ts'
import {
  barReturn,
  fullBudget,
  isReturnBarred,
  oneMoreMove,
  type ReturnBar,
  refilled,
  type SwitchBudget,
  spent,
} from './switch-limits.ts'

/**
 * One user's knowledge of a cluster's two deployments. Immutable: `step` returns the next state. All times are
 * monotonic milliseconds.
 */
export interface StrategyState {
  /** Grows with each change of `active`, including its clearing. Events from an older epoch change nothing. */
  readonly epoch: number
  readonly active: Strategy | undefined
  /** The strategy that clients were told to switch to. */
  readonly pending: Pending | undefined
  /** A strategy that was ready when its announcement was withdrawn. */
  readonly withdrawn: Sighting | undefined
  /** The last active strategy, which detection asks first. */
  readonly lastKnown: Strategy | undefined
  /** The last refusal of new work by an active strategy. */
  readonly refusal: Refusal | undefined
  /** The last time an answer confirmed `active`; 0 when none has since it was cleared. */
  readonly checkedAt: number
  /** The time when the latest call accepted by `active` was sent; 0 when it has accepted none. */
  readonly servedAt: number
  readonly transitionedAt: number | undefined
  readonly budget: SwitchBudget
  /** The times of the latest unannounced switches. */
  readonly moves: readonly number[]
  /** The number of consecutive statements refused after their prepare and served by the other strategy. */
  readonly strays: number
  /** The time when a check first found that `active` fails and the other strategy works. */
  readonly suspectedAt: number | undefined
  readonly returnBar: ReturnBar | undefined
  /** The manager that asks the deployments on behalf of all who share this state. */
  readonly asker: Asker | undefined
  /** The strategy that accepted the asker while calls were held. */
  readonly opening: Opening | undefined
}

export interface Pending {
  readonly strategy: Strategy
  /** Announced is not ready: only a strategy that has completed the probe statement may become active. */
  readonly ready: boolean
  /** The time since which the active strategy names itself again. */
  readonly withdrawnAt: number | undefined
}

export interface Refusal {
  readonly strategy: Strategy
  readonly at: number
  /** Whether no answer had confirmed the strategy since it became active: it accepts sessions, but no work. */
  readonly unproven: boolean
}

export interface Sighting {
  readonly strategy: Strategy
  readonly at: number
}

export interface Opening {
  readonly strategy: Strategy
  /** The number of such findings since `active` last changed: each releases the calls held at that time. */
  readonly count: number
}

export interface Asker {
  /** Identifies a manager; not a secret. */
  readonly id: string
  /** The last time it asked, or reported that it is still waiting. */
  readonly at: number
  /** Half of the silence after which another manager takes its place, in milliseconds. */
  readonly pauseMs: number
  /** The purpose of asking. */
  readonly purpose: AskingPurpose
}

/** The limits of the rules, each with its unit. */
export interface StrategyLimits {
  /**
   * The time that a strategy is trusted without an answer that confirms it, in milliseconds.
   * @default 300000
   */
  readonly strategyCacheTimeoutMs: number
  /**
   * The number of announced switches allowed in quick succession.
   * @default 3
   */
  readonly switchBurst: number
  /**
   * The time until another announced switch is allowed, in milliseconds. Doubles with each switch within 5 minutes of
   * the last.
   * @default 10000
   */
  readonly switchRefillMs: number
  /**
   * The time, in milliseconds, for which announcements are ignored that name a strategy which refused work after it had
   * accepted a session.
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

/** The time without contradiction after which a withdrawal counts, in milliseconds. */
export const WITHDRAWAL_MS = 1000

/**
 * The time for which a strategy that was ready when withdrawn stays ready if announced again, in milliseconds: long
 * enough for engines that contradict each other, too short for another deployment to have replaced it.
 */
const READINESS_KEPT_MS = 3000

/**
 * The minimum time between recorded refusals of the same strategy, in milliseconds: disagreeing proxies must not create
 * a version each.
 */
const REFUSAL_NOTED_EVERY_MS = 1000

/**
 * The number of consecutive statements, refused after their prepare and served by the other strategy, that switch new
 * work.
 */
const MOST_STRAYS = 3

/** Two checks prove a suspicion if their distance in milliseconds is between these limits. */
const CHECKS_APART_MS = 500
const CHECK_VALID_MS = 30_000

export function initialStrategyState(limits: Pick<StrategyLimits, 'switchBurst' | 'switchRefillMs'>): StrategyState {
  return {
    epoch: 0,
    active: undefined,
    pending: undefined,
    withdrawn: undefined,
    lastKnown: undefined,
    refusal: undefined,
    checkedAt: 0,
    servedAt: 0,
    transitionedAt: undefined,
    budget: fullBudget(limits),
    moves: [],
    strays: 0,
    suspectedAt: undefined,
    returnBar: undefined,
    asker: undefined,
    opening: undefined,
  }
}

/**
 * The rules of a switch: the state after an event at a time. Pure; knows no clock, network or store. Returns the same
 * object when nothing changes. The rule numbers are those of `docs/zero-downtime.md`.
 */
export function step(before: StrategyState, event: StrategyEvent, now: number, limits: StrategyLimits): StrategyState {
  const state = withoutWithdrawn(before, now) // rule 3: a withdrawal counts after a second without contradiction
  switch (event.kind) {
    case 'announced': {
      if (!isCurrent(state, event.by)) return state // rule 3: only the active strategy may announce
      return event.strategy === state.active ? doubt(state, now) : announce(state, event.strategy, now)
    }

    case 'ready': {
      if (event.epoch !== state.epoch || state.pending?.strategy !== event.strategy) return state
      if (state.pending.ready || isBarred(state, event.strategy, now, limits)) return state
      if (state.active === undefined) return activate(state, event.strategy, now) // no strategy was known
      return { ...state, pending: { ...state.pending, ready: true } } // rule 2: announced is not ready
    }

    case 'boundary': {
      // Rule 1: a query boundary is a safe point. Rule 3: not while the announcement is in doubt.
      if (!state.pending?.ready || state.pending.withdrawnAt !== undefined) return state
      const budget = spent(state.budget, now, limits)
      if (budget === undefined) return state // rule 10: no flapping; the announcement waits
      return { ...activate(state, state.pending.strategy, now), budget }
    }

    case 'refused':
      return event.by.epoch === state.epoch ? noteRefusal(state, event.by.strategy, now) : state // rule 4: switches nothing

    case 'served-elsewhere': {
      if (!isCurrent(state, event.refused) || event.strategy === state.active) return state
      if (state.servedAt > event.refusedSentAt) return state // rule 4: the active one has accepted a later call
      return move(state, event.strategy, now)
    }

    case 'strayed': {
      if (!isCurrent(state, event.refused)) return state
      const strayed = { ...state, strays: Math.min(state.strays + 1, MOST_STRAYS) }
      return strayed.strays < MOST_STRAYS ? strayed : move(strayed, otherStrategy(event.refused.strategy), now) // rule 6
    }

    case 'kept':
      return isCurrent(state, event.by) && state.strays > 0 ? { ...state, strays: 0 } : state // rule 6: not in a row

    case 'detected': {
      if (event.epoch !== state.epoch) return state // another call or process has already found one
      if (event.strategy === state.active) return { ...state, checkedAt: now } // rule 11: verified
      return state.active === undefined ? activate(state, event.strategy, now) : move(state, event.strategy, now)
    }

    case 'accepting': // rule 21: the asker's finding releases all held calls
      if (event.epoch !== state.epoch) return state
      return { ...state, opening: { strategy: event.strategy, count: (state.opening?.count ?? 0) + 1 } }

    case 'checked':
      return isCurrent(state, event.of) ? judge(state, event, now) : state // rule 16: suspicion needs proof

    case 'asks': {
      const { asker: id, pauseMs, purpose } = event
      return mayAsk(state.asker, event, now) ? { ...state, asker: { id, at: now, pauseMs, purpose } } : state
    }

    case 'stops-asking':
      return state.asker?.id === event.asker ? { ...state, asker: undefined } : state

    case 'confirmed': {
      if (!isCurrent(state, event.by)) return state
      const servedAt = Math.max(state.servedAt, event.sentAt)
      if (state.checkedAt >= now && state.servedAt >= servedAt) return state
      return { ...state, checkedAt: Math.max(state.checkedAt, now), servedAt } // rule 11: cached means fresh
    }

    case 'set-active':
      return event.strategy === state.active ? { ...state, checkedAt: now } : activate(state, event.strategy, now)

    case 'set-pending':
      return event.strategy === state.active ? state : announce(state, event.strategy, now)

    case 'apply-pending':
      return state.pending ? activate(state, state.pending.strategy, now) : state

    case 'clear':
      return forget(state)

    default:
      return event satisfies never
  }
}

/** Returns the active strategy, if an answer has confirmed it recently enough (rule 11). */
export function freshActive(state: StrategyState, now: number, limits: StrategyLimits): Strategy | undefined {
  return now - state.checkedAt <= limits.strategyCacheTimeoutMs ? state.active : undefined
}

/** Returns the announced strategy, unless its withdrawal counts by now. */
export function pendingNow(state: StrategyState, now: number): Pending | undefined {
  return withoutWithdrawn(state, now).pending
}

/**
 * Returns the strategy that detection asks first (rule 5): the other one when the `refused` one has just refused a
 * call, otherwise the last known; with nothing known the announced one, otherwise blue.
 */
export function detectionOrder(state: StrategyState, refused?: Strategy): readonly [Strategy, Strategy] {
  const first = refused ? otherStrategy(refused) : (state.lastKnown ?? state.pending?.strategy ?? 'blue')
  return [first, otherStrategy(first)]
}

/** Returns the number of announced switches that the budget allows now. */
export function switchesAllowed({ budget }: StrategyState, now: number, limits: StrategyLimits): number {
  return refilled(budget, now, limits).tokens
}

/**
 * Returns whether announcements cannot make a strategy ready yet: it completed the probe statement but refused its
 * first work. A strategy that had served before may be activated again at once.
 */
export function isBarred(state: StrategyState, strategy: Strategy, now: number, limits: StrategyLimits): boolean {
  const { refusal } = state
  if (!refusal?.unproven || refusal.strategy !== strategy) return false
  return now - refusal.at < limits.refusalCooldownMs
}

function isCurrent(state: StrategyState, ticket: Ticket): boolean {
  return state.active === ticket.strategy && state.epoch === ticket.epoch
}

function announce(state: StrategyState, strategy: Strategy, now: number): StrategyState {
  const { pending, withdrawn } = state
  if (pending?.strategy === strategy) {
    return pending.withdrawnAt === undefined ? state : { ...state, pending: { ...pending, withdrawnAt: undefined } }
  }
  const ready = withdrawn?.strategy === strategy && now - withdrawn.at <= READINESS_KEPT_MS
  return { ...state, pending: { strategy, ready, withdrawnAt: undefined }, withdrawn: undefined }
}

/** The active strategy names itself: its announcement is in doubt from now on. */
function doubt(state: StrategyState, now: number): StrategyState {
  if (!state.pending || state.pending.withdrawnAt !== undefined) return state
  return { ...state, pending: { ...state.pending, withdrawnAt: now } }
}

function withoutWithdrawn(state: StrategyState, now: number): StrategyState {
  const { pending } = state
  if (pending?.withdrawnAt === undefined || now - pending.withdrawnAt < WITHDRAWAL_MS) return state
  const withdrawn = pending.ready ? { strategy: pending.strategy, at: now } : state.withdrawn
  return { ...state, pending: undefined, withdrawn }
}

function noteRefusal(state: StrategyState, strategy: Strategy, now: number): StrategyState {
  const { pending, refusal, active } = state
  // Whatever it has proven, it does not accept work now, and must be proven again.
  if (pending?.ready && pending.strategy === strategy) return { ...state, pending: { ...pending, ready: false } }
  if (strategy !== active) return state
  if (refusal?.strategy === strategy && now - refusal.at < REFUSAL_NOTED_EVERY_MS) return state
  const unproven = state.transitionedAt !== undefined && state.checkedAt <= state.transitionedAt
  return { ...state, refusal: { strategy, at: now, unproven } }
}

/** Switches new work without an announcement, as often as rule 10 allows. */
function move(state: StrategyState, strategy: Strategy, now: number): StrategyState {
  const moves = oneMoreMove(state.moves, now)
  return moves ? { ...activate(state, strategy, now), moves } : state
}

/**
 * Rule 16: work switches when the active strategy failed and the other one worked, twice, or once if the other one is
 * ready.
 */
function judge(
  state: StrategyState,
  { of, active, other, agoMs = 0 }: Extract<StrategyEvent, { kind: 'checked' }>,
  now: number,
): StrategyState {
  const { suspectedAt, pending, returnBar } = state
  if (active !== 'fails' || other !== 'works') {
    return suspectedAt === undefined ? state : { ...state, suspectedAt: undefined } // if both look bad, work stays
  }
  const to = otherStrategy(of.strategy)
  if (isReturnBarred(returnBar, to, now)) return state
  const isReady = pending?.ready === true && pending.withdrawnAt === undefined && pending.strategy === to
  const failedAt = now - agoMs
  const isFirst = suspectedAt === undefined || failedAt - suspectedAt > CHECK_VALID_MS
  if (!isReady && isFirst) return { ...state, suspectedAt: failedAt }
  if (!isReady && failedAt - suspectedAt! < CHECKS_APART_MS) return state
  const moved = move(state, to, now)
  return moved === state ? state : { ...moved, returnBar: barReturn(returnBar, of.strategy, now) }
}

function activate(state: StrategyState, strategy: Strategy, now: number): StrategyState {
  const isSame = strategy === state.active
  return {
    ...state,
    // Activating the active strategy changes nothing that affects a call in flight.
    epoch: isSame ? state.epoch : state.epoch + 1,
    active: strategy,
    pending: undefined,
    withdrawn: undefined,
    lastKnown: strategy,
    checkedAt: now,
    servedAt: isSame ? state.servedAt : 0,
    transitionedAt: isSame ? state.transitionedAt : now,
    strays: 0,
    suspectedAt: undefined,
    opening: undefined,
  }
}

function forget(state: StrategyState): StrategyState {
  if (state.active === undefined && state.pending === undefined) return state
  return {
    ...state,
    epoch: state.epoch + 1,
    active: undefined,
    pending: undefined,
    withdrawn: undefined,
    checkedAt: 0,
    servedAt: 0,
    strays: 0,
    suspectedAt: undefined,
    opening: undefined,
  }
}

type AskingEvent = Extract<StrategyEvent, { kind: 'asks' }>

/**
 * Rule 21: one manager asks for all. Held calls do not wait for checks of an announced strategy, which are seconds
 * apart.
 */
function mayAsk(asker: Asker | undefined, { asker: id, purpose }: AskingEvent, now: number): boolean {
  if (!asker || now - asker.at > 2 * asker.pauseMs) return true
  if (asker.purpose !== purpose) return purpose === 'hold'
  return asker.id === id
}
