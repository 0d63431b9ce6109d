import { type SqlToken, sqlTokens } from './sql-tokens.ts'

/** A statement in DuckDB's dialect, and facts about it. */
export interface DuckDbStatement {
  sql: string
  /** Whether the statement ends in a semicolon, comments aside, which the hosted engine refuses. */
  endsWithSemicolon: boolean
  /** Every keyword and unquoted identifier, in lower case. */
  words: ReadonlySet<string>
  /** Those words that a parenthesis follows, such as functions. */
  calledWords: ReadonlySet<string>
  /** The literals of timestamps with time zone, in order. */
  instants: readonly InstantLiteral[]
}

/** A `TIMESTAMP WITH TIME ZONE '…'` literal, by its position in the translated statement. */
export interface InstantLiteral {
  start: number
  end: number
  /** The literal's string, quoted for DuckDB. */
  text: string
  /** Its parameter number, if every such literal were a `?`; from 1. */
  asParameter: number
}

const INSTANT_WORDS = ['timestamp', 'with', 'time', 'zone'] as const

/**
 * Translates a statement of the engine's dialect: string literals lose their backslash escapes, and `//` comments,
 * which DuckDB lacks, become `--` comments. All else stays.
 * @throws SqlTextError for a statement with an unclosed token.
 */
export function toDuckDb(statement: string): DuckDbStatement {
  const words = new Set<string>()
  const calledWords = new Set<string>()
  const instants: InstantLiteral[] = []
  /** Start offsets of the last words that match INSTANT_WORDS. */
  let instantWords = 0
  let instantStart = 0
  let parameters = 0
  let sql = ''
  let last: SqlToken | undefined
  for (const token of sqlTokens(statement)) {
    const start = sql.length
    sql += duckDbText(token)
    if (token.kind === 'comment' || token.kind === 'space') continue
    const word = token.kind === 'word' ? token.text.toLowerCase() : undefined
    if (word !== undefined) words.add(word)
    if (token.text === '(' && last?.kind === 'word') calledWords.add(last.text.toLowerCase())
    if (token.text === '?') parameters += 1
    if (token.kind === 'string' && instantWords === INSTANT_WORDS.length) {
      const text = sql.slice(start)
      instants.push({ start: instantStart, end: sql.length, text, asParameter: parameters + instants.length + 1 })
    }
    if (word !== INSTANT_WORDS[instantWords]) instantWords = 0
    if (word === INSTANT_WORDS[instantWords]) {
      if (instantWords === 0) instantStart = start
      instantWords += 1
    }
    last = token
  }
  return { sql, endsWithSemicolon: last?.kind === 'semicolon', words, calledWords, instants }
}

function duckDbText(token: SqlToken): string {
  if (token.kind === 'string') return duckDbLiteral(token.value)
  return token.kind === 'comment' && token.text.startsWith('//') ? `--${token.text.slice(2)}` : token.text
}

/**
 * A string as a DuckDB literal. DuckDB reads statements up to the first NUL, so a NUL in a value is spelled as a call.
 */
export function duckDbLiteral(value: string): string {
  const parts = value.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`)
  return parts.length === 1 ? parts[0]! : `(${parts.join(' || chr(0) || ')})`
}

/** A name as a DuckDB identifier. */
export function duckDbIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
