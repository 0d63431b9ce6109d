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
import type { CallOptions, Deadline } from '../time/deadline.ts'
import type { GrpcHeaderFields } from '../transport/headers.ts'
import type { Strategy } from '../types/strategy.ts'
import type { NameScope, ResultOptions, StatementNature, StatementOptions } from './statement-options.ts'

/** Statement options with every default filled in. */
export type StatementDefaults = NameScope &
  Required<Omit<StatementOptions, 'queryTags'>> &
  Pick<StatementOptions, 'queryTags'> &
  StatementNature &
  Required<ResultOptions> & {
    /** The time limit of a whole query, in milliseconds; infinite when there is none. */
    readonly timeoutMs: number
    readonly restartUnreadQueries: boolean
    readonly maxRetryAttempts: number
    /** Whether another thread receives the messages and transfers them. */
    readonly transportThread: boolean
  }

/** The method that receives options of a statement. */
export type OptionDoor = 'query' | 'cursor' | 'execute'

/** A resource that a server holds for this connection until it is released. */
export interface Releasable {
  /** Never rejects. */
  release(how: 'clear' | 'cancel'): Promise<void>
}

/**
 * Validates a program's options for one statement, and adds `defaults`.
 * @throws OptionsError that lists every fault, and suggests the intended name
 */
export type ResolveStatementOptions = (
  given: unknown,
  door: OptionDoor,
  defaults: StatementDefaults,
  sql?: unknown,
) => StatementDefaults

/** The services that a connection provides to its statements. */
export interface StatementContext {
  readonly recovery: Recovery
  readonly manager: StrategyManager
  readonly events: EventHub<ConnectionEvents>
  /** Creates the observers of queries and other operations. */
  readonly instruments: Instruments
  readonly logger: Logger
  readonly clock: Clock
  readonly defaults: StatementDefaults
  readonly resolveOptions: ResolveStatementOptions
  /** Limits how many interrupted statements are run again. */
  readonly rerunBudget: RerunBudget
  /** State that statements have set in this connection's session. */
  readonly sessionState: SessionState
  /** Whether this cluster's results have matched their promised row counts. */
  readonly rowCounts: { areExact: boolean }
  readonly headerFields: Pick<GrpcHeaderFields, 'cluster' | 'clusterUuid'>
  /** Shared by the results of all queries. */
  readonly memory: WorkMemory
  /** The queries that hold resources on a server; closing the connection ends them. */
  readonly running: Set<Releasable>
  /**
   * Creates a deadline that also ends when the connection closes. Without `timeoutMs` only closing bounds it.
   * @throws ClosedError once the connection is closing
   */
  deadline(limits: CallOptions, what: string): Deadline
  /** Creates a deadline for continuing a running query, which is possible while `close()` waits for it. */
  runningDeadline(limits: CallOptions, what: string): Deadline
  /** Creates a deadline for a release on the server, which `close()` waits for. */
  releaseDeadline(timeoutMs: number): Deadline
  /** Returns this connection's session on a strategy. The first call with it opens it. */
  sessionOn(strategy: Strategy): Session
  /** Continues work in the background. It must not reject, and closing the connection waits for it. */
  inBackground(work: Promise<void>): void
  /** Continues work in the background, but waits for it for at most a second, and not beyond `deadline`. */
  settle(work: Promise<void>, deadline?: Deadline): Promise<void>
  /** Keeps the connection open until the returned function is called. */
  holdOpen(): () => void
}
