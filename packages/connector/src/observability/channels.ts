import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { Strategy } from '../types/strategy.ts'
import type {
  Operation,
  OperationEnd,
  OperationObserver,
  OperationOutcome,
  OperationWatch,
  QueryPlace,
  ServerAddress,
} from './operation.ts'

/**
 * The message for subscribers of `tracing:e6data:query:*`: one object per query, filled in over time. `start` is
 * published before anything is sent, `end` after the synchronous part, `asyncEnd` when the query is over on the server,
 * and `error` before that if it failed.
 */
export interface QueryTraceContext {
  /** The statement's first keyword. */
  readonly operation: string
  readonly catalog: string | undefined
  readonly database: string | undefined
  readonly server: ServerAddress
  /** The statement as the program wrote it; only with `telemetry.captureText`. */
  readonly text: string | undefined
  queryId: string | undefined
  strategy: Strategy | undefined
  restarts: number
  rows: number
  bytes: number
  timeToFirstRowMs: number | undefined
  /** The outcome, and the duration in milliseconds; `undefined` until the query ends. */
  outcome: OperationOutcome | undefined
  durationMs: number | undefined
  /** The error that the program receives, including the engine's message. */
  error?: unknown
}

/** The message for subscribers of `tracing:e6data:call:*`: one object for each try of a call. */
export interface CallTraceContext {
  readonly service: string
  readonly method: string
  readonly server: ServerAddress
  /** The strategy that the call was sent to. */
  readonly strategy: string | undefined
  readonly queryId: string | undefined
  durationMs: number | undefined
  error?: unknown
}

/** The name to pass to `tracingChannel` for queries. */
export const QUERY_CHANNEL = 'e6data:query'

/** The name to pass to `tracingChannel` for calls. */
export const CALL_CHANNEL = 'e6data:call'

const queries = tracingChannel<unknown, QueryTraceContext>(QUERY_CHANNEL)
const calls = tracingChannel<unknown, CallTraceContext>(CALL_CHANNEL)

/** The equivalent of `TracingChannel.hasSubscribers`, which exists from Node 20.13 on. */
function isWatched<Context extends object>(channel: TracingChannel<unknown, Context>): boolean {
  const { start, end, asyncStart, asyncEnd, error } = channel
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  )
}

export const queriesAreTraced = (): boolean => isWatched(queries)

export const callsAreTraced = (): boolean => isWatched(calls)

/** Publishes one query to the subscribers of the channel. */
export class QueryTrace implements OperationObserver {
  readonly #context: QueryTraceContext

  constructor({ name, catalog, database, text }: Operation, server: ServerAddress) {
    this.#context = {
      operation: name,
      catalog,
      database,
      server,
      text,
      queryId: undefined,
      strategy: undefined,
      restarts: 0,
      rows: 0,
      bytes: 0,
      timeToFirstRowMs: undefined,
      outcome: undefined,
      durationMs: undefined,
    }
  }

  enter<Result>(_: OperationWatch, begin: () => Result): Result {
    const result = queries.start.runStores(this.#context, begin)
    queries.end.publish(this.#context)
    return result
  }

  placed(_: OperationWatch, place: QueryPlace): void {
    Object.assign(this.#context, place)
  }

  ended(
    { restarts, rows, bytes, timeToFirstRowMs }: OperationWatch,
    { outcome, durationMs, error }: OperationEnd,
  ): void {
    const context = Object.assign(this.#context, { restarts, rows, bytes, timeToFirstRowMs, outcome, durationMs })
    settle(queries, context, error)
  }
}

/** The facts of a call that are known before it is sent. */
export type CallTraceStart = Omit<CallTraceContext, 'durationMs' | 'error'>

/**
 * Makes a call and publishes it to the subscribers of its channel.
 * @param explain converts the error of the call to the error that subscribers see
 */
export async function traceCall<Answer>(
  facts: CallTraceStart,
  call: () => Promise<Answer>,
  now: () => number,
  explain: (error: unknown) => unknown,
): Promise<Answer> {
  const context: CallTraceContext = { ...facts, durationMs: undefined }
  const startedAt = now()
  const settled = (error?: unknown) => {
    context.durationMs = now() - startedAt
    settle(calls, context, error)
  }
  const answer = calls.start.runStores(context, call)
  calls.end.publish(context)
  try {
    const value = await answer
    settled()
    return value
  } catch (error) {
    settled(explain(error))
    throw error
  }
}

function settle<Context extends { error?: unknown }>(
  channel: TracingChannel<unknown, Context>,
  context: Context,
  error: unknown,
): void {
  if (error !== undefined) {
    context.error = error
    channel.error.publish(context)
  }
  channel.asyncStart.publish(context)
  channel.asyncEnd.publish(context)
}
