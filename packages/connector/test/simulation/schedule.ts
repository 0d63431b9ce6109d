import type { ConnectOptions } from '../../src/options/connect-options.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import type { CallStep, FaultName } from './faults.ts'

/** The form of an operation: a way to read a result, or another call. */
export type Form =
  | 'query'
  | 'query as arrays'
  | 'stream'
  | 'batches'
  | 'readable'
  | 'cursor'
  | 'cursor by pieces'
  | 'cursor twice'
  | 'write'
  | 'tables'
  | 'dry run'
  | 'bad statement'
  | 'forgotten cursor'
  | 'cancelled elsewhere'
  | 'new session'
  | 'strategy check'

/** One operation of a program. All times are milliseconds. */
export interface OperationDecision {
  readonly kind: 'operation'
  readonly at: number
  readonly id: number
  readonly process: number
  readonly connection: number
  readonly form: Form
  readonly rows: number
  readonly batches: number
  /** The time the engine takes to run the statement. */
  readonly executeMs: number
  /** The pause of the program between two batches. */
  readonly pauseMs: number
  /** The number of rows after which it stops reading. */
  readonly leaveAfter?: number
  readonly giveUp?: { readonly by: 'signal' | 'timeout'; readonly afterMs: number }
}

/** One fault of one call: the `nth` of its step, of an operation or of a connection's logins. */
export interface FaultDecision {
  readonly kind: 'fault'
  readonly of: { readonly operation: number } | { readonly process: number; readonly connection: number }
  readonly step: CallStep
  readonly nth: number
  readonly fault: FaultName
}

/** A step of a switch. One that does not fit the current state is skipped. */
export type DeploymentDecision =
  | { readonly kind: 'announce'; readonly at: number; readonly accepting: boolean }
  | { readonly kind: 'accept'; readonly at: number }
  | { readonly kind: 'cut over'; readonly at: number; readonly accepting: boolean }
  | { readonly kind: 'roll back'; readonly at: number }
  /** Once the draining deployment has no query left; by force after `patienceMs`, if set. */
  | { readonly kind: 'retire'; readonly at: number; readonly patienceMs?: number }

/** A fault of servers, networks and processes as a whole. */
export type MishapDecision =
  | { readonly kind: 'kill'; readonly at: number; readonly colour: 'active' | 'other'; readonly restartAfterMs: number }
  | { readonly kind: 'suspend'; readonly at: number; readonly resumeMs: number }
  | { readonly kind: 'expire sessions'; readonly at: number; readonly colour: Strategy }
  /** A connection of a process goes silent, until its client notices. */
  | {
      readonly kind: 'silence'
      readonly at: number
      readonly process: number
      readonly connection: number
      readonly forMs: number
    }
  /** A deployment answers logins and prepares late, by up to `upToMs`. */
  | {
      readonly kind: 'slow down'
      readonly at: number
      readonly forMs: number
      readonly colour: 'active' | 'other'
      readonly step: 'login' | 'prepare'
      readonly upToMs: number
    }
  /** Answers announce and withdraw at random, like engines in the middle of an update. */
  | { readonly kind: 'contradict'; readonly at: number; readonly forMs: number }
  | { readonly kind: 'drop connections'; readonly at: number; readonly process: number }
  /** Every call of a step to one strategy has the same fault for a while. */
  | {
      readonly kind: 'misbehave'
      readonly at: number
      readonly forMs: number
      readonly colour: 'active' | 'other'
      readonly step: CallStep
      readonly fault: FaultName
      /** Only while new work does not belong there. */
      readonly whileIdle?: true
    }
  | { readonly kind: 'crash'; readonly at: number; readonly process: number; readonly restartAfterMs: number }
  | { readonly kind: 'pause'; readonly at: number; readonly process: number; readonly forMs: number }
  | { readonly kind: 'set wall clock'; readonly at: number; readonly process: number; readonly byMs: number }
  | { readonly kind: 'lose store'; readonly at: number; readonly process: number; readonly forMs: number }
  | {
      readonly kind: 'close'
      readonly at: number
      readonly process: number
      readonly connection: number
      readonly running: 'cancel' | 'drain'
    }

export type TimedDecision = OperationDecision | DeploymentDecision | MishapDecision
export type Decision = TimedDecision | FaultDecision

/** The proxies in front of a cluster. */
export interface ProxySettings {
  readonly count: number
  /** The delay of each proxy after the previous one for a step of a switch, in milliseconds. */
  readonly apartMs: number
  /** Whether each request may reach another proxy, or each connection. */
  readonly balance: 'request' | 'connection'
}

/** The settings of a whole run. */
export interface Settings {
  /** Whether there are events other than announced switches. Without them no query may fail, for any reason. */
  readonly faults: boolean
  readonly processes: number
  readonly connections: number
  /** Two: every other connection goes to a cluster without switches. */
  readonly clusters: 1 | 2
  readonly store: 'shared' | 'process'
  /** Whether the inactive deployment always accepts clients, and fast. */
  readonly standby?: true
  /**
   * Every other connection belongs to another user of the same cluster: one that stays on the other deployment, or one
   * that switches ahead of all others by this time, in milliseconds.
   */
  readonly otherUser?: { readonly kind: 'apart' } | { readonly kind: 'canary'; readonly aheadMs: number }
  /** The number of hosts the processes are spread over, which share nothing. @default 1 */
  readonly hosts?: number
  /** @default one, which follows each step of a switch at once */
  readonly proxies?: ProxySettings
  /** The range of a message's travel time in milliseconds; a few take much longer. */
  readonly tripMs: readonly [fastest: number, slowest: number]
  readonly options: ConnectOptions
}

/** The complete definition of a run. */
export interface Schedule {
  readonly seed: number
  readonly settings: Settings
  readonly decisions: readonly Decision[]
}

/** The default options of all connections in the simulation. Times are milliseconds. */
export const CONNECTION_LIMITS = {
  timeoutMs: 120_000,
  callTimeoutMs: 30_000,
  prepareTimeoutMs: 120_000,
  maxRetryAttempts: 5,
  strategyDetectionTimeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  autoResumeTimeoutMs: 60_000,
}

export type ConnectionLimits = Readonly<typeof CONNECTION_LIMITS>
