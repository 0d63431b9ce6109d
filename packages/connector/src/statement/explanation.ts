import { DecodeError } from '../errors.ts'
import type { engineMethods } from '../wire-codec/engine-methods.ts'

type ExplainAnalyzeResponse = ReturnType<(typeof engineMethods)['explainAnalyze']['decode']>

/** The execution profile of a query. Times are in milliseconds; times the engine omitted are `undefined`. */
export interface QueryAnalysis {
  isCached: boolean
  parsingTimeMs: number
  queueingTimeMs: number
  totalQueryTimeMs: number | undefined
  /** The plan with its measurements, from the engine's JSON. */
  plan: unknown
}

/** @throws DecodeError when the engine's plan is not JSON */
export function readAnalysis(answer: ExplainAnalyzeResponse, queryId: string): QueryAnalysis {
  const plan = parsePlan(answer.explainAnalyze, queryId)
  const time = (key: string): number | undefined => {
    const value = typeof plan === 'object' && plan !== null ? Reflect.get(plan, key) : undefined
    return value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value)
  }
  return {
    isCached: answer.isCached,
    parsingTimeMs: time('parsingTime') ?? Number(answer.parsingTime),
    queueingTimeMs: time('executionQueueingTime') ?? Number(answer.queueingTime),
    totalQueryTimeMs: time('total_query_time'),
    plan,
  }
}

function parsePlan(text: string, queryId: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DecodeError('the engine returned explain analyze output that is not JSON', { queryId, cause })
  }
}
