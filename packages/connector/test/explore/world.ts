import type { Outcome } from '../../src/errors.ts'
import type { Stage } from '../../src/session/call-rules.ts'
import type { Confirmation } from '../../src/strategy/shared-reconcile.ts'
import type { RefusedCall, Ticket } from '../../src/strategy/strategy-change.ts'
import type { ProbeAnswer } from '../../src/strategy/strategy-prober.ts'
import type { StrategyState } from '../../src/strategy/strategy-state.ts'
import type { PastCheck } from '../../src/strategy/strategy-suspicion.ts'
import type { Fault } from '../../src/transport/status-rules.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import type { PhaseName } from './phases.ts'

/**
 * What a state of the search is made of. Every part is a plain, immutable object that JSON holds whole; times are relative to
 * `NOW`, which never moves: when time passes, all that has happened lies further back.
 */

/** The moment at which every state is looked at, in milliseconds. */
export const NOW = 1_000_000_000

export type User = 0 | 1
export type Process = 0 | 1

/** How a user's deployments stand, and how many proxies have not learnt so yet. */
export interface Routing {
  readonly proxies: number
  readonly phase: PhaseName
  readonly previous: PhaseName
  /** Proxies that still go by the previous phase. */
  readonly behind: number
  /** Which deployments have run a statement to its end since they were started, for the invariants. */
  readonly ran: Readonly<Record<Strategy, boolean>>
}

/** What the processes of a host share of one user's state. */
export interface Medium {
  readonly state: StrategyState
  readonly check: Confirmation | undefined
}

/** A ticket that rests on an accepted login, and not yet on an accepted call, is marked. */
export interface SearchTicket extends Ticket {
  readonly isIssued?: boolean
}

export interface SessionFacts {
  /** Whether the client holds an id for it. */
  readonly isOpen: boolean
  readonly openedAt: number
  /** Whether the server has forgotten it. */
  readonly isForgotten: boolean
}

/** Detection under way. */
export interface FlightFacts {
  readonly refused: Strategy | undefined
  readonly startedAt: number
  readonly unreachableSince: number | undefined
  readonly isHeld: boolean
  readonly round: number
  readonly leaseMs: number
  readonly waiting: number
  readonly stage:
    | {
        readonly kind: 'asked'
        readonly order: readonly [Strategy, Strategy]
        readonly epoch: number
        readonly first: ProbeAnswer | undefined
      }
    | { readonly kind: 'paused'; readonly at: number; readonly pauseMs: number }
}

/** A suspicion that is looked into. */
export interface CheckFacts {
  readonly of: Ticket
  readonly askedAt: number
  readonly number: 1 | 2
  readonly stage:
    | { readonly kind: 'due'; readonly at: number }
    | {
        readonly kind: 'asked'
        readonly at: number
        readonly active: ProbeAnswer['kind'] | undefined
        readonly answeredAt: number | undefined
      }
}

/** What one process knows of the cluster as one user: its manager, detection, prewarming, suspicion and sessions. */
export interface Host {
  readonly user: User
  readonly process: Process
  /** How often the process was restarted. */
  readonly life: number
  readonly view: StrategyState
  /** Whether the shared state has a version that this process has not seen. */
  readonly isBehind: boolean
  /** What was shared when the process lost sight of it, and went on alone; nothing while it is at hand. */
  readonly aloneFrom: StrategyState | undefined
  readonly accepted: { readonly by: Ticket; readonly sentAt: number } | undefined
  readonly sessions: Readonly<Partial<Record<Strategy, SessionFacts>>>
  readonly flight: FlightFacts | undefined
  readonly found: { readonly ticket: Ticket; readonly at: number } | undefined
  readonly misledAt: Readonly<Partial<Record<Strategy, { readonly at: number }>>>
  readonly proving: { readonly strategy: Strategy; readonly epoch: number } | undefined
  readonly provedAt: number | undefined
  readonly check: CheckFacts | undefined
  readonly lastCheck: PastCheck | undefined
  readonly lastAskedAt: number | undefined
  readonly noRenewalUntil: Readonly<Partial<Record<CallName, { readonly at: number }>>>
  /** Logins since anything last happened in the world. */
  readonly logins: number
}

