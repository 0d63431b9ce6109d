import type { Strategy } from './call.ts'
import type { StatementFacts } from './statement-text.ts'

/** A statement on one deployment, from prepare until it is cleared. */
export interface Query extends StatementFacts {
  readonly id: string
  readonly sql: string
  readonly deployment: Strategy
  readonly user: string
  /** Another number for each query of the cluster, and part of every row. */
  readonly run: number
  /** The properties of the session that it was prepared in. */
  readonly properties: string
  executions: number
  /** Batches that were taken, the empty one at the end included. */
  fetches: number
  state: 'open' | 'cleared' | 'cancelled'
}
