import type { IncomingHttpHeaders } from 'node:http2'
import type { Fields } from './protobuf.ts'
import type { Query } from './query.ts'

export type Strategy = 'blue' | 'green'
export const STRATEGIES = ['blue', 'green'] as const satisfies readonly Strategy[]

/** The purpose of a call. Versions of one call are one step. */
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
  /** The value of the `strategy` header. */
  readonly strategy: Strategy | undefined
  readonly headers: IncomingHttpHeaders
  readonly fields: Fields
  /** The user of the login or of the session. */
  readonly user: string | undefined
  /** The query of the call, if the deployment knows it. */
  readonly query: Query | undefined
  /** The tag of the statement of the call. */
  readonly tag: string | undefined
  /** The number of its proxy. */
  readonly proxy: string
  /** The number of its connection, from 1. */
  readonly connection: number
  /** The number of the call among those of its step and strategy, from 1. */
  readonly nth: number
}
