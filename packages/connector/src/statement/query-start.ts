import { ClosedError, type Outcome, QueryInterruptedError, TimeoutError } from '../errors.ts'
import type { OperationWatch } from '../observability/operation.ts'
import { ChunkDecoder } from '../result/decode-chunk.ts'
import type { Field } from '../result/field.ts'
import { decodeResultMetadata } from '../result/result-metadata.ts'
import { rerunRule, type Stage } from '../session/call-rules.ts'
import type { EngineAnswer } from '../session/engine-call.ts'
import type { Deadline } from '../time/deadline.ts'
import { CallFailure } from '../transport/transport.ts'
import { otherStrategy, type Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import { explainMissingFeature } from './missing-feature.ts'
import { PinnedQuery } from './pinned-query.ts'
import { type PlannerPlace, waitForPlanner } from './planner-queue.ts'
import type { Statement } from './statement.ts'
import type { StatementContext, StatementDefaults } from './statement-context.ts'

const method = engineMethods

/** The time a rerun waits for the old run's cancellation, in milliseconds (rule 19). */
const CANCEL_MS = 1000

/** A response with a batch: its bytes, empty at the end of a result. */
export interface BatchAnswer {
  readonly resultBatch: Uint8Array
}

type PrepareAnswer = EngineAnswer<{ queryId: string; engineIP: string }>

/** A statement and how to run it. */
export interface QueryPlan {
  readonly context: StatementContext
  readonly statement: Statement
  readonly options: StatementDefaults
}

/** The input for starting a query, or starting it again. */
export interface WatchedPlan extends QueryPlan {
  readonly watch: OperationWatch
}

/** One run of a statement: an executed query. */
export interface QueryRun {
  readonly pin: PinnedQuery
  readonly decoder: ChunkDecoder
  /** The number of rows in the whole result, as promised by the metadata. */
  readonly rowCount: number
  /** The first batch, if it was requested together with the metadata. */
  firstBatch: Promise<BatchAnswer> | undefined
}

/** An interrupted run. */
export interface CutOffRun {
  readonly pin: PinnedQuery
  readonly stage: Stage
  readonly error: CallFailure
  readonly rowsHandedOver: number
}

/** Runs a statement, and runs it again where rules 6 and 19 allow that. Counts the reruns. */
export class QueryStarter {
  readonly #plan: WatchedPlan
  readonly #reruns = { maxRetryAttempts: 0, once: 0 }
  /** The columns that the program has seen: a rerun must have the same. */
  #shownFields: readonly Field[] | undefined

  constructor(plan: WatchedPlan) {
    this.#plan = plan
  }

  /** Records that the program has seen the columns of the result. */
  showed(fields: readonly Field[]): void {
    this.#shownFields ??= fields
  }

  /** Prepares and executes the statement, and reads the result metadata. */
  start(deadline: Deadline): Promise<QueryRun> {
    return this.#startOn(undefined, undefined, deadline)
  }

  /**
   * Runs the statement again after a run was cut off.
   * @throws the error for the program, when no rule allows it
   */
  async again(cutOff: CutOffRun, deadline: Deadline): Promise<QueryRun> {
    const first = await this.#prepareRerun(cutOff, deadline)
    return this.#startOn(first, cutOff.pin.strategy, deadline)
  }

  /** Records that the statement was served to its end: if by its first run, the streak of rejections ends (rule 6). */
  finished({ strategy }: PinnedQuery): void {
    const { manager } = this.#plan.context
    const isFirstRun = this.#reruns.maxRetryAttempts === 0 && this.#reruns.once === 0
    if (isFirstRun) manager.kept({ strategy, epoch: manager.epoch })
  }

  /** Returns whether an interrupted run may be repeated. */
  mayRunAgain(cutOff: Pick<CutOffRun, 'stage' | 'error' | 'rowsHandedOver'>): boolean {
    return this.#rule(cutOff) !== undefined
  }

  #rule({ stage, error, rowsHandedOver }: Pick<CutOffRun, 'stage' | 'error' | 'rowsHandedOver'>) {
    const { statement, options } = this.#plan
    const facts = { fault: error.fault, stage, reads: statement.readsOnly, rowsHandedOver, reruns: this.#reruns }
    return rerunRule(facts, options)
  }

  async #startOn(first: Strategy | undefined, refusedBy: Strategy | undefined, deadline: Deadline): Promise<QueryRun> {
    const { context, statement, watch } = this.#plan
    let ask = first
    let refused = refusedBy
    for (;;) {
      const pin = await this.#prepare(ask, deadline)
      let stage: Stage = 'execute'
      try {
        await this.#execute(pin, deadline)
        if (statement.setsSessionState) context.sessionState.keep(pin.session)
        stage = 'metadata'
        const run = await this.#describe(pin, deadline)
        watch.executed()
        this.#noteServedBy(pin, refused)
        return run
      } catch (error) {
        if (!(error instanceof CallFailure)) {
          context.inBackground(pin.release('cancel'))
          throw withOutcome(pin.identified(error), statement, stage)
        }
        const cutOff = { pin, stage, error, rowsHandedOver: 0 }
        ask = await this.#prepareRerun(cutOff, deadline)
        refused = error.fault.kind === 'strategy-mismatch' ? pin.strategy : refused
      }
    }
  }

  /** Releases the interrupted run. Returns the strategy that the next run tries first, if it is not the active one. */
  async #prepareRerun(cutOff: CutOffRun, deadline: Deadline): Promise<Strategy | undefined> {
    const { context, statement, watch } = this.#plan
    const { pin, stage, error, rowsHandedOver } = cutOff
    const rule = this.#rule(cutOff)
    const releasing = pin.release('cancel')
    context.inBackground(releasing)
    const isAllowed = rule !== undefined && (rule.most !== 'once' || context.rerunBudget.take())
    if (!isAllowed) throw pin.failure(error, rowsHandedOver, outcomeOf(cutOff, statement))
    this.#reruns[rule.most] += 1
    watch.restarted(`${error.fault.kind} at ${stage}`)
    if (rule.where === 'other') return otherStrategy(pin.strategy)
    const patience = deadline.within(CANCEL_MS, 'cancelling the interrupted run')
    await patience.race(releasing).catch(() => deadline.throwIfOver())
    return undefined
  }

  async #prepare(first: Strategy | undefined, deadline: Deadline): Promise<PinnedQuery> {
    const { context, statement, options, watch } = this.#plan
    if (statement.setsSessionState) context.sessionState.beginAnew()
    const limit = deadline.within(options.prepareTimeoutMs, 'preparing the statement')
    const place = options.plannerQueue ? await waitForPlanner(context, statement, limit, watch) : {}
    const answer = await this.#sendPrepare(place, first, limit).catch((error: unknown) => {
      throw explainMissingFeature(error, statement)
    })
    const pin = this.#pinned(answer)
    context.manager.registerQueryStrategy(pin.queryId, pin.strategy, pin.engineIp)
    return pin
  }

  #sendPrepare(place: PlannerPlace, first: Strategy | undefined, deadline: Deadline) {
    const { context, statement, watch } = this.#plan
    const { sql: queryString, catalog, database: schema = '' } = statement
    const common = { queryString, schema, ...place }
    const onGivenUp = (late: Promise<PrepareAnswer>) => context.inBackground(this.#releaseLate(late))
    const call = { kind: 'new-work', deadline, watch, first, onGivenUp } as const
    return catalog === undefined
      ? context.recovery.callActive({
          ...call,
          method: method.prepareStatement,
          request: (sessionId) => ({ sessionId, ...common }),
        })
      : context.recovery.callActive({
          ...call,
          method: method.prepareStatementV2,
          request: (sessionId) => ({ sessionId, catalog, ...common }),
        })
  }

  #pinned({ message, session }: PrepareAnswer): PinnedQuery {
    const { context, watch } = this.#plan
    const { queryId, engineIP: engineIp } = message
    watch.placed({ queryId, strategy: session.strategy })
    return new PinnedQuery(context, { queryId, engineIp, session, watch })
  }

  /** Releases a statement whose prepare was abandoned, so nothing stays on the engine. Never rejects. */
  async #releaseLate(late: Promise<PrepareAnswer>): Promise<void> {
    const { context } = this.#plan
    try {
      const { message, session } = await late
      const { queryId, engineIP: engineIp } = message
      await new PinnedQuery(context, { queryId, engineIp, session }).release('cancel')
    } catch (error) {
      context.logger.debug({ error: String(error) }, 'an abandoned statement was not prepared')
    }
  }

  async #execute(pin: PinnedQuery, deadline: Deadline): Promise<void> {
    const { statement, options } = this.#plan
    const limit = deadline.within(options.callTimeoutMs, 'executing the statement')
    const shouldNotCache = !options.useResultCache
    const call = { kind: 'once', deadline: limit, mayRunElsewhere: () => true } as const
    if (statement.catalog === undefined && statement.bound.length === 0) {
      const request = (sessionId: string) => ({ ...pin.request(sessionId), shouldNotCache })
      await pin.call(method.executeStatement, request, call)
    } else {
      const params = statement.bound.map((parameter) => ({ ...parameter }))
      const request = (sessionId: string) => ({ ...pin.request(sessionId), shouldNotCache, params })
      await pin.call(method.executeStatementV2, request, call)
    }
  }

  async #describe(pin: PinnedQuery, deadline: Deadline): Promise<QueryRun> {
    const { context, statement, options } = this.#plan
    const limit = deadline.within(options.callTimeoutMs, 'reading the result metadata')
    const mayRunElsewhere = () => statement.readsOnly && options.restartUnreadQueries
    const asked = pin.call(method.getResultMetadata, pin.request, {
      kind: 'question',
      deadline: limit,
      mayRunElsewhere,
    })
    const firstBatch = options.overlapMetadata ? fetchBatch(this.#plan, pin, { deadline, mayRunElsewhere }) : undefined
    // Its failure surfaces when the batch is read, or not at all if the metadata fails too.
    firstBatch?.catch(() => undefined)
    const { fields, rowCount } = decodeResultMetadata((await asked).resultMetaData)
    this.#refuseOtherColumns(pin, fields)
    return { pin, decoder: new ChunkDecoder(fields, context.memory), rowCount: Number(rowCount), firstBatch }
  }

  #refuseOtherColumns(pin: PinnedQuery, fields: readonly Field[]): void {
    const shown = this.#shownFields
    if (shown === undefined || sameColumns(shown, fields)) return
    const { queryId, strategy } = pin
    const cause = new Error('the columns of the new run differ from those the program has seen')
    throw new QueryInterruptedError(queryId, strategy, 0, { outcome: 'failed', cause })
  }

  /**
   * Switches new work after three consecutive statements were refused after prepare and served by the other strategy
   * (rule 6).
   */
  #noteServedBy({ strategy }: PinnedQuery, refused: Strategy | undefined): void {
    const { manager } = this.#plan.context
    const { epoch } = manager
    if (refused !== undefined && refused !== strategy) manager.strayed({ strategy: refused, epoch })
  }
}

