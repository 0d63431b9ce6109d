import { RpcError } from '../grpc/rpc-error.ts'
import { singleHeader, type UnaryCall } from '../grpc/unary-server.ts'
import type { EngineParts } from './engine.ts'
import type { Query } from './query.ts'
import type { Session } from './sessions.ts'

/** The session id and the announcement, which most answers carry with their payload. */
export function answerTo(parts: EngineParts, session: Session): { sessionId: string; newStrategy?: string } {
  return { sessionId: parts.sessions.idToAnswer(session), ...parts.announcement.fields }
}

/** Calls about a query must name the engine that prepared it: the hosted proxy routes by that header. */
export function requireThisEngine(parts: EngineParts, call: UnaryCall): void {
  const plannerIp = singleHeader(call.headers.plannerip)
  if (plannerIp === parts.engineIp) return
  const named = plannerIp === undefined ? 'no plannerip header' : `plannerip ${plannerIp.slice(0, 80)}`
  throw new RpcError('failedPrecondition', `${call.method} has ${named}, but this engine is ${parts.engineIp}`)
}

/**
 * The query a call is about.
 * @throws RpcError `Access denied`, a wrong `plannerip`, or an unknown query.
 */
export function requireQuery(
  parts: EngineParts,
  request: { sessionId: string; queryId: string },
  call: UnaryCall,
): { session: Session; query: Query } {
  const session = parts.sessions.require(request.sessionId)
  requireThisEngine(parts, call)
  const query = parts.queries.require(request.queryId)
  // A renewed session has another id, so a query belongs to its user rather than to the session it began in.
  if (query.owner.user !== session.user)
    throw new RpcError('internal', 'Access denied: the query belongs to another user')
  return { session, query }
}
