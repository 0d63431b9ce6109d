import type { CallRecord } from 'e6data-local-cluster'

/** Calls that come before there is a query, or that are about none. */
const ABOUT_NO_QUERY: ReadonlySet<string> = new Set([
  'authenticate',
  'prepareStatement',
  'prepareStatementV2',
  'getCataloges',
  'getSchemaNamesV2',
  'getTablesV2',
  'getColumnsV2',
  'dryRunV2',
  'status',
  'resume',
])

/** What a call lacks of the headers that the protocol asks for. */
export function missingHeaders({ service, method, queryId, strategy, clusterName, plannerIp }: CallRecord): string[] {
  const isAboutQuery = service === 'QueryEngineService' && (method === 'status' || !ABOUT_NO_QUERY.has(method))
  const missing: string[] = []
  if (strategy !== 'blue' && strategy !== 'green') missing.push(`${method} has strategy ${strategy}`)
  if (clusterName === undefined) missing.push(`${method} has no cluster-name`)
  // A cursor that has run nothing clears the query without a name when it is closed, and minds no answer.
  if (isAboutQuery && queryId !== undefined && plannerIp === undefined) missing.push(`${method} has no plannerip`)
  return missing
}
