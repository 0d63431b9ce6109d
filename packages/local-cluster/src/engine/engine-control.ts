import type { TokensByUser } from './access-tokens.ts'
import type { QueryFacts } from './query.ts'
import type { Session } from './sessions.ts'

/** What `identifyPlanner` answers a statement that asks for its turn. */
export type PlannerQueueAnswer = 'GO_AHEAD' | 'WAITING_ON_PLANNER_SCALEUP' | 'RATE_LIMIT'

/** What the cluster asks of an engine, whether it runs in this process or in one of its own. */
export interface EngineControl {
  /** Sets the `new_strategy` of every answer from now on; `undefined` leaves it out. */
  announce(newStrategy: string | undefined): Promise<void>
  sessions(): Promise<Session[]>
  revokeSession(id: string): Promise<boolean>
  /** Makes the next answer to this session carry another session id. */
  renewSession(id: string): Promise<boolean>
  expireSessions(): Promise<void>
  queries(): Promise<QueryFacts[]>
  cancelQuery(id: string): Promise<boolean>
  cancelQueries(): Promise<void>
  setUsers(users: Readonly<Record<string, string>>): Promise<void>
  setAccessTokens(tokens: TokensByUser): Promise<void>
  /** What the next calls of `identifyPlanner` answer, in order; afterwards it is GO_AHEAD again. */
  setPlannerQueue(answers: readonly PlannerQueueAnswer[]): Promise<void>
  /** Ends every query and session. */
  stop(): Promise<void>
}