/** Requests the next batch of a run. */
export function fetchBatch(
  { options }: QueryPlan,
  pin: PinnedQuery,
  {
    deadline,
    mayRunElsewhere,
    maxAnswerBytes,
  }: { deadline: Deadline; mayRunElsewhere: () => boolean; maxAnswerBytes?: number | undefined },
): Promise<BatchAnswer> {
  const limit = deadline.within(options.callTimeoutMs, 'fetching a batch')
  const call = { kind: 'once', deadline: limit, mayRunElsewhere, maxAnswerBytes } as const
  return pin.call(method.getNextResultBatch, pin.request, call)
}

/** The known effect of a statement whose run was cut off, for its error. */
export function outcomeOf(
  { stage, error }: { stage: Stage; error: Pick<CallFailure, 'fault'> },
  { readsOnly }: Pick<Statement, 'readsOnly'>,
): Outcome {
  const { outcome } = error.fault
  if (readsOnly) return stage === 'execute' && outcome === 'not-sent' ? outcome : 'failed' // A read changes nothing.
  return stage === 'execute' ? outcome : 'unknown'
}

/** An executed write may have taken effect, whatever error its next call failed with; a read has not. */
export function withOutcome(error: unknown, { readsOnly }: Statement, stage: Stage): unknown {
  if (!isOutcomeError(error) || error instanceof ClosedError) return error
  if (!readsOnly) return stage === 'execute' ? error : Object.assign(error, { outcome: 'unknown', retryable: false })
  if (error.outcome !== 'unknown') return error
  return Object.assign(error, { outcome: 'failed' }, error instanceof TimeoutError ? { retryable: true } : {})
}

function isOutcomeError(error: unknown): error is Error & { outcome: Outcome } {
  return error instanceof Error && 'outcome' in error
}

function sameColumns(left: readonly Field[], right: readonly Field[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, type }, at) => name === right[at]?.name && type === right[at]?.type)
  )
}
