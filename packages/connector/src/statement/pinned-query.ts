import { ClusterSuspendedError, DecodeError, E6dataError, type Outcome, QueryInterruptedError } from '../errors.ts'
import type { CallWatch } from '../observability/operation.ts'
import type { EngineCall, QueryPin } from '../session/engine-call.ts'
import { releaseLater } from '../session/later-release.ts'
import type { Session } from '../session/session.ts'
import type { Deadline } from '../time/deadline.ts'
import { faultError } from '../transport/fault-error.ts'
import { isHeaderValue } from '../transport/headers.ts'
import { CallFailure } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import type { StatementContext } from './statement-context.ts'

const method = engineMethods

/**
 * Timing of a release on the server (rule 12): the total time, the number of tries, the time per try and the first
 * pause. Times are in milliseconds.
 */
const RELEASE_TIMEOUT_MS = 10_000
const RELEASE_TRIES = 5
const RELEASE_TRY_MS = 2500
const RELEASE_PAUSE_MS = 100

/** The fields of every request about a query. */
export interface QueryRequest {
  readonly sessionId: string
  readonly queryId: string
  readonly engineIP: string
}

/** The location of a query: the triple that every call about it uses. */
export interface QueryPlace {
  readonly queryId: string
  readonly engineIp: string
  readonly session: Session
  readonly watch?: CallWatch | undefined
}

/** The options of a call about a query. */
export type PinnedCallOptions = Pick<
  EngineCall<object, object>,
  'kind' | 'deadline' | 'mayRunElsewhere' | 'maxAnswerBytes' | 'refusalPatienceMs' | 'connection'
>

/** A query on an engine, from prepare to clear, with the strategy, session and engine that prepared it. */
export class PinnedQuery implements QueryPin {
  readonly queryId: string
  readonly engineIp: string
  readonly session: Session
  isFailing = false
  refusedRepeats = 0
  readonly #context: StatementContext
  readonly #watch: CallWatch | undefined
  #released: Promise<void> | undefined

  /**
   * @throws DecodeError when the engine's address is not a valid header value, so no call about the query is possible
   */
  constructor(context: StatementContext, { queryId, engineIp, session, watch }: QueryPlace) {
    const { strategy } = session
    if (!isHeaderValue(engineIp)) {
      throw new DecodeError(`the engine of query ${queryId} has an address that is not a valid header value`, {
        queryId,
        strategy,
      })
    }
    this.#context = context
    this.#watch = watch
    this.queryId = queryId
    this.engineIp = engineIp
    this.session = session
  }

  get strategy(): Strategy {
    return this.session.strategy
  }

  /** The fields of a request about this query, with the current session id. */
  readonly request = (sessionId: string): QueryRequest => ({
    sessionId,
    queryId: this.queryId,
    engineIP: this.engineIp,
  })

  /**
   * Sends a call about this query.
   * @throws CallFailure when it fails; the statement may need to be run again
   */
  call<Request extends object, Response extends object>(
    callMethod: UnaryMethod<Request, Response>,
    request: (sessionId: string) => Request,
    options: PinnedCallOptions,
  ): Promise<Response> {
    return this.#context.recovery.callPinned(this, { method: callMethod, request, watch: this.#watch, ...options })
  }

  /**
   * Asks about this query, after `rowsDelivered` rows were handed over; `send` sends the request.
   * @throws QueryInterruptedError when its strategy no longer serves it
   */
  async ask<Answer>(
    send: (options: PinnedCallOptions) => Promise<Answer>,
    deadline: Deadline,
    rowsDelivered = 0,
  ): Promise<Answer> {
    try {
      return await send({ kind: 'question', deadline })
    } catch (error) {
      throw this.failure(error, rowsDelivered, 'failed')
    }
  }

