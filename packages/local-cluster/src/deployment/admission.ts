import type { DeploymentState } from './deployment-state.ts'
import { isStrategy, type Strategy } from './strategy.ts'

/** Whether the cluster runs. */
export type Availability = 'active' | 'suspended' | 'resuming'

/** Whether a call starts new work or belongs to a running query. */
export type Work = 'new' | 'running'

/** The methods about an existing query, which a draining deployment still answers. */
const RUNNING_WORK: ReadonlySet<string> = new Set([
  'executeStatement',
  'executeStatementV2',
  'getResultMetadata',
  'getNextResultBatch',
  'getNextResultBatchV2',
  'getDynamicParams',
  'explain',
  'explainAnalyze',
  'status',
  'clear',
  'cancelQuery',
  'clearOrCancelQuery',
  'getNextRemoteCachedChunk',
  'projectionOnDataFrame',
  'aggregateOnDataFrame',
  'filterOnDataFrame',
  'orderByOnDataFrame',
  'limitOnDataFrame',
  'executeDataFrame',
  'dropUserContext',
])

export function workOf(method: string): Work {
  return RUNNING_WORK.has(method) ? 'running' : 'new'
}

export type Admission = { to: Strategy } | { refused: 'wrong strategy' | 'not available' }

/**
 * Decides where a call goes by its `strategy` header. Without one it goes to the active strategy. Any value but `blue`
 * and `green` (in lower case, as the proxy compares them) is refused like a deployment that does not serve.
 */
export function admit(
  header: string | undefined,
  work: Work,
  state: DeploymentState,
  availability: Availability,
): Admission {
  if (availability !== 'active') return { refused: 'not available' }
  const strategy = header ?? state.active
  if (!isStrategy(strategy) || !serves(strategy, work, state)) return { refused: 'wrong strategy' }
  return { to: strategy }
}

function serves(strategy: Strategy, work: Work, state: DeploymentState): boolean {
  switch (state.kind) {
    case 'stable':
      return strategy === state.active
    case 'announced':
      return strategy === state.active || state.accepting
    case 'cut-over':
      return strategy === state.active ? state.accepting : work === 'running'
    case 'rolled-back':
      return strategy === state.active || work === 'running'
  }
}
