import { RateLimitedError } from '../errors.ts'
import type { CallWatch } from '../observability/operation.ts'
import type { Deadline } from '../time/deadline.ts'
import { engineMethods, QUEUE_MESSAGE } from '../wire-codec/engine-methods.ts'
import type { StatementContext } from './statement-context.ts'

/** The pause between two polls grows from the first to the longest, in milliseconds. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 1000

/** The planner assigned to a statement; prepare passes it on. */
export interface PlannerPlace {
  plannerIp?: string
  existingQuery?: { readonly queryId: string; readonly elapsedTimeMillis: bigint }
}

/**
 * Requests a planner from the planner queue and waits for it, on clusters whose planners scale with the load.
 * @throws RateLimitedError when the queue does not accept more statements for now
 */
export async function waitForPlanner(
  context: StatementContext,
  statement: { sql: string; catalog?: string | undefined; database?: string | undefined },
  deadline: Deadline,
  watch: CallWatch,
): Promise<PlannerPlace> {
  const payload = { schema: statement.database ?? '', catalog: statement.catalog ?? '', queryString: statement.sql }
  let existingQuery: PlannerPlace['existingQuery']
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const question = existingQuery ? { existingQuery } : { firstTimeRequestPayload: payload }
    const { message } = await context.recovery.callActive({
      method: engineMethods.identifyPlanner,
      request: (sessionId) => ({ sessionId, ...question }),
      kind: 'new-work',
      deadline,
      watch,
    })
    if (message.existingQuery) existingQuery = message.existingQuery
    switch (message.queueMessage) {
      case QUEUE_MESSAGE.goAhead:
        return {
          ...(message.plannerIp ? { plannerIp: message.plannerIp } : {}),
          ...(existingQuery ? { existingQuery } : {}),
        }
      case QUEUE_MESSAGE.rateLimit:
        throw new RateLimitedError('the planner queue is full: try again later', {
          outcome: 'not-sent',
          retryable: true,
          queryId: existingQuery?.queryId,
        })
      default:
        await deadline.sleep(pauseMs)
    }
  }
}
