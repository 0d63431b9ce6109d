import { QueryFailedError } from '../errors.ts'
import type { Statement } from './statement.ts'

const TRANSACTIONS = 'the engine has no transactions: each statement takes effect on its own'
const SETTINGS = 'the engine has no settings that a statement can change: use options such as `catalog` and `database`'

/** Features the engine lacks, by the first keyword of a statement that needs them. */
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

/** Adds the missing engine feature, if known, to the error of a rejected statement. */
export function explainMissingFeature(error: unknown, { keyword }: Pick<Statement, 'keyword'>): unknown {
  const feature = MISSING_FEATURES.get(keyword)
  if (feature === undefined || !(error instanceof QueryFailedError)) return error
  const { engineMessage, position, outcome, retryable, queryId, strategy, cause } = error
  const facts = { outcome, retryable, queryId, strategy, cause }
  return new QueryFailedError(engineMessage, position, facts, `${keyword}: ${feature} (${engineMessage})`)
}
