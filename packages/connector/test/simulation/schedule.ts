import type { ConnectOptions } from '../../src/options/connect-options.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import type { CallStep, FaultName } from './faults.ts'

/** How a program reads a result, or what else it does. */
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

/** One thing that a program does. All times are milliseconds. */
export interface OperationDecision {
  readonly kind: 'operation'
  readonly at: number
  readonly id: number
  readonly process: number
  readonly connection: number
  readonly form: Form
  readonly rows: number
  readonly batches: number
  /** How long the engine takes to run the statement. */
  readonly executeMs: number
  /** How long the program thinks between two batches. */
  readonly pauseMs: number
  /** It stops reading after so many rows. */
  readonly leaveAfter?: number
  readonly giveUp?: { readonly by: 'signal' | 'timeout'; readonly afterMs: number }
}

/** One thing that goes wrong with one call: the `nth` of its step, of an operation or of a connection's logins. */
export interface FaultDecision {
  readonly kind: 'fault'
  readonly of: { readonly operation: number } | { readonly process: number; readonly connection: number }
  readonly step: CallStep
  readonly nth: number
  readonly fault: FaultName
}

/** A step of a deployment. One that does not fit the state which the deployment is in is passed over. */
export type DeploymentDecision =
  | { readonly kind: 'announce'; readonly at: number; readonly accepting: boolean }
  | { readonly kind: 'accept'; readonly at: number }
  | { readonly kind: 'cut over'; readonly at: number; readonly accepting: boolean }
  | { readonly kind: 'roll back'; readonly at: number }
  /** Once the draining deployment has no query left; without mercy after `patienceMs`, where given. */
  | { readonly kind: 'retire'; readonly at: number; readonly patienceMs?: number }

/** Mishaps of servers, networks and processes. */
export type MishapDecision =
  | {
      readonly kind: 'kill'
      readonly at: number
      readonly strategy: 'active' | 'other'
      readonly restartAfterMs: number
    }
  | { readonly kind: 'suspend'; readonly at: number; readonly resumeMs: number }
  | { readonly kind: 'expire sessions'; readonly at: number; readonly strategy: Strategy }
  /** A connection of a process carries nothing any more, until its client notices. */
  | {
      readonly kind: 'silence'
      readonly at: number
      readonly process: number
      readonly connection: number
      readonly forMs: number
    }
  /** A deployment answers logins and prepares, later by up to `upToMs`. */
  | {
      readonly kind: 'slow down'
      readonly at: number
      readonly forMs: number
      readonly strategy: 'active' | 'other'
      readonly step: 'login' | 'prepare'
      readonly upToMs: number
    }
  /** Answers announce, and take back, whatever they like: engines that are half updated. */
  | { readonly kind: 'contradict'; readonly at: number; readonly forMs: number }
  | { readonly kind: 'drop connections'; readonly at: number; readonly process: number }
  /** Every call of a step to one deployment meets the same fault for a while. */
  | {
      readonly kind: 'misbehave'
      readonly at: number
      readonly forMs: number
      readonly strategy: 'active' | 'other'
      readonly step: CallStep
      readonly fault: FaultName
      /** Only for as long as new work does not belong there. */
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

/** Proxies side by side in front of a cluster. */
export interface ProxySettings {
  readonly count: number
  /** How much later than the one before it each proxy routes by a step of a deployment, in milliseconds. */
  readonly apartMs: number
  /** Whether each request may meet another proxy, or each connection. */
  readonly balance: 'request' | 'connection'
}

/** What holds for a whole run. */
export interface Settings {
  /** Whether anything but announced switches happens. Where nothing does, no query may fail, for whatever reason. */
  readonly faults: boolean
  readonly processes: number
  readonly connections: number
  /** Two: every other connection goes to a cluster that is never deployed to. */
  readonly clusters: 1 | 2
  readonly store: 'shared' | 'process'
  /** Whether the inactive deployment always takes clients, without delay. */
  readonly standby?: true
  /**
   * Every other connection belongs to another user of the same cluster, who stays on the other deployment, or switches
   * this many milliseconds before the others.
   */
  readonly otherUser?: { readonly kind: 'apart' } | { readonly kind: 'canary'; readonly aheadMs: number }
  /** The processes are spread over so many, which share nothing. @default 1 */
  readonly hosts?: number
  /** @default one, which routes by each step of a deployment at once */
  readonly proxies?: ProxySettings
  /** A message takes from the first to the second of these, in milliseconds; a few take much longer. */
  readonly tripMs: readonly [fastest: number, slowest: number]
  readonly options: ConnectOptions
}

/** Everything that makes a run what it is. */
export interface Schedule {
  readonly seed: number
  readonly settings: Settings
  readonly decisions: readonly Decision[]
}

/**
 * What all connections of the simulation are opened with, unless their schedule says otherwise. Times are milliseconds.
 */
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
