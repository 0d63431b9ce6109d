import type { ConnectionEvents, EventHub } from '../observability/events.ts'
import type { Instruments } from '../observability/instruments.ts'
import type { Logger } from '../observability/logger.ts'
import type { WorkMemory } from '../result/work-memory.ts'
import type { Recovery } from '../session/recovery.ts'
import type { RerunBudget } from '../session/rerun-budget.ts'
import type { Session } from '../session/session.ts'
import type { SessionState } from '../session/session-state.ts'
import type { StrategyManager } from '../strategy/strategy-manager.ts'
import type { Clock } from '../time/clock.ts'
import type { CallLimits, Deadline } from '../time/deadline.ts'
import type { GrpcHeaderFields } from '../transport/headers.ts'
import type { Strategy } from '../types/strategy.ts'
import type { NameScope, ResultOptions, StatementNature, StatementOptions } from './statement-options.ts'

/** Statement options with every default filled in. */
export type StatementDefaults = NameScope &
  Required<Omit<StatementOptions, 'queryTags'>> &
  Pick<StatementOptions, 'queryTags'> &
  StatementNature &
  Required<ResultOptions> & {
    /** Bound of a whole query, in milliseconds; infinite when there is none. */
    readonly timeoutMs: number
    readonly restartUnreadQueries: boolean
    readonly maxRetryAttempts: number
    /** Whether another thread receives the messages, and hands them over. */
    readonly transportThread: boolean
  }

/** Where a program gives options of a statement. */
export type OptionDoor = 'query' | 'cursor' | 'execute'

/** Something a server holds for this connection until it is told that it is over. */
export interface Releasable {
  /** Never rejects. */
  release(how: 'clear' | 'cancel'): Promise<void>
}

/**
 * Judges the options that a program gives for one statement, and fills in `defaults`.
 * @throws OptionsError which names every fault, and the name that was probably meant
 */
export type ResolveStatementOptions = (
  given: unknown,
  door: OptionDoor,
  defaults: StatementDefaults,
  sql?: unknown,
) => StatementDefaults

/** What a connection lends to its statements. */
export interface StatementContext {
  readonly recovery: Recovery
  readonly manager: StrategyManager
  readonly events: EventHub<ConnectionEvents>
  /** Make who watches a query, or another operation. */
  readonly instruments: Instruments
  readonly logger: Logger
  readonly clock: Clock
  readonly defaults: StatementDefaults
  readonly resolveOptions: ResolveStatementOptions
  /** Bounds how many statements are run again after they were cut off. */
  readonly rerunBudget: RerunBudget
  /** What statements have set in this connection's session. */
  readonly sessionState: SessionState
  /** What is known of the row counts that this cluster's results promise. */
  readonly rowCounts: { areExact: boolean }
  readonly headerFields: Pick<GrpcHeaderFields, 'cluster' | 'clusterUuid'>
  /** Shared by the results of all queries. */
  readonly memory: WorkMemory
  /** The queries that hold something on a server; closing the connection ends them. */
  readonly running: Set<Releasable>
  /**
   * A deadline of this connection: closing it is one more reason to give up. Without `timeoutMs` only that bounds it.
   * @throws ClosedError once the connection is being closed
   */
  deadline(limits: CallLimits, what: string): Deadline
  /** A deadline for going on with a query that runs, which is possible also while closing waits for it. */
  runningDeadline(limits: CallLimits, what: string): Deadline
  /** A deadline for telling the server that a query is over, which closing the connection waits for. */
  releaseDeadline(timeoutMs: number): Deadline
  /** This connection's session on a strategy. Calls that are sent with it open it. */
  sessionOn(strategy: Strategy): Session
  /** Has work go on in the background; it must not reject, and closing the connection waits for it. */
  inBackground(work: Promise<void>): void
  /** The same, but waits for it: for at most a second, and not beyond `deadline`. */
  settle(work: Promise<void>, deadline?: Deadline): Promise<void>
  /** Closing the connection waits until the function that this returns is called. */
  holdOpen(): () => void
}
