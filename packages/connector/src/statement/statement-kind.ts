import { endOfQuoted, isCommentAt, UNCLOSED } from './sql-places.ts'
import {
  isDigit,
  isSignificant,
  isSpace,
  isSymbol,
  isWordPart,
  type SqlToken,
  sqlTokens,
  tokenText,
} from './sql-tokens.ts'

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
  return READING_WORDS.has(firstKeyword(sql)) && isHarmless(sql)
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

/** The class of a character. Tables of bytes, because every character of a long statement is looked up. */
const OTHER = 0
const SPACE = 1
const WORD = 2
const QUOTING = 3
const DOT = 4
const SEMICOLON = 5
const OPENING_PARENTHESIS = 6

const ASCII_END = 128
const BEGINNINGS = beginningTable()

/** The first letters of relevant keywords, in either case. Most words are not cut out as strings. */
const INITIALS = initialTable()

/** Examines each character once. Only possible keywords are cut out as strings. */
function isHarmless(sql: string): boolean {
  const { length } = sql
  const hasDollar = sql.includes('$')
  let before: Before = 'other'
  for (let at = 0; at < length; ) {
    const code = sql.charCodeAt(at)
    const beginning = beginningOf(code)
    switch (beginning) {
      case SPACE:
        at += 1
        break
      case WORD: {
        const end = endOfWordFrom(sql, at + 1)
        const word = keywordAt(sql, at, end)
        if (word !== '' && (WRITING_WORDS.has(word) || (word === 'VALUE' && before === 'NEXT'))) return false
        // Some engines read text between dollar signs as a literal; this dialect does not.
        if (hasDollar && sql.slice(at, end).includes('$')) return false
        before =
          before === 'dot' && !isDigit(code) ? 'dotted name' : word === 'NEXT' || word === 'TABLE' ? word : 'other'
        at = end
        break
      }
      case QUOTING: {
        const end = endOfQuoted(sql, at)
        // The engine may read unclosed text differently.
        if (end === UNCLOSED) return false
        if (end === at) before = 'other'
        else if (!isCommentAt(sql, at)) before = before === 'dot' ? 'dotted name' : 'other'
        at = Math.max(end, at + 1)
        break
      }
      case SEMICOLON:
        return isEnd(sql, at)
      case OPENING_PARENTHESIS:
        if (before === 'TABLE' || before === 'dotted name') return false
        before = 'other'
        at += 1
        break
      case DOT:
        before = 'dot'
        at += 1
        break
      default:
        before = 'other'
        at += 1
    }
  }
  return true
}

/** Returns whether only semicolons, space and closed comments follow a place. */
function isEnd(sql: string, from: number): boolean {
  for (let at = from; at < sql.length; ) {
    const beginning = beginningOf(sql.charCodeAt(at))
    if (beginning === SPACE || beginning === SEMICOLON) {
      at += 1
      continue
    }
    const end = isCommentAt(sql, at) ? endOfQuoted(sql, at) : UNCLOSED
    if (end === UNCLOSED) return false
    at = end
  }
  return true
}

function beginningTable(): Uint8Array {
  const table = new Uint8Array(ASCII_END).fill(OTHER)
  for (let code = 0; code < ASCII_END; code++) {
    if (isWordPart(code)) table[code] = WORD
    else if (isSpace(code)) table[code] = SPACE
  }
  for (const [characters, beginning] of [
    ['\'"`-/', QUOTING],
    ['.', DOT],
    [';', SEMICOLON],
    ['(', OPENING_PARENTHESIS],
  ] as const) {
    for (const character of characters) table[character.charCodeAt(0)] = beginning
  }
  return table
}

function initialTable(): Uint8Array {
  const table = new Uint8Array(ASCII_END)
  for (const word of [...WRITING_WORDS, 'NEXT', 'TABLE', 'VALUE']) {
    table[word.charCodeAt(0)] = 1
    table[word.toLowerCase().charCodeAt(0)] = 1
  }
  return table
}

function beginningOf(code: number): number {
  if (code < ASCII_END) return BEGINNINGS[code]!
  return isSpace(code) ? SPACE : WORD
}

function endOfWordFrom(sql: string, from: number): number {
  let end = from
  while (end < sql.length && beginningOf(sql.charCodeAt(end)) === WORD) end += 1
  return end
}

/** Returns a word in upper case, if it may be a relevant keyword. */
function keywordAt(sql: string, start: number, end: number): string {
  const length = end - start
  if (length < SHORTEST_WORD || length > LONGEST_WORD || INITIALS[sql.charCodeAt(start)] !== 1) return ''
  return sql.slice(start, end).toUpperCase()
}

function wordOf(sql: string, token: SqlToken): string {
  return token.kind === 'word' ? tokenText(sql, token).toUpperCase() : ''
}
