import type { TokensByUser } from './access-tokens.ts'
import type { QueryFacts } from './query.ts'
import type { Session } from './sessions.ts'

/** An answer of `identifyPlanner` to a statement that waits for its turn. */
export type PlannerQueueAnswer = 'GO_AHEAD' | 'WAITING_ON_PLANNER_SCALEUP' | 'RATE_LIMIT'

/** The cluster's requests to an engine, in this process or its own. */
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
  /** Sets the next answers of `identifyPlanner`, in order; later ones are GO_AHEAD. */
  setPlannerQueue(answers: readonly PlannerQueueAnswer[]): Promise<void>
  /** Ends every query and session. */
  stop(): Promise<void>
}
