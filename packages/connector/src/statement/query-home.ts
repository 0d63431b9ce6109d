import { DecodeError, E6dataError, type Outcome, QueryInterruptedError } from '../errors.ts'
import type { QueryHome, Repeatable } from '../session/recovery.ts'
import type { Deadline } from '../time/deadline.ts'
import { isHeaderValue } from '../transport/headers.ts'
import { CallFailure } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import type { Statement } from './statement.ts'
import type { StatementContext } from './statement-context.ts'

const method = engineMethods

/** How long the server may take to let go of a query, in milliseconds. */
const RELEASE_TIMEOUT_MS = 10_000

/**
 * The engine that prepared a query, as every call about it names it in a header.
 * @throws DecodeError when it can be in no header: then nothing can be asked about the query, nor can it be let go of
 */
export function engineAddress(engineIp: string, facts: { queryId: string; strategy: Strategy }): string {
  if (isHeaderValue(engineIp)) return engineIp
  throw new DecodeError(`the engine of query ${facts.queryId} has an address that is no text of a header`, facts)
}

/** The fields that every request about a query has. */
export interface HomeRequest {
  readonly sessionId: string
  readonly queryId: string
  readonly engineIP: string
}

/** Makes the request of a call about a query, for whichever session id is current when it is sent. */
export function homeRequest({ queryId, engineIp }: QueryHome): (sessionId: string) => HomeRequest {
  return (sessionId) => ({ sessionId, queryId, engineIP: engineIp })
}

/** Sends a call about a query to where it lives. */
export function callHome<Request extends object, Response extends object>(
  context: StatementContext,
  home: QueryHome,
  callMethod: UnaryMethod<Request, Response>,
  request: (sessionId: string) => Request,
  deadline: Deadline,
  repeatable: Repeatable = 'always',
): Promise<Response> {
  return context.recovery.callPinned(home, { method: callMethod, request, repeatable, deadline, watch: home.watch })
}

/**
 * Says in an error which query it was about, where the error does not know it; and, of a statement that was `executed`,
 * that it may have written, whatever befell the call that came after.
 */
export function identified(error: unknown, { queryId, session }: QueryHome, executed?: Statement): unknown {
  if (!(error instanceof E6dataError)) return error
  const mayHaveWritten = executed !== undefined && !executed.readsOnly
  return Object.assign(error, {
    ...(error.queryId === undefined ? { queryId, strategy: error.strategy ?? session.strategy } : {}),
    ...(mayHaveWritten ? { outcome: 'unknown' } : {}),
  })
}

/** The error for a query whose strategy serves it no longer. */
export function interruption(
  { events }: StatementContext,
  { queryId, session: { strategy } }: QueryHome,
  rowsDelivered: number,
  failure: CallFailure,
  outcome: Outcome = 'failed',
): QueryInterruptedError {
  events.emit('query:interrupted', { queryId, strategy, rowsDelivered })
  return new QueryInterruptedError(queryId, strategy, rowsDelivered, { outcome, cause: new Error(failure.message) })
}

/** The answer to a question about a query; when its strategy serves it no longer, that is the error. */
export async function orInterrupted<Answer>(
  context: StatementContext,
  home: QueryHome,
  rowsDelivered: number,
  answer: Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof CallFailure)) throw identified(error, home)
    throw interruption(context, home, rowsDelivered, error)
  }
}

/** Drops the pin of a query that is over: a boundary, at which an announced strategy is moved to (rule 1). */
export function forgetHome({ manager }: StatementContext, { queryId }: QueryHome): void {
  manager.cleanupQueryStrategy(queryId)
  manager.boundary()
}

/** Tells the server that a query is over. Never rejects: what can't be told, the server finds out by itself. */
export async function releaseHome(context: StatementContext, home: QueryHome, how: 'clear' | 'cancel'): Promise<void> {
  const { queryId, watch } = home
  const deadline = context.releaseDeadline(RELEASE_TIMEOUT_MS)
  // A suspended cluster holds no queries: waking it to be told so would be waste.
  const call = { request: homeRequest(home), repeatable: 'always', deadline, resumes: false, watch } as const
  try {
    await (how === 'clear'
      ? context.recovery.callPinned(home, { method: method.clearOrCancelQuery, ...call })
      : context.recovery.callPinned(home, { method: method.cancelQuery, ...call }))
  } catch (error) {
    context.logger.debug({ queryId, error: String(error) }, 'the server could not be told that a query is over')
  } finally {
    forgetHome(context, home)
  }
}
