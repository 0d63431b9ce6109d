import type { IncomingHttpHeaders } from 'node:http2'
import type { Fields } from './protobuf.ts'
import type { Query } from './query.ts'

export type Strategy = 'blue' | 'green'
export const STRATEGIES = ['blue', 'green'] as const satisfies readonly Strategy[]

/** What a call is for. Versions of one call are one step. */
export type Step =
  | 'login'
  | 'prepare'
  | 'execute'
  | 'metadata'
  | 'fetch'
  | 'clear'
  | 'cancel'
  | 'status'
  | 'explain'
  | 'catalog'
  | 'properties'
  | 'planner'
  | 'health'
  | 'cluster'
  | 'other'

const STEPS: Readonly<Record<string, Step>> = {
  authenticate: 'login',
  identifyPlanner: 'planner',
  prepareStatement: 'prepare',
  prepareStatementV2: 'prepare',
  executeStatement: 'execute',
  executeStatementV2: 'execute',
  getResultMetadata: 'metadata',
  getNextResultBatch: 'fetch',
  clear: 'clear',
  clearOrCancelQuery: 'clear',
  cancelQuery: 'cancel',
  status: 'status',
  explain: 'explain',
  explainAnalyze: 'explain',
  setProps: 'properties',
  healthCheck: 'health',
  getCataloges: 'catalog',
  getSchemaNames: 'catalog',
  getSchemaNamesV2: 'catalog',
  getTables: 'catalog',
  getTablesV2: 'catalog',
  getColumns: 'catalog',
  getColumnsV2: 'catalog',
}

export const stepOf = (service: string, method: string): Step =>
  service === 'ClusterService' ? 'cluster' : (STEPS[method] ?? 'other')

/** One request, as a hook sees it. */
export interface Call {
  readonly service: string
  readonly method: string
  readonly step: Step
  /** What the `strategy` header says. */
  readonly strategy: Strategy | undefined
  readonly headers: IncomingHttpHeaders
  readonly fields: Fields
  /** Who logs in, or whose session it is. */
  readonly user: string | undefined
  /** The query it is about, if the deployment knows that. */
  readonly query: Query | undefined
  /** The tag of the statement that it is about. */
  readonly tag: string | undefined
  /** Which proxy it met. */
  readonly proxy: string
  /** The number of the connection it came by, from 1. */
  readonly connection: number
  /** The how-many-eth call of this step on this strategy it is, from 1. */
  readonly nth: number
}
