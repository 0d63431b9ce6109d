import { ClusterSuspendedError, UsageError } from '../errors.ts'
import type { QueryHome } from '../session/recovery.ts'
import type { Deadline } from '../time/deadline.ts'
import { CallFailure } from '../transport/transport.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import { callHome, engineAddress, forgetHome, homeRequest, orInterrupted } from './query-home.ts'
import type { QueryStatus } from './running-query.ts'
import type { StatementContext } from './statement-context.ts'

const method = engineMethods

/**
 * Where a query lives that another cursor, thread or process of this host has begun. It is asked about with a session of
 * this connection's own, on the query's strategy: the sessions of others are not shared.
 */
function homeElsewhere(context: StatementContext, queryId: string): QueryHome {
  const pin = context.manager.queryPin(queryId)
  if (!pin) throw new UsageError(`no query ${queryId} is known on this host: it may have finished`, { queryId })
  const { strategy } = pin
  return { queryId, engineIp: engineAddress(pin.engineIp, { queryId, strategy }), session: context.sessionOn(strategy) }
}

export async function statusElsewhere(
  context: StatementContext,
  queryId: string,
  deadline: Deadline,
): Promise<QueryStatus> {
  const home = homeElsewhere(context, queryId)
  const answer = callHome(context, home, method.status, homeRequest(home), deadline)
  const { status, rowCount } = await orInterrupted(context, home, 0, answer)
  return { finished: status, rowCount }
}

/** Cancels a query on its own strategy. One whose strategy is gone is cancelled already, and so is one of a suspended cluster. */
export async function cancelElsewhere(context: StatementContext, queryId: string, deadline: Deadline): Promise<void> {
  const home = homeElsewhere(context, queryId)
  try {
    const call = { request: homeRequest(home), repeatable: 'always', deadline, resumes: false } as const
    await context.recovery.callPinned(home, { method: method.cancelQuery, ...call })
  } catch (error) {
    if (!(error instanceof CallFailure || error instanceof ClusterSuspendedError)) throw error
  }
  forgetHome(context, home)
}
