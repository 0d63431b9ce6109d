import { E6dataError } from 'e6data-connector'
import type { IndependentServer } from '../independent-server/independent-server.ts'
import { check, type OracleRow } from '../independent-server/oracle.ts'
import type { Watched } from './scenario.ts'

/** Statements that the independent server understands: what they ask for is in a literal. */
export const select = (tag: string, rows = 35) => `SELECT 'tag=${tag} n=${rows}'`
export const insert = (tag: string) => `INSERT INTO written VALUES ('tag=${tag}')`

/** The outcome of a statement for its program. */
export type Ended =
  | { readonly kind: 'rows'; readonly fault: string | undefined; readonly strategy: string; readonly rows: number }
  | { readonly kind: 'error'; readonly error: Error; readonly outcome: string }

type QueryOptions = Parameters<Watched['it']['query']>[1]

/** Runs a SELECT by `query()` and judges its rows. */
export async function runSelect(client: Watched, tag: string, rows = 35, options?: QueryOptions): Promise<Ended> {
  return endOf(client, select(tag, rows), { rows, tag }, options)
}

/** Runs a statement by `query()` and judges its rows. */
export async function endOf(
  client: Watched,
  sql: string,
  expected: { rows: number; tag?: string },
  options?: QueryOptions,
): Promise<Ended> {
  try {
    const { rows, strategy } = await client.it.query<OracleRow>(sql, options)
    return { kind: 'rows', fault: check(rows, expected), strategy, rows: rows.length }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { kind: 'error', error, outcome: error instanceof E6dataError ? error.outcome : 'untyped' }
  }
}

/** Describes an outcome in one line. `ok` alone means that all rows were present. */
export function wordsFor(ended: Ended): string {
  if (ended.kind === 'error') return `${ended.error.name} (${ended.outcome}): ${ended.error.message.slice(0, 120)}`
  return ended.fault === undefined ? 'ok' : `wrong rows: ${ended.fault}`
}

/** The violations of a client, and what it left open. */
export function wrongsOf(server: IndependentServer): string[] {
  return [...server.engine.violations, ...server.openQueries().map(({ id, tag }) => `${id} of ${tag} is still open`)]
}

/**
 * Runs as many small statements as win back one run of a statement that was cut off: those draw on a bucket that ten
 * successful statements refill by one.
 */
export async function refillReruns(client: Watched): Promise<void> {
  for (let n = 0; n < 10; n++) await client.it.query('SELECT 1')
}
