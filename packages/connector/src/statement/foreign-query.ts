import { UsageError } from '../errors.ts'
import type { Deadline } from '../time/deadline.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import { PinnedQuery } from './pinned-query.ts'
import type { QueryStatus } from './running-query.ts'
import type { StatementContext } from './statement-context.ts'

const method = engineMethods

/**
 * A query that another cursor, thread, process or host started. Calls about it use a session of this connection on the
 * query's strategy, because sessions are not shared.
 */
async function queryElsewhere(context: StatementContext, queryId: string, deadline: Deadline): Promise<PinnedQuery> {
  const pin = await deadline.race(context.manager.findQuery(queryId))
  if (!pin) throw new UsageError(`query ${queryId} is not known; it may have finished`, { queryId })
  const { strategy, engineIp } = pin
  return new PinnedQuery(context, { queryId, engineIp, session: context.sessionOn(strategy) })
}

export async function statusElsewhere(
  context: StatementContext,
  queryId: string,
  deadline: Deadline,
): Promise<QueryStatus> {
  const query = await queryElsewhere(context, queryId, deadline)
  const { status, rowCount } = await query.ask((options) => query.call(method.status, query.request, options), deadline)
  return { finished: status, rowCount: Number(rowCount) }
}

/**
 * Cancels a query on its own strategy. A query whose strategy is gone, or whose cluster is suspended, is already
 * cancelled.
 */
export async function cancelElsewhere(context: StatementContext, queryId: string, deadline: Deadline): Promise<void> {
  const query = await queryElsewhere(context, queryId, deadline)
  return query.cancel(deadline)
}
