import { UsageError } from '../errors.ts'
import { renderParameters, type StatementParameters, serverParameters } from './parameters.ts'
import type { BoundParameter } from './server-binding.ts'
import { refuseUnsendableText } from './sql-literal.ts'
import type { StatementDefaults } from './statement-context.ts'
import { firstKeyword, readsOnly, setsSessionState } from './statement-kind.ts'
import type { NameScope } from './statement-options.ts'
import { stripTrailingSemicolons } from './trailing-semicolons.ts'

/** A statement as it is sent to the engine. */
export interface Statement extends NameScope {
  readonly sql: string
  /** The SQL as the program wrote it; `sql` may have values in place of its placeholders. */
  readonly text: string
  /** The first keyword. */
  readonly keyword: string
  /** The values for the engine to bind; empty when they are literals in the SQL. */
  readonly bound: readonly BoundParameter[]
  /** Whether the statement can safely run twice. */
  readonly readsOnly: boolean
  /** Whether it sets state in its session that other sessions lack. */
  readonly setsSessionState: boolean
}

/**
 * Creates a statement from SQL and parameters.
 * @throws ParameterError when they do not match, or the SQL has characters that cannot be sent
 * @throws UsageError when the SQL is not a string
 */
export function makeStatement(
  text: string,
  params: StatementParameters | undefined,
  options: StatementDefaults,
): Statement {
  if (typeof text !== 'string') throw new UsageError('sql must be a string', { outcome: 'not-sent' })
  refuseUnsendableText(text, 'the statement')
  const bare = stripTrailingSemicolons(text)
  const { sql, params: bound } =
    options.binding === 'server' && params
      ? serverParameters(bare, params)
      : { sql: renderParameters(bare, params), params: [] }
  return {
    sql: options.queryTags ? `${tagComment(options.queryTags)}${sql}` : sql,
    text: bare,
    keyword: firstKeyword(bare),
    bound,
    readsOnly: options.readOnly ?? readsOnly(sql),
    setsSessionState: setsSessionState(bare),
    ...(options.catalog === undefined ? {} : { catalog: options.catalog }),
    ...(options.database === undefined ? {} : { database: options.database }),
  }
}

/** Returns the tags as a comment that their content cannot end. */
function tagComment(tags: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(tags).map((pair) => pair.map(encoded).join('='))
  return pairs.length > 0 ? `/* ${pairs.join(',').replaceAll('*', '%2A')} */ ` : ''
}

/** An unpaired surrogate becomes U+FFFD, as in UTF-8. */
function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
}
