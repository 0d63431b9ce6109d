import type { Outcome } from '../errors.ts'
import type { OperationWatch } from '../observability/operation.ts'
import { ChunkDecoder } from '../result/decode-chunk.ts'
import { decodeResultMetadata } from '../result/result-metadata.ts'
import type { QueryHome } from '../session/recovery.ts'
import type { Deadline } from '../time/deadline.ts'
import { CallFailure } from '../transport/transport.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import { waitForPlanner } from './planner-queue.ts'
import {
  callHome,
  engineAddress,
  forgetHome,
  homeRequest,
  identified,
  interruption,
  releaseHome,
} from './query-home.ts'
import type { Statement } from './statement.ts'
import type { StatementContext, StatementDefaults } from './statement-context.ts'

const method = engineMethods

/** How far a query had got when its strategy turned it away. */
export type Stage = 'execute' | 'metadata' | 'fetch'

/** What is to be run, and how. */
export interface QueryPlan {
  readonly context: StatementContext
  readonly statement: Statement
  readonly options: StatementDefaults
}

/** Everything that starting a query needs, and starting it again. */
export interface WatchedPlan extends QueryPlan {
  readonly watch: OperationWatch
}

/** A query that has been executed. */
export interface StartedQuery {
  readonly home: QueryHome
  readonly decoder: ChunkDecoder
  readonly rowCount: bigint
  readonly restarts: number
}

/**
 * Prepares and executes a statement and reads what its result looks like; again, where rule 6 allows it, when the
 * strategy it was prepared on turns it away. `restarts` counts the times that has happened before.
 */
export async function startQuery(plan: WatchedPlan, deadline: Deadline, restarts: number): Promise<StartedQuery> {
  const { context, options, watch } = plan
  for (let again = restarts; ; again++) {
    const home = await prepare(plan, deadline)
    let stage: Stage = 'execute'
    try {
      await execute(plan, home, deadline)
      stage = 'metadata'
      const limit = deadline.within(options.callTimeoutMs, 'reading the result metadata')
      const answer = await callHome(context, home, method.getResultMetadata, homeRequest(home), limit)
      const { fields, rowCount } = decodeResultMetadata(answer.resultMetaData)
      watch.executed()
      return { home, decoder: new ChunkDecoder(fields, context.memory), rowCount, restarts: again }
    } catch (error) {
      if (!(error instanceof CallFailure)) {
        context.inBackground(releaseHome(context, home, 'cancel'))
        throw identified(error, home, stage === 'execute' ? undefined : plan.statement)
      }
      giveUpOrRestart(plan, home, stage, error, again)
    }
  }
}

async function prepare({ context, statement, options, watch }: WatchedPlan, deadline: Deadline): Promise<QueryHome> {
  const limit = deadline.within(options.prepareTimeoutMs, 'preparing the statement')
  const place = options.plannerQueue ? await waitForPlanner(context, statement, limit, watch) : {}
  const { sql: queryString, catalog, database: schema = '' } = statement
  const common = { queryString, schema, ...place }
  const { message, session } =
    catalog === undefined
      ? await context.recovery.callActive({
          method: method.prepareStatement,
          request: (sessionId) => ({ sessionId, ...common }),
          repeatable: 'always',
          deadline: limit,
          watch,
        })
      : await context.recovery.callActive({
          method: method.prepareStatementV2,
          request: (sessionId) => ({ sessionId, catalog, ...common }),
          repeatable: 'always',
          deadline: limit,
          watch,
        })
  const { queryId } = message
  const { strategy } = session
  watch.placed({ queryId, strategy })
  const engineIp = engineAddress(message.engineIP, { queryId, strategy })
  context.manager.registerQueryStrategy(queryId, strategy, engineIp)
  return { queryId, engineIp, session, watch }
}

async function execute({ context, statement, options }: QueryPlan, home: QueryHome, deadline: Deadline): Promise<void> {
  const where = homeRequest(home)
  const limit = deadline.within(options.callTimeoutMs, 'executing the statement')
  const shouldNotCache = !options.useResultCache
  if (statement.catalog === undefined && statement.bound.length === 0) {
    const request = (sessionId: string) => ({ ...where(sessionId), shouldNotCache })
    await callHome(context, home, method.executeStatement, request, limit, 'only when it reached no engine')
  } else {
    const params = statement.bound.map((parameter) => ({ ...parameter }))
    const request = (sessionId: string) => ({ ...where(sessionId), shouldNotCache, params })
    await callHome(context, home, method.executeStatementV2, request, limit, 'only when it reached no engine')
  }
}

/**
 * What rule 6 says when a query's strategy has turned it away: returns when the statement may be run again from the start.
 * @throws QueryInterruptedError when it may not
 */
export function giveUpOrRestart(
  plan: WatchedPlan,
  home: QueryHome,
  stage: Stage,
  failure: CallFailure,
  restarts: number,
  rowsDelivered = 0,
): void {
  const { context } = plan
  forgetHome(context, home)
  if (rowsDelivered > 0 || !mayRunAgain(plan, stage, failure, restarts)) {
    throw interruption(context, home, rowsDelivered, failure, interruptedOutcome(plan, stage, failure))
  }
  plan.watch.restarted(`strategy mismatch at ${stage}`)
}

function mayRunAgain(
  { statement, options }: QueryPlan,
  stage: Stage,
  { fault }: CallFailure,
  restarts: number,
): boolean {
  if (restarts + 1 >= options.maxRetryAttempts) return false
  // The proxy refused it before any engine saw it: nothing has run.
  if (stage === 'execute' && fault.from === 'proxy') return true
  return statement.readsOnly && (stage === 'execute' || options.restartUnreadQueries)
}

/** A statement that was executed and writes may have written, whatever became of its result. */
function interruptedOutcome({ statement }: QueryPlan, stage: Stage, { fault }: CallFailure): Outcome {
  if (stage === 'execute') return fault.outcome
  return statement.readsOnly ? 'failed' : 'unknown'
}
