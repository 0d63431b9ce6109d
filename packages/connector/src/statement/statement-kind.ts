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

/** Statements that only read, provided that nothing in them writes or calls what may. */
const READING_WORDS: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES'])

/**
 * Words that make something change within a statement which begins as one that reads: a WITH before an INSERT, SELECT …
 * INTO, a row lock, a sequence that is drawn from. As a name of a column they are a false alarm, which costs a restart
 * that could have been, and nothing else.
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

/** First words by which statements are told apart in traces and measurements; there are few of them. */
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

/** The longest and the shortest of `WRITING_WORDS`, NEXT and TABLE among them. */
const LONGEST_WORD = 7
const SHORTEST_WORD = 4

/**
 * Whether a statement is a reading one: a SELECT, WITH or VALUES that changes nothing, and that calls no table function by
 * `TABLE(…)` and no function with a dotted name, which may do anything. Only such a statement is run again by itself after it was
 * cut off. What is not understood does not count as reading, nor do several statements.
 *
 * A statement that begins otherwise is known by its first word, however long it is.
 */
export function readsOnly(sql: string): boolean {
  return READING_WORDS.has(firstKeyword(sql)) && isHarmless(stripTrailingSemicolons(sql))
}

/** Whether a statement sets something in its session that no other session knows: SET, USE, or CREATE TEMPORARY. */
export function setsSessionState(sql: string): boolean {
  const words: string[] = []
  for (const token of sqlTokens(sql)) {
    if (!isSignificant(token)) continue
    words.push(wordOf(sql, token))
    if (words[0] !== 'CREATE' || words.length === MOST_WORDS) break
  }
  return SESSION_STATEMENT.test(words.join(' '))
}

/** The first words of such a statement, and how many they are at most. */
const SESSION_STATEMENT = /^(?:SET|USE|CREATE (?:OR REPLACE )?TEMP(?:ORARY)?)\b/
const MOST_WORDS = 4

/** The statement's first keyword, in upper case; `OTHER` for one that is not known. */
export function firstKeyword(sql: string): string {
  for (const token of sqlTokens(sql)) {
    if (!isSignificant(token) || isSymbol(sql, token, '(')) continue
    const word = wordOf(sql, token)
    return FIRST_WORDS.has(word) ? word : 'OTHER'
  }
  return 'OTHER'
}

/** What stands right before a place, as far as it matters to what follows. */
type Before = 'NEXT' | 'TABLE' | 'dot' | 'dotted name' | 'other'

const DOT = 46
const SEMICOLON = 59
const OPENING_PARENTHESIS = 40
/** What a literal, a quoted identifier or a comment may begin with. */
const QUOTING: ReadonlySet<number> = new Set(Array.from('\'"`-/', (character) => character.charCodeAt(0)))

/** Looks at each word once. Only words that can be keywords are cut out as strings. */
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
      // Text between dollar signs is a literal to some engines, and not to this dialect.
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
    // What is not closed may be read otherwise by the engine.
    if (end === UNCLOSED) return false
    if (end === at) before = code === DOT ? 'dot' : 'other'
    else if (!isCommentAt(sql, at)) before = before === 'dot' ? 'dotted name' : 'other'
    at = Math.max(end, at + 1)
  }
  return true
}

/** A word in upper case, if it is as long as one that counts. */
function keywordAt(sql: string, start: number, end: number): string {
  const length = end - start
  if (length < SHORTEST_WORD || length > LONGEST_WORD || isDigit(sql.charCodeAt(start))) return ''
  return sql.slice(start, end).toUpperCase()
}

function wordOf(sql: string, token: SqlToken): string {
  return token.kind === 'word' ? tokenText(sql, token).toUpperCase() : ''
}
