import { UsageError } from '../errors.ts'
import { renderParameters, type StatementParameters, serverParameters } from './parameters.ts'
import type { BoundParameter } from './server-binding.ts'
import { refuseUnsendableText } from './sql-literal.ts'
import type { StatementDefaults } from './statement-context.ts'
import { firstKeyword, readsOnly, setsSessionState } from './statement-kind.ts'
import type { NameScope } from './statement-options.ts'
import { stripTrailingSemicolons } from './trailing-semicolons.ts'

/** A statement as it goes to the engine. */
export interface Statement extends NameScope {
  readonly sql: string
  /** The text as the program wrote it: placeholders where `sql` may have values. */
  readonly text: string
  /** The first keyword. */
  readonly keyword: string
  /** Values for the engine to bind; empty when they stand in the text as literals. */
  readonly bound: readonly BoundParameter[]
  /** Whether running it twice is harmless. */
  readonly readsOnly: boolean
  /** Whether it sets something in its session that other sessions lack. */
  readonly setsSessionState: boolean
}

/**
 * Makes a statement of a text and its parameters.
 * @throws ParameterError when they don't fit, or the text holds what can't be sent as it is
 * @throws UsageError when it is no text
 */
export function makeStatement(
  text: string,
  params: StatementParameters | undefined,
  options: StatementDefaults,
): Statement {
  if (typeof text !== 'string') throw new UsageError('the statement has to be a text', { outcome: 'not-sent' })
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

/** Tags as a comment that nothing in them can end. */
function tagComment(tags: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(tags).map((pair) => pair.map(encoded).join('='))
  return pairs.length > 0 ? `/* ${pairs.join(',').replaceAll('*', '%2A')} */ ` : ''
}

/** Half a character, which a text may hold, becomes what it becomes in UTF-8: U+FFFD. */
function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
}
