import { QueryFailedError } from '../errors.ts'
import type { Statement } from './statement.ts'

const TRANSACTIONS = 'the engine has no transactions: each statement takes effect by itself'
const SETTINGS =
  'the engine has no settings that a statement changes: give `catalog`, `database` and other options instead'

/** What the engine lacks, by the first keyword of a statement that asks for it. */
const MISSING_FEATURES: ReadonlyMap<string, string> = new Map([
  ['BEGIN', TRANSACTIONS],
  ['START', TRANSACTIONS],
  ['COMMIT', TRANSACTIONS],
  ['END', TRANSACTIONS],
  ['ROLLBACK', TRANSACTIONS],
  ['ABORT', TRANSACTIONS],
  ['SAVEPOINT', TRANSACTIONS],
  ['SET', SETTINGS],
  ['RESET', SETTINGS],
  ['USE', SETTINGS],
])

/** Says in the error of a refused statement which feature the engine lacks, if that is known. */
export function explainMissingFeature(error: unknown, { keyword }: Pick<Statement, 'keyword'>): unknown {
  const feature = MISSING_FEATURES.get(keyword)
  if (feature === undefined || !(error instanceof QueryFailedError)) return error
  const { engineMessage, position, outcome, retryable, queryId, strategy, cause } = error
  const facts = { outcome, retryable, queryId, strategy, cause }
  return new QueryFailedError(engineMessage, position, facts, `${keyword}: ${feature} (${engineMessage})`)
}
