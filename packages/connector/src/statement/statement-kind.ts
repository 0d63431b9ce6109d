import { endOfQuoted, isCommentAt, UNCLOSED } from './sql-places.ts'
import {
  endOfWord,
  isDigit,
  isSignificant,
  isSpace,
  isSymbol,
  isWordPart,
  type SqlToken,
  sqlTokens,
  tokenText,
} from './sql-tokens.ts'
import { stripTrailingSemicolons } from './trailing-semicolons.ts'

/** Statements that only read, unless they contain a write or a call that may write. */
const READING_WORDS: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES'])

/**
 * Words that write within a statement that begins like a read: a WITH before an INSERT, SELECT … INTO, a row lock, the
 * next value of a sequence. As a column name such a word is a false positive, whose only cost is that the statement is
 * not run again.
 */
const WRITING_WORDS: ReadonlySet<string> = new Set([
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'UPSERT',
  'INTO',
  'NEXTVAL',
  'SETVAL',
])

/** First keywords that identify statements in traces and metrics; the set is small. */
const FIRST_WORDS: ReadonlySet<string> = new Set([
  ...READING_WORDS,
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXPLAIN',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'CREATE',
  'ALTER',
  'DROP',
  'TRUNCATE',
  'ANALYZE',
  'REFRESH',
  'CALL',
  'SET',
  'RESET',
  'USE',
  'BEGIN',
  'START',
  'COMMIT',
  'END',
  'ROLLBACK',
  'ABORT',
  'SAVEPOINT',
])

/** The lengths of the longest and shortest word in `WRITING_WORDS`, including NEXT and TABLE. */
const LONGEST_WORD = 7
const SHORTEST_WORD = 4

/**
 * Returns whether a statement only reads: a SELECT, WITH or VALUES that changes nothing and calls neither a table
 * function with `TABLE(…)` nor a function with a dotted name, which could do anything. Only such statements are run
 * again automatically after they were cut off. Multiple statements, and statements that cannot be parsed, do not count
 * as reads.
 *
 * For other statements the first word decides, however long they are.
 */
export function readsOnly(sql: string): boolean {
  return READING_WORDS.has(firstKeyword(sql)) && isHarmless(stripTrailingSemicolons(sql))
}

/** Returns whether a statement sets state in its session that other sessions lack: SET, USE, or CREATE TEMPORARY. */
export function setsSessionState(sql: string): boolean {
  const words: string[] = []
  for (const token of sqlTokens(sql)) {
    if (!isSignificant(token)) continue
    words.push(wordOf(sql, token))
    if (words[0] !== 'CREATE' || words.length === MOST_WORDS) break
  }
  return SESSION_STATEMENT.test(words.join(' '))
}

/** The first words of such a statement, and their maximum number. */
const SESSION_STATEMENT = /^(?:SET|USE|CREATE (?:OR REPLACE )?TEMP(?:ORARY)?)\b/
const MOST_WORDS = 4

/** Returns the statement's first keyword in upper case; `OTHER` for an unknown one. */
export function firstKeyword(sql: string): string {
  for (const token of sqlTokens(sql)) {
    if (!isSignificant(token) || isSymbol(sql, token, '(')) continue
    const word = wordOf(sql, token)
    return FIRST_WORDS.has(word) ? word : 'OTHER'
  }
  return 'OTHER'
}

/** The token directly before a position, as far as it affects what follows. */
type Before = 'NEXT' | 'TABLE' | 'dot' | 'dotted name' | 'other'

const DOT = 46
const SEMICOLON = 59
const OPENING_PARENTHESIS = 40
/** The first character of a literal, a quoted identifier or a comment. */
const QUOTING: ReadonlySet<number> = new Set(Array.from('\'"`-/', (character) => character.charCodeAt(0)))

/** Examines each word once. Only possible keywords are cut out as strings. */
function isHarmless(sql: string): boolean {
  const hasDollar = sql.includes('$')
  let before: Before = 'other'
  let at = 0
  while (at < sql.length) {
    const code = sql.charCodeAt(at)
    if (isWordPart(code)) {
      const end = endOfWord(sql, at)
      const word = keywordAt(sql, at, end)
      if (WRITING_WORDS.has(word) || (word === 'VALUE' && before === 'NEXT')) return false
      // Some engines read text between dollar signs as a literal; this dialect does not.
      if (hasDollar && sql.slice(at, end).includes('$')) return false
      before = before === 'dot' && !isDigit(code) ? 'dotted name' : word === 'NEXT' || word === 'TABLE' ? word : 'other'
      at = end
      continue
    }
    if (isSpace(code)) {
      at += 1
      continue
    }
    if (code === SEMICOLON) return false
    if (code === OPENING_PARENTHESIS && (before === 'TABLE' || before === 'dotted name')) return false
    const end = QUOTING.has(code) ? endOfQuoted(sql, at) : at
    // The engine may read unclosed text differently.
    if (end === UNCLOSED) return false
    if (end === at) before = code === DOT ? 'dot' : 'other'
    else if (!isCommentAt(sql, at)) before = before === 'dot' ? 'dotted name' : 'other'
    at = Math.max(end, at + 1)
  }
  return true
}

/** Returns a word in upper case, if its length matches a relevant keyword. */
function keywordAt(sql: string, start: number, end: number): string {
  const length = end - start
  if (length < SHORTEST_WORD || length > LONGEST_WORD || isDigit(sql.charCodeAt(start))) return ''
  return sql.slice(start, end).toUpperCase()
}

function wordOf(sql: string, token: SqlToken): string {
  return token.kind === 'word' ? tokenText(sql, token).toUpperCase() : ''
}
