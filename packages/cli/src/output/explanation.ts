import type { CallOptions, Connection, QueryAnalysis, StatementParameters } from 'e6data-connector'
import { renderParameters } from 'e6data-connector/wire'
import { printableLines } from '../printable.ts'
import { durationText } from './amounts.ts'

export interface ExplanationRequest {
  readonly sql: string
  readonly params?: StatementParameters | undefined
  /** The plan without running the statement, or measurements of a run. */
  readonly how: 'plan' | 'analyze'
  readonly limits: CallOptions
}

/** Explains a statement. Returns a string that ends with a line break. */
export async function explainStatement(
  connection: Connection,
  { sql, params, how, limits }: ExplanationRequest,
): Promise<string> {
  if (how === 'plan') return ended(await connection.dryRun(renderParameters(sql, params), limits))
  await using cursor = connection.cursor()
  await cursor.execute(sql, params, limits)
  let rows = 0
  for await (const batch of cursor.fetchBatches(limits)) rows += batch.length
  return analysisText(await cursor.explainAnalyze(limits), rows)
}

function analysisText(
  { isCached, parsingTimeMs, queueingTimeMs, totalQueryTimeMs, plan }: QueryAnalysis,
  rows: number,
): string {
  const facts: [string, string | undefined][] = [
    ['rows', String(rows)],
    ['from cache', isCached ? 'yes' : 'no'],
    ['parsing', durationText(parsingTimeMs)],
    ['queueing', durationText(queueingTimeMs)],
    ['in all', totalQueryTimeMs === undefined ? undefined : durationText(totalQueryTimeMs)],
  ]
  const lines = facts.filter(([, value]) => value !== undefined).map(([name, value]) => `${name.padEnd(10)}  ${value}`)
  return ended([...lines, ...(plan === undefined ? [] : ['', JSON.stringify(plan, undefined, 2)])].join('\n'))
}

function ended(text: string): string {
  return `${printableLines(text).trimEnd()}\n`
}
