import { type SqlToken, sqlTokens } from './sql-tokens.ts'

/** A statement made ready for DuckDB, and what was seen on the way. */
export interface DuckDbStatement {
  sql: string
  /** Whether the last thing in the text, comments aside, is a semicolon, which the hosted engine does not take. */
  endsWithSemicolon: boolean
  /** Every keyword and unquoted identifier, in lower case. */
  words: ReadonlySet<string>
  /** Those of them that a parenthesis follows: the functions, among others. */
  calledWords: ReadonlySet<string>
}

/**
 * Translates a statement of the engine's dialect: string literals lose their backslash escapes, all else stays.
 * @throws SqlTextError for a statement with something unclosed in it.
 */
export function toDuckDb(statement: string): DuckDbStatement {
  const words = new Set<string>()
  const calledWords = new Set<string>()
  let sql = ''
  let last: SqlToken | undefined
  for (const token of sqlTokens(statement)) {
    if (token.kind === 'word') words.add(token.text.toLowerCase())
    if (token.kind !== 'comment' && token.kind !== 'space') {
      if (token.text === '(' && last?.kind === 'word') calledWords.add(last.text.toLowerCase())
      last = token
    }
    sql += token.kind === 'string' ? duckDbLiteral(token.value) : token.text
  }
  return { sql, endsWithSemicolon: last?.kind === 'semicolon', words, calledWords }
}

/** A string as a DuckDB literal. DuckDB reads statements up to the first NUL, so a NUL in a value is spelled as a call. */
export function duckDbLiteral(value: string): string {
  const parts = value.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`)
  return parts.length === 1 ? parts[0]! : `(${parts.join(' || chr(0) || ')})`
}

/** A name as a DuckDB identifier. */
export function duckDbIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