export type CallName = 'login' | 'prepare' | 'execute' | 'fetch'

/** What came back for a call. */
export type CallAnswer =
  | { readonly kind: 'message'; readonly announced: Strategy | undefined }
  | { readonly kind: 'fault'; readonly fault: Fault }

/** A call under way: what it is sent for, and under what. */
export interface Sent {
  readonly call: CallName
  /** The call that a login is on the way to. */
  readonly towards: Exclude<CallName, 'login'>
  readonly ticket: SearchTicket
  readonly sentAt: number
}

export interface TroubleFacts {
  readonly since: number
  readonly failures: number
  readonly refused: number
  readonly resumed: number
  readonly suspicions: number
  readonly wasChecked: boolean
  readonly renewedAt: number | undefined
  readonly refusals: readonly (RefusedCall & { readonly by: SearchTicket })[]
  readonly pinRefusal: { readonly since: number; readonly hasAsked: boolean } | undefined
}

/** A call about a query that asks whether its statement may run elsewhere. */
export interface Asking {
  readonly sent: Sent
  readonly fault: Fault
}

export type Phase =
  | { readonly kind: 'idle' }
  /** Waits for detection: new work, or a query that asks whether it may run elsewhere. */
  | { readonly kind: 'waiting'; readonly since: number; readonly asking: Asking | undefined }
  /** Waits for what a check of its strategy comes to. */
  | {
      readonly kind: 'checking'
      readonly sent: Sent
      readonly fault: Fault
      readonly isLogin: boolean
      readonly next: 'suspect' | 'resume-cluster'
    }
  | { readonly kind: 'paused'; readonly towards: Exclude<CallName, 'login'> }
  | { readonly kind: 'sent'; readonly sent: Sent }
  | { readonly kind: 'answered'; readonly sent: Sent; readonly answer: CallAnswer }
  | { readonly kind: 'done'; readonly outcome: 'ok' | 'gone' | Outcome; readonly why: string }

/** A program's statement, and the queries it has come to. */
export interface Statement {
  readonly name: 'read' | 'write'
  readonly user: User
  readonly process: Process
  /** Whether rows are handed over as they come, or when all are there. */
  readonly handsOver: 'rows' | 'whole'
  readonly phase: Phase
  readonly trouble: TroubleFacts | undefined
  /** The strategy that runs it, when it is prepared. */
  readonly runsOn: Strategy | undefined
  /** Counts its runs. */
  readonly run: number
  readonly first: Strategy | undefined
  readonly refusedBy: Strategy | undefined
  readonly stage: Stage
  readonly reruns: { readonly maxRetryAttempts: number; readonly once: number }
  /** Batches received of this run. */
  readonly received: number
  /** The run whose rows the program was given. */
  readonly handedOverOf: number | undefined
  /** How often an engine has executed it. */
  readonly executions: number
  /** Whether somebody cancelled its query on the engine, and whether the program was told. */
  readonly killed: 'no' | 'on-engine' | 'told'
}

/** All parts of a state, by place. Hosts are those of user 0 in process 0 and 1, then those of user 1. */
export interface World {
  readonly routings: readonly [Routing, Routing]
  /** How many accidents may still happen: faults, steps of the clock, restarts, sessions that expire, queries that somebody kills. */
  readonly accidents: number
  readonly media: readonly [Medium, Medium]
  readonly hosts: readonly (Host | undefined)[]
  readonly statements: readonly [Statement, Statement]
}

const TIME_NAME = /^(?:at|since|\w+(?:At|Until|Since))$/

/** A part of a state when `ms` more have passed: every time in it lies that much further back. A time of 0 stands for never. */
export function aged<Part>(part: Part, ms: number): Part {
  if (Array.isArray(part)) return part.map((item) => aged(item, ms)) as Part
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, agedField(name, value, ms)])) as Part
}

function agedField(name: string, value: unknown, ms: number): unknown {
  if (name === 'moves') return (value as number[]).map((at) => at - ms)
  const isTime = typeof value === 'number' && value !== 0 && TIME_NAME.test(name)
  return isTime ? value - ms : aged(value, ms)
}
