import type { Colour } from './colour.ts'
import { isColour } from './colour.ts'
import type { DeploymentState } from './deployment-state.ts'

/** Whether the cluster runs at all. */
export type Availability = 'active' | 'suspended' | 'resuming'

/** Whether a call begins something or goes on with it. */
export type Work = 'new' | 'running'

/** The methods about a query that exists already, so that a draining deployment still answers them. */
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

export type Admission = { to: Colour } | { refused: 'wrong strategy' | 'not available' }

/**
 * Where a call goes. Without a `strategy` header it goes to the active colour; any value but `blue` and `green`, in
 * lower case as the proxy compares them, belongs to no deployment and is refused like a colour that does not serve.
 */
export function admit(
  strategy: string | undefined,
  work: Work,
  state: DeploymentState,
  availability: Availability,
): Admission {
  if (availability !== 'active') return { refused: 'not available' }
  const colour = strategy ?? state.active
  if (!isColour(colour) || !serves(colour, work, state)) return { refused: 'wrong strategy' }
  return { to: colour }
}

function serves(colour: Colour, work: Work, state: DeploymentState): boolean {
  switch (state.kind) {
    case 'stable':
      return colour === state.active
    case 'announced':
      return colour === state.active || state.accepting
    case 'cut-over':
      return colour === state.active ? state.accepting : work === 'running'
    case 'rolled-back':
      return colour === state.active || work === 'running'
  }
}