  /** Returns the public error for a failed call about this query. */
  failure(error: unknown, rowsDelivered: number, outcome: Outcome): unknown {
    if (!(error instanceof CallFailure)) return this.identified(error)
    const { queryId, strategy } = this
    if (error.fault.kind !== 'strategy-mismatch') return faultError(error, { outcome, queryId, strategy })
    this.#context.events.emit('query:interrupted', { queryId, strategy, rowsDelivered })
    return new QueryInterruptedError(queryId, strategy, rowsDelivered, { outcome, cause: new Error(error.message) })
  }

  /** Adds this query's id to an error that has none. */
  identified(error: unknown): unknown {
    if (!(error instanceof E6dataError) || error.queryId !== undefined) return error
    return Object.assign(error, { queryId: this.queryId, strategy: error.strategy ?? this.strategy })
  }

  /**
   * Releases this query on the server, once; later calls wait for the first. Never rejects: a server that is gone or
   * has already dropped the query achieves the same. Where proxies refuse, a few more tries follow in the background.
   */
  release(how: 'clear' | 'cancel'): Promise<void> {
    this.#released ??= this.#release(how)
    return this.#released
  }

  /** Drops the pin. This is a query boundary, at which an announced strategy takes effect (rule 1). */
  forget(): void {
    const { manager } = this.#context
    manager.cleanupQueryStrategy(this.queryId, this)
    manager.boundary()
  }

  /**
   * Cancels this query on its engine, whichever connection started it.
   * @throws the error of the last try
   */
  async cancel(deadline: Deadline): Promise<void> {
    try {
      await this.#tellUntilHeard('cancel', deadline, isSuspended)
    } catch (error) {
      if (!isSuspended(error)) throw error // a suspended cluster runs no queries
    }
    this.forget()
  }

  async #release(how: 'clear' | 'cancel'): Promise<void> {
    try {
      const heard = await this.#tellUntilHeard(how, this.#context.releaseDeadline(RELEASE_TIMEOUT_MS))
      if (!heard) void releaseLater(this.#context.clock, (connection) => this.#tellLater(how, connection))
    } catch (error) {
      const facts = { queryId: this.queryId, error: String(error) }
      this.#context.logger.debug(facts, 'the server could not release a finished query')
    }
    this.forget()
  }

  /**
   * Repeats a clear or cancel, which are idempotent, with doubling pauses after any error. Returns `false` when proxies
   * refuse it: the query's deployment no longer serves it, or no proxy that was reached knows it.
   */
  async #tellUntilHeard(
    how: 'clear' | 'cancel',
    deadline: Deadline,
    isFinal: (error: unknown) => boolean = () => false,
  ): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#tell(how, { deadline: deadline.within(RELEASE_TRY_MS, 'releasing a query') })
        return true
      } catch (error) {
        if (isRefused(error)) return false
        if (tries === RELEASE_TRIES || isFinal(error) || deadline.isOver()) throw this.failure(error, 0, 'failed')
      }
      await deadline.sleep(RELEASE_PAUSE_MS * 2 ** tries)
    }
  }

  async #tellLater(how: 'clear' | 'cancel', connection: 'new' | undefined): Promise<void> {
    const deadline = this.#context.runningDeadline({ timeoutMs: RELEASE_TRY_MS }, 'releasing a query')
    await this.#tell(how, { deadline, refusalPatienceMs: 0, connection })
  }

  #tell(how: 'clear' | 'cancel', limits: Omit<PinnedCallOptions, 'kind'>): Promise<unknown> {
    const options = { kind: 'release', ...limits } as const
    return how === 'clear'
      ? this.call(method.clearOrCancelQuery, this.request, options)
      : this.call(method.cancelQuery, this.request, options)
  }
}

/** Returns whether the proxies that were reached report that the query's deployment no longer serves it. */
function isRefused(error: unknown): boolean {
  return error instanceof CallFailure && error.fault.kind === 'strategy-mismatch'
}

function isSuspended(error: unknown): boolean {
  if (error instanceof CallFailure) return error.fault.kind === 'cluster-suspended'
  return error instanceof ClusterSuspendedError
}
