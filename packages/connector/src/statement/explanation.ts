import { DecodeError } from '../errors.ts'
import type { engineMethods } from '../wire-codec/engine-methods.ts'

type ExplainAnalyzeResponse = ReturnType<(typeof engineMethods)['explainAnalyze']['decode']>

/** How a query ran. Times are milliseconds; those the engine did not give are `undefined`. */
export interface QueryAnalysis {
  isCached: boolean
  parsingTimeMs: number
  queueingTimeMs: number
  totalQueryTimeMs: number | undefined
  /** The plan with its measurements, as the engine's JSON says it. */
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
    throw new DecodeError('the engine answered explain analyze with something else than JSON', { queryId, cause })
  }
}
